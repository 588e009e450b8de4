"""A full read that had to begin again goes on at its cursor when it is interrupted once more."""

from tests.integration.collector.conftest import Bench
from tests.integration.collector.test_backup import differences
from tests.integration.collector.test_vanished import goes_on, killed, small_pages, submit

from reentra.simulator.truth import whole_truth

__all__ = ["small_pages"]
PAGES, ROWS = 30, 2


async def test_pass_after_an_expired_delta_token_goes_on_where_it_was_killed(small_pages: Bench) -> None:
    bench = small_pages
    await bench.back_up(object_types=["user"])
    bench.served.cloud.expire_delta_tokens(bench.tenant_id)
    changed = next(iter(bench.directory.ids("user")))
    bench.directory.patch(changed, {"jobTitle": "changed meanwhile"})
    await submit(bench, "user")
    for passes in (12, 12):
        bench.served.cloud.counters.reset()
        await killed(bench, "user", passes=passes)
    assert pages_read(bench) <= 12 + 2, "the second process did not begin at the first page"

    bench.served.cloud.counters.reset()
    job = await goes_on(bench)

    assert job.status == "succeeded", job.error
    facts = (await bench.snapshot(job)).types["user"]
    assert (facts["mode"], facts["objects"], facts["changed"]) == ("full", PAGES * ROWS, 1)
    assert pages_read(bench) <= PAGES - 2 * 11 + 1, "only what was left, and the page that no checkpoint told of"
    lacking = differences(whole_truth(bench.directory), await bench.state(2))
    assert [row for row in lacking if row.startswith("user ")] == []


def pages_read(bench: Bench) -> int:
    return sum(row.template.startswith("/users/delta") for row in bench.served.cloud.counters.log)
