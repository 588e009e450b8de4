"""Where the delta query of groups is refused, a plan of whole types reads the members of each group."""

from __future__ import annotations

from typing import Any

import pytest

from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench, told
from .test_combinations import group, people
from .test_planning_requests import counted_plan, with_own_members

REFUSALS = {
    "forbidden": FaultRule("status", path="^/groups/delta", status=403, code="Authorization_RequestDenied"),
    "unsupported": FaultRule("status", path="^/groups/delta", status=400, code="Request_UnsupportedQuery"),
    "unknown": FaultRule("status", path="^/groups/delta", status=404, code="Request_ResourceNotFound"),
    "out of order": FaultRule("status", path="^/groups/delta", status=503),
    "expired": FaultRule("status", path="^/groups/delta", status=410, code="resyncRequired"),
    "expired page": FaultRule("status", path="^/groups/delta", status=400, code="Directory_ExpiredPageToken"),
    "no bin": FaultRule("status", path="^/directory/deletedItems/microsoft.graph.servicePrincipal", status=403,
                        code="Authorization_RequestDenied"),
}  # fmt: skip
AFTER_THE_FIRST_PAGE = ["forbidden", "out of order", "expired", "expired page"]


def furnished(bench: Bench) -> tuple[str, str, str]:
    """Groups whose members are people, service principals, and so many that no `$expand` shows all."""
    directory = bench.directory
    plain, robots, crowd = (group(bench, number) for number in (1, 2, 3))
    for person in people(bench)[:3]:
        directory.add_link("members", plain, person)
    principals = sorted(directory.ids("servicePrincipal"))
    for principal in principals[:3]:
        directory.add_link("members", robots, principal)
    for member in [*sorted(directory.ids("user"))[:25], *principals[:2]]:
        directory.add_link("members", crowd, member)
    return plain, robots, crowd


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_each_group_is_asked(bench: Bench, refusal: str) -> None:
    furnished(bench)
    await bench.back_up()
    bench.served.cloud.faults.set([REFUSALS[refusal]])
    plan, asked = await counted_plan(bench)
    assert plan.is_identical, (plan.blockers, [step.why for step in await bench.steps(plan)])
    assert asked["/groups/{id}/members"] >= with_own_members(bench)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_what_differs_is_found_and_put_right(bench: Bench, refusal: str) -> None:
    directory = bench.directory
    groups = furnished(bench)
    was = {one: bench.links("members", one) for one in groups}
    await bench.back_up()
    plain, robots, crowd = groups
    directory.remove_link("members", plain, min(was[plain]))
    principals = sorted(directory.ids("servicePrincipal"))
    directory.remove_link("members", robots, principals[0])
    directory.remove_link("members", crowd, principals[1])
    directory.add_link("members", plain, people(bench)[5])
    bench.served.cloud.faults.set([REFUSALS[refusal]])
    job = await bench.apply(await bench.plan("group"))
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    assert {one: bench.links("members", one) for one in groups} == was
    assert (await bench.plan("group")).is_identical


@pytest.mark.parametrize("expands", ["refused", "ignored"])
async def test_nothing_is_expanded_either(bench: Bench, expands: Any) -> None:
    furnished(bench)
    await bench.back_up()
    bench.served.cloud.settings.expands = expands
    bench.served.cloud.faults.set([REFUSALS["forbidden"]])
    plan = await bench.plan("group")
    assert plan.is_identical, (plan.blockers, [step.why for step in await bench.steps(plan)])


@pytest.mark.parametrize("refusal", AFTER_THE_FIRST_PAGE)
async def test_refused_after_the_first_page(bench: Bench, refusal: str) -> None:
    furnished(bench)
    await bench.back_up()
    settings = bench.served.cloud.settings
    settings.delta_page_size, settings.delta_links_per_entry = 3, 7
    rule = REFUSALS[refusal]
    bench.served.cloud.faults.set([FaultRule("status", path=rule.path, status=rule.status, code=rule.code,
                                             nth=tuple(range(2, 1000)))])  # fmt: skip
    plan = await bench.plan("group")
    assert plan.is_identical, (plan.blockers, [step.why for step in await bench.steps(plan)])
