"""What planning a whole tenant asks of Graph, counted exactly: of most links it grows with pages, not with people."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from reentra.common.stores.restores import RestorePlan

from .conftest import Bench, told
from .test_combinations import group, people

LINKS = ("/users/{id}/manager", "/users/{id}/sponsors", "/groups/{id}/owners", "/applications/{id}/owners",
         "/servicePrincipals/{id}/owners")  # fmt: skip
"""What lists tell as well."""
BINNED = ("user", "group", "servicePrincipal")
DELTA = ("/groups/delta", *(f"/directory/deletedItems/microsoft.graph.{one}" for one in BINNED))
LISTS = ("/users", "/groups", "/applications", "/servicePrincipals")


async def counted_plan(bench: Bench) -> tuple[RestorePlan, dict[str, int]]:
    """The plan, and how often each path was asked."""
    counters = bench.served.cloud.counters
    counters.reset()
    plan = await bench.plan_all()
    asked: Counter[str] = Counter()
    for request in counters.log:
        asked[request.template] += 1
    return plan, dict(asked)


def number_of(bench: Bench, object_type: str) -> int:
    return len(bench.directory.ids(object_type))


async def test_lists_tell_managers_sponsors_and_owners_and_delta_the_members(bench: Bench) -> None:
    await bench.back_up()
    plan, asked = await counted_plan(bench)
    assert plan.is_identical
    assert {path: asked.get(path, 0) for path in LINKS} == dict.fromkeys(LINKS, 0)
    assert asked.get("/groups/{id}/members", 0) == 0
    assert {path: asked[path] for path in DELTA} == dict.fromkeys(DELTA, 1)
    assert {path: asked[path] for path in LISTS} == dict.fromkeys(LISTS, 1) | {"/users": 2}  # managers, sponsors
    counters = bench.served.cloud.counters
    assert (counters.requests, counters.batch_items, counters.resource_units) == (21, 10, 42)


async def test_where_graph_refuses_to_expand_each_object_is_asked(bench: Bench) -> None:
    """As it was before lists were asked: 151 in batches and 186 resource units, besides what is refused."""
    bench.directory.add_link("sponsors", *sorted(bench.directory.ids("user"))[:2])
    await bench.back_up()
    bench.served.cloud.settings.expands = "refused"
    plan, asked = await counted_plan(bench)
    assert plan.is_identical
    synced = sum(bool(u.get("onPremisesSyncEnabled")) for u in bench.directory.objects("user"))
    assert asked["/users/{id}/manager"] == number_of(bench, "user") - synced
    assert asked["/users/{id}/sponsors"] == number_of(bench, "user")
    assert asked["/servicePrincipals/{id}/owners"] == number_of(bench, "servicePrincipal")


@pytest.mark.parametrize("expands", ["cut", "refused", "ignored"])
async def test_every_link_that_differs_is_found_whatever_lists_tell(bench: Bench, expands: Any) -> None:
    directory = bench.directory
    people = [str(u["id"]) for u in directory.objects("user") if not u.get("onPremisesSyncEnabled")]
    managed = [p for p in people if bench.links("manager", p)]
    alone = next(p for p in people if not bench.links("manager", p))
    group = bench.plain_group()
    for owner in people[:22]:  # a list shows twenty
        directory.add_link("owners", group, owner)
    directory.add_link("sponsors", people[0], people[1])
    links = {(name, i): bench.links(name, i) for name, ids in {"manager": people, "sponsors": people,
             "owners": [group]}.items() for i in ids}  # fmt: skip
    await bench.back_up()
    directory.remove_link("owners", group, people[21])
    directory.remove_link("sponsors", people[0], people[1])
    directory.add_link("sponsors", people[2], people[1])
    directory.set_single_link("manager", managed[0], alone)
    directory.remove_link("manager", managed[1], next(iter(bench.links("manager", managed[1]))))
    directory.set_single_link("manager", alone, managed[2])
    bench.served.cloud.settings.expands = expands
    plan = await bench.plan_all()
    job = await bench.apply(plan)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    assert {key: bench.links(*key) for key in links} == links
    assert (await bench.plan_all()).is_identical


async def test_nobody_has_a_manager_and_lists_prove_nothing_so_each_is_asked(bench: Bench) -> None:
    for person in bench.directory.ids("user"):
        for manager in bench.links("manager", person):
            bench.directory.remove_link("manager", person, manager)
    await bench.back_up()
    plan, asked = await counted_plan(bench)
    assert plan.is_identical
    synced = sum(bool(u.get("onPremisesSyncEnabled")) for u in bench.directory.objects("user"))
    assert asked["/users/{id}/manager"] == number_of(bench, "user") - synced


async def test_members_of_a_hundred_groups_take_two_requests(bench: Bench) -> None:
    person, *_ = people(bench)
    for number in range(120):
        bench.directory.add_link("members", group(bench, number), person)
    await bench.back_up()
    plan, asked = await counted_plan(bench)
    assert plan.is_identical
    assert asked.get("/groups/{id}/members", 0) == 0
    assert asked["/groups/delta"] == -(-with_own_members(bench) // 50)


async def test_only_groups_that_differ_are_asked_for_their_members_again(bench: Bench) -> None:
    one, other, *_ = people(bench)
    groups = [group(bench, number) for number in range(60)]
    for each in groups:
        bench.directory.add_link("members", each, one)
    await bench.back_up()
    bench.directory.remove_link("members", groups[7], one)
    bench.directory.add_link("members", groups[9], other)
    plan, asked = await counted_plan(bench)
    assert asked["/groups/{id}/members"] == 2
    steps = await bench.steps(plan)
    assert {(step.kind, step.object_id) for step in steps} == {("add_link", groups[7]), ("remove_link", groups[9])}


async def test_members_of_large_groups_come_in_pieces_and_service_principals_with_them(bench: Bench) -> None:
    crowd, robots = group(bench, 1), group(bench, 2)
    for person in bench.directory.ids("user"):
        bench.directory.add_link("members", crowd, person)
    principals = sorted(bench.directory.ids("servicePrincipal"))[:3]
    for principal in principals:
        bench.directory.add_link("members", robots, principal)
    bench.served.cloud.settings.delta_links_per_entry = 7
    bench.served.cloud.settings.delta_page_size = 3
    await bench.back_up()
    plan, asked = await counted_plan(bench)
    assert plan.is_identical
    assert asked.get("/groups/{id}/members", 0) == 0
    bench.directory.remove_link("members", robots, principals[0])
    plan = await bench.plan_all()
    assert [(step.kind, step.object_id) for step in await bench.steps(plan)] == [("add_link", robots)]


async def test_a_member_in_the_recycle_bin_is_none(bench: Bench) -> None:
    """The delta query goes on showing it."""
    person, *_ = people(bench)
    one = group(bench, 1)
    bench.directory.add_link("members", one, person)
    await bench.back_up()
    bench.directory.soft_delete(person)
    plan = await bench.plan("group")
    assert ("reference_gone", one) in [(b["code"], b["object_id"]) for b in plan.blockers]


def with_own_members(bench: Bench) -> int:
    """Groups whose members people write."""
    groups = bench.directory.objects("group")
    return sum("DynamicMembership" not in g["groupTypes"] and not g.get("onPremisesSyncEnabled") for g in groups)
