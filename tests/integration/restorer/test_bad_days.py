"""More broken tenants, restored and undone while Graph loses answers, sends away and answers too late."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench
from .furniture import dynamic, own_application
from .test_combinations import Break, N, broken_and_whole_again, group, settings_gone
from .test_combinations import people as changeable_people

WEATHER = (
    FaultRule("commit_then_504", method="POST|PATCH|PUT|DELETE", path="^/(?!.*batch)", percentage=20, seed=5),
    FaultRule("status", method="POST|PATCH|PUT|DELETE", path="^/(?!.*batch)", percentage=15, seed=7, status=429,
              headers={"Retry-After": "1"}),
    FaultRule("status", method="GET", percentage=5, seed=9, status=503),
)  # fmt: skip


def people(bench: Bench) -> list[str]:
    """Whose memberships are all written by people."""
    groups = {p: bench.directory.sources("members", p) for p in changeable_people(bench)}
    return [p for p, held in groups.items() if not any(dynamic(bench, one) for one in held)]


def crowd_of_all_fates(bench: Bench) -> Break:
    """A group whose members are there, in the recycle bin and gone for good; so are its owners; it is gone itself."""
    directory = bench.directory
    one, everybody = group(bench, 101), people(bench)
    for person in everybody:
        directory.add_link("members", one, person)
    for person in everybody[:3]:
        directory.add_link("owners", one, person)

    def broken() -> None:
        directory.hard_delete(one)
        for person in everybody[0::3]:
            directory.soft_delete(person)
        for person in everybody[1::3]:
            directory.hard_delete(person)

    return broken


def robots_in_a_binned_group(bench: Bench) -> Break:
    """Service principals as members, one of which is made anew, of a group that comes out of the recycle bin."""
    directory = bench.directory
    application, principal = own_application(bench)
    one = group(bench, 102)
    for member in [principal, *(p for p in sorted(directory.ids("servicePrincipal"))[:2] if p != principal)]:
        directory.add_link("members", one, member)

    def broken() -> None:
        directory.soft_delete(one)
        directory.hard_delete(principal)
        directory.hard_delete(application)

    return broken


def unique_names_in_a_ring(bench: Bench) -> Break:
    ring = [group(bench, number, uniqueName=f"ring{number}") for number in (103, 104, 105)]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        bench.directory.add_link("members", one, other)

    def broken() -> None:
        for one in ring:
            bench.directory.hard_delete(one)

    return broken


def units_of_groups(bench: Bench) -> Break:
    """Units that hold groups and people; a unit, a group and a person are gone, each in its way."""
    directory = bench.directory
    units = [
        str(directory.create("administrativeUnit", {"id": N(number), "displayName": f"Unit {number}",
                                                    "description": "d"})["id"])
        for number in (106, 107)
    ]  # fmt: skip
    groups, somebody = [group(bench, 108), group(bench, 109)], people(bench)[:2]
    for unit in units:
        for member in (*groups, *somebody):
            directory.add_link("members", unit, member)

    def broken() -> None:
        directory.soft_delete(units[0])
        directory.hard_delete(units[1])
        directory.hard_delete(groups[0])
        directory.soft_delete(groups[1])
        directory.hard_delete(somebody[0])
        directory.remove_link("members", units[0], somebody[1])

    return broken


def boss_of_everybody(bench: Bench) -> Break:
    """The manager of many, their sponsor and the owner of their group is one person, who is gone for good."""
    directory = bench.directory
    boss, *reports = people(bench)
    one = group(bench, 110)
    directory.add_link("owners", one, boss)
    for person in reports:
        directory.set_single_link("manager", person, boss)
        directory.add_link("sponsors", person, boss)

    def broken() -> None:
        directory.hard_delete(boss)
        for person in reports[::2]:
            directory.patch(person, {"department": None, "jobTitle": "Broken"})

    return broken


BREAKS = [crowd_of_all_fates, robots_in_a_binned_group, unique_names_in_a_ring, units_of_groups, boss_of_everybody]


@pytest.mark.parametrize("prepare", BREAKS)
async def test_whole_again_on_a_good_day(bench: Bench, prepare: Callable[[Bench], Break]) -> None:
    await broken_and_whole_again(bench, prepare)


@pytest.mark.parametrize("prepare", BREAKS)
async def test_whole_again_on_a_bad_day(bench: Bench, prepare: Callable[[Bench], Break]) -> None:
    await broken_and_whole_again(bench, prepare, WEATHER)


async def test_settings_whose_answers_are_lost(bench: Bench) -> None:
    """Single ones of a group cannot be read, so its list tells whether they were written."""
    lost = FaultRule("commit_then_504", method="POST|PATCH|DELETE", path="^/group(s/.*/s|S)ettings", times=3)
    await broken_and_whole_again(bench, settings_gone, [lost])
