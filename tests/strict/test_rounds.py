"""Rounds that end early, begin again or lead nowhere: what is stored is the tenant all the same."""

import pytest
from tests.strict.bench import WITHOUT_SLOW_LANE, StrictBench
from tests.strict.test_backups import change
from tests.strict.weather import Looped, OtherHost, Storm

from reentra.common.directory.catalog import CATALOG


def group_of(bench: StrictBench, size: int) -> tuple[str, list[str]]:
    """A new group with that many members."""
    people = list(bench.directory.ids("user"))[:size]
    group = bench.directory.create("group", {"displayName": "Pieces", "groupTypes": [], "securityEnabled": True})["id"]
    for person in people:
        bench.directory.add_link("members", group, person)
    return group, people


@pytest.mark.parametrize("size", [3, 6])
async def test_a_full_read_puts_a_known_group_together_again(bench: StrictBench, size: int) -> None:
    bench.cloud.settings.delta_links_per_entry = 3
    group, _ = group_of(bench, size)
    await bench.back_up()
    newcomer = list(bench.directory.ids("user"))[size + 3]
    bench.directory.add_link("members", group, newcomer)
    bench.cloud.expire_delta_tokens(bench.tenant_id)
    assert await bench.differences(await bench.back_up()) == []
    assert bench.violations == []


async def test_a_full_read_of_an_unchanged_tenant_writes_nothing(bench: StrictBench) -> None:
    bench.cloud.settings.delta_links_per_entry = 3
    group_of(bench, 10)
    await bench.back_up()
    bench.cloud.expire_delta_tokens(bench.tenant_id)
    job = await bench.back_up()
    assert await bench.differences(job) == []
    assert [v.object_id for v in await bench.changes(job)] == []


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_a_delta_link_may_end_in_any_of_these_ways(bench: StrictBench, status: int) -> None:
    await bench.back_up()
    change(bench.directory)
    location = {"location": f"{bench.examiner.base_url}/users/delta?$deltatoken="} if status == 410 else {}
    gone = Storm(
        1, status, code="syncStateNotFound", headers=location, matching=lambda r: "deltatoken" in r.target.lower()
    )
    job = await bench.back_up(gone)
    assert gone.struck >= 5
    assert await bench.differences(job) == []
    assert bench.violations == []


async def test_a_round_that_breaks_off_in_the_middle_leaves_nothing_stale(bench: StrictBench) -> None:
    """The first page of a delta round is stored, the second never comes: the full read that follows is the truth, also
    for links whose removal was on the lost page."""
    bench.cloud.settings.delta_links_per_entry = 3
    bench.cloud.settings.delta_page_size = 2
    group, people = group_of(bench, 9)
    await bench.back_up()
    for person in people[:7]:
        bench.directory.remove_link("members", group, person)
    bench.directory.patch(group, {"description": None, "displayName": "Fewer"})
    lost = Storm(2, 400, code="syncStateNotFound", most=1, matching=lambda r: r.path == "/groups/delta" and r.is_link)
    job = await bench.back_up(lost)
    assert lost.struck == 1
    assert await bench.differences(job) == []


@pytest.mark.parametrize("path", ["/users/delta", "/servicePrincipals", "/oauth2PermissionGrants/delta"])
async def test_an_expired_page_token_starts_the_collection_again(bench: StrictBench, path: str) -> None:
    bench.cloud.settings.delta_page_size = 5
    bench.cloud.settings.empty_first_pages = True
    expired = Storm(
        1, 400, code="Directory_ExpiredPageToken", most=1, matching=lambda r: r.path == path and "skip" in r.target
    )
    job = await bench.back_up(expired)
    assert expired.struck == 1
    assert await bench.differences(job) == []
    assert bench.violations == []


async def test_role_assignments_are_read_by_role_where_graph_demands_a_filter(bench: StrictBench) -> None:
    bench.cloud.settings.role_assignments_need_filter = True
    for _ in range(2):
        assert await bench.differences(await bench.back_up()) == []
        bench.directory.hard_delete(next(iter(bench.directory.ids("roleAssignment"))))
    assert bench.violations == []


@pytest.mark.parametrize(
    ("path", "status"), [("/users/delta", "partial"), ("/groups", "partial"), ("/organization", "failed")]
)
async def test_pages_that_lead_in_a_circle_end(bench: StrictBench, path: str, status: str) -> None:
    job = await bench.attempt(Looped(bench.examiner.base_url, path))
    assert job.status == status
    assert job.error is not None
    assert "circle" in job.error["message"]


async def test_a_link_to_another_host_is_not_followed(bench: StrictBench) -> None:
    elsewhere = bench.examiner.base_url.replace("127.0.0.1", "localhost")
    job = await bench.attempt(OtherHost(bench.examiner.base_url, elsewhere, "/groups/delta"))
    assert job.status == "partial"
    assert [name for name, t in job.progress["types"].items() if t["reason"]] == ["group"]
    assert bench.violations == []


def test_the_lanes_of_the_types_are_known() -> None:
    assert set(CATALOG) - set(WITHOUT_SLOW_LANE) == {"conditionalAccessPolicy", "namedLocation"}
