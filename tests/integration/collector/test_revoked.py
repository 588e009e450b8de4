"""The app is let in no longer in the middle of a backup: what was read by then is kept, and the rest says why not."""

import pytest
from tests.integration.collector.conftest import Bench
from tests.integration.collector.test_backup import differences, whole_truth

from reentra.simulator.graph.faults import FaultRule

LET_IN_NO_LONGER = [(401, "InvalidAuthenticationToken"), (403, "Authorization_IdentityNotFound")]


@pytest.mark.parametrize(("status", "code"), LET_IN_NO_LONGER)
async def test_types_that_were_read_by_then_are_kept(bench: Bench, status: int, code: str) -> None:
    lose_consent(bench, status, code, but_for="/(organization|users)")

    job = await bench.back_up()

    assert job.status == "partial"
    assert job.error is not None
    assert "let an administrator consent" in job.error["message"]
    types = (await bench.snapshot(job)).types
    assert {name for name, facts in types.items() if facts["status"] == "complete"} == {"organization", "user"}
    assert all("let an administrator consent" in t["reason"] for t in types.values() if t["status"] == "failed")
    assert (await bench.state(1))["user"].keys() == set(bench.directory.ids("user"))

    bench.tokens.is_refused = False
    bench.served.cloud.faults.set([])
    person = next(iter(bench.directory.ids("user")))
    bench.directory.patch(person, {"jobTitle": "changed meanwhile"})
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert (await bench.snapshot(job)).types["user"]["mode"] == "incremental"
    assert differences(whole_truth(bench.directory), await bench.state(2)) == []


async def test_what_an_earlier_backup_has_of_a_type_stays(bench: Bench) -> None:
    await bench.back_up()
    before = await bench.state(1)
    lose_consent(bench, 401, "InvalidAuthenticationToken", but_for=r"/(organization|users|\$batch)")

    job = await bench.back_up()

    assert job.status == "partial", job.error
    assert (await bench.snapshot(job)).types["group"]["status"] == "failed"
    assert await bench.state(2) == before


async def test_refused_answers_within_a_batch_tell_it_as_other_refusals_do(bench: Bench) -> None:
    """Not that one permission is missing, which would send the administrator to the wrong place."""
    bench.tokens.is_refused = True
    one_by_one = FaultRule(
        kind="status", status=403, code="Authorization_RequestDenied", path="^/[A-Za-z]+/[0-9a-f-]{36}/"
    )
    bench.served.cloud.faults.set([one_by_one])

    job = await bench.back_up()

    assert job.status == "partial"
    reasons = [t["reason"] for t in (await bench.snapshot(job)).types.values() if t["status"] == "failed"]
    assert reasons
    assert all("let an administrator consent" in reason for reason in reasons)
    assert not any("permission" in reason for reason in reasons)


async def test_where_nothing_was_read_by_then_there_is_no_snapshot(bench: Bench) -> None:
    await bench.back_up()
    lose_consent(bench, 401, "InvalidAuthenticationToken", but_for="/nothing")

    job = await bench.back_up()

    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "needs_consent"
    latest = await bench.stores.catalogue.latest(bench.tenant_id)
    assert latest is not None
    assert latest.number == 1


def lose_consent(bench: Bench, status: int, code: str, *, but_for: str) -> None:
    bench.tokens.is_refused = True
    path = f"^(?!(/v1.0)?{but_for})"
    bench.served.cloud.faults.set([FaultRule(kind="status", status=status, code=code, path=path)])
