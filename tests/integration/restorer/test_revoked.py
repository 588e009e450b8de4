"""The restore app is let in no longer in the middle of a restore: what is done is told, and the plan goes on later."""

from __future__ import annotations

import asyncio

from reentra.common.jobs.job import NewJob
from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench

SLOW = FaultRule(kind="delay", seconds=0.1)
UNKNOWN = FaultRule(
    kind="status", status=403, code="Authorization_IdentityNotFound", method="PATCH", path="/users/",
    nth=tuple(range(26, 100)),
)  # fmt: skip
REFUSED = FaultRule(kind="status", status=401, code="InvalidAuthenticationToken", message="The token is not accepted.")


async def test_what_was_done_stays_and_the_same_plan_goes_on_after_the_consent(bench: Bench) -> None:
    await bench.back_up()
    people = {u["id"]: u["jobTitle"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")}
    for person in people:
        bench.directory.patch(person, {"jobTitle": "broken"})
    plan = await bench.plan("user")
    bench.served.cloud.faults.set([SLOW])
    job = await bench.jobs.submit(NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test"))
    bench.pools[-1].wake()
    while not (await bench.jobs.get(job.id)).progress.get("done"):
        await asyncio.sleep(0.01)
    bench.served.cloud.faults.set([REFUSED])
    job = await bench.finished(job)

    assert job.status == "partial"
    assert job.error is not None
    assert job.error["code"] == "needs_consent"
    done, words = job.result["confirmed"], job.result["message"]
    assert words.startswith(
        f"{done} of {plan.counts['steps']} steps done, and stay done. Graph does not accept our app"
    )
    assert words.endswith("let an administrator consent again; then apply the plan again.")

    bench.served.cloud.faults.set([])
    assert (await bench.run("restore_apply", {"plan_id": plan.id})).status == "succeeded"
    assert {u: bench.get(u)["jobTitle"] for u in people} == people


async def test_writes_that_are_refused_for_that_count_as_not_sent(bench: Bench) -> None:
    """And not as lacking a permission: each is sent with the plan's next turn."""
    await bench.back_up()
    people = {u["id"]: u["jobTitle"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")}
    for person in people:
        bench.directory.patch(person, {"jobTitle": "broken"})
    plan = await bench.plan("user")
    assert plan.counts["steps"] > 26
    bench.served.cloud.faults.set([UNKNOWN])

    job = await bench.apply(plan)

    assert (job.status, job.result["confirmed"], job.result["failed"]) == ("partial", 25, 0)
    assert job.error is not None
    assert job.error["code"] == "needs_consent"
    assert "let an administrator consent again; then apply the plan again." in job.result["message"]
    bench.served.cloud.faults.set([])
    assert (await bench.apply(plan)).status == "succeeded"
    assert {u: bench.get(u)["jobTitle"] for u in people} == people
