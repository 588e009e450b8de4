"""What was written counts also when Graph refuses, all of a sudden, to show it."""

from __future__ import annotations

import pytest

from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench

POLICIES = "^/identity/conditionalAccess/policies"
REFUSALS = {
    "hostile link": FaultRule("hostile_next_link", method="GET", path=POLICIES, link="other_host"),
    "forbidden": FaultRule("status", method="GET", path=POLICIES, status=403, code="Authorization_RequestDenied"),
    "rejected": FaultRule("status", method="GET", path=POLICIES, status=400, code="Request_BadRequest"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_steps_are_told_though_they_cannot_be_read_back(bench: Bench, refusal: str) -> None:
    policy = next(p for p in bench.directory.objects("conditionalAccessPolicy"))["id"]
    await bench.back_up()
    name = bench.get(policy)["displayName"]
    bench.directory.patch(policy, {"displayName": "Broken"})
    plan = await bench.plan("conditionalAccessPolicy", policy)
    bench.served.cloud.faults.set([REFUSALS[refusal]])
    job = await bench.apply(plan)
    bench.served.cloud.faults.set(())
    assert bench.get(policy)["displayName"] == name
    assert (job.status, job.result["confirmed"]) == ("partial", 1), job.error
    assert job.error is not None
    assert job.error["message"].startswith("1 of 1 step done, but they could not be read back. Graph")
    assert (await bench.plan("conditionalAccessPolicy", policy)).is_identical
    assert (await bench.apply(plan)).status == "succeeded"
