"""Lost answers, lagging replicas and refusals: nothing is made twice, nothing is given up too early."""

from __future__ import annotations

import pytest

from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench
from .furniture import furnished_group, largest_group, own_application

GONE_FOR_GOOD = 3


async def groups_gone_for_good(bench: Bench) -> list[str]:
    """Backed up, then deleted for good."""
    groups = []
    for number in range(GONE_FOR_GOOD):
        group = bench.directory.create(
            "group",
            {
                "id": f"99999999-0000-4000-8000-00000000010{number}",
                "displayName": "Same name",
                "mailNickname": f"same{number}",
                "mailEnabled": False,
                "securityEnabled": True,
                "groupTypes": [],
            },
        )["id"]
        bench.directory.add_link("members", group, list(bench.directory.ids("user"))[number])
        groups.append(group)
    await bench.back_up()
    for group in groups:
        bench.directory.hard_delete(group)
    return groups


def same_named(bench: Bench) -> list[str]:
    return sorted(g["mailNickname"] for g in bench.directory.objects("group") if g["displayName"] == "Same name")


@pytest.mark.parametrize(
    "fault",
    [
        FaultRule("commit_then_504", method="POST", path="/groups$", nth=(1, 2, 3)),
        FaultRule("drop_batch_item", method="POST", path="/groups$", nth=(1, 3)),
        FaultRule("half_body", method="POST", path=r"\$batch$", percentage=30, seed=2),
        FaultRule("reset", method="POST", path=r"\$batch$", percentage=30, seed=2),
        FaultRule("status", method="POST", path="/groups$", nth=(1, 2), status=503),
        FaultRule("status", method="POST", path="/groups$", nth=(1, 2), status=429, headers={"Retry-After": "2"}),
    ],
    ids=["committed-504", "missing-item", "half-body", "reset", "503", "429"],
)
async def test_creates_whose_answers_are_lost_make_no_twins(bench: Bench, fault: FaultRule) -> None:
    groups = await groups_gone_for_good(bench)
    plan = await bench.plan("group", *groups)
    bench.served.cloud.faults.set([fault])
    job = await bench.apply(plan)
    bench.served.cloud.faults.set(())
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert same_named(bench) == [f"same{number}" for number in range(GONE_FOR_GOOD)]
    assert len({row["new_id"] for row in job.result["objects"]}) == GONE_FOR_GOOD
    assert (await bench.plan("group", *groups)).is_identical
    assert bench.violations() == []


async def test_every_answer_of_every_write_may_be_lost_once(bench: Bench) -> None:
    group, *_ = furnished_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    plan = await bench.plan("group", group)
    writes = r"^/(groups|roleManagement|servicePrincipals|directory/administrativeUnits|identity)"
    bench.served.cloud.faults.set(
        [FaultRule("commit_then_504", method=m, path=writes, percentage=50, times=6) for m in ("POST", "PATCH")]
    )
    job = await bench.apply(plan)
    bench.served.cloud.faults.set(())
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    new = job.result["objects"][0]["new_id"]
    for name in ("roleAssignment", "appRoleAssignment"):
        assert len([a for a in bench.directory.objects(name) if a["principalId"] == new]) == 1
    assert len([g for g in bench.directory.objects("group") if g["displayName"] == "Führungskreis"]) == 1
    assert bench.violations() == []


@pytest.mark.parametrize("seconds", [0.2, 0.6])
async def test_lagging_replicas_are_waited_for(bench: Bench, seconds: float) -> None:
    group, *_ = furnished_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    plan = await bench.plan("group", group)
    bench.served.cloud.lag.set(seconds=seconds)
    job = await bench.apply(plan)
    bench.served.cloud.lag.set()
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert len([g for g in bench.directory.objects("group") if g["displayName"] == "Führungskreis"]) == 1


async def test_an_application_comes_back_over_lagging_replicas(bench: Bench) -> None:
    application, principal = own_application(bench)
    name = bench.get(application)["displayName"]
    await bench.back_up()
    bench.directory.hard_delete(principal)
    bench.directory.hard_delete(application)
    plan = await bench.plan("application", application)
    bench.served.cloud.lag.set(seconds=0.3)
    job = await bench.apply(plan)
    bench.served.cloud.lag.set()
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert len([a for a in bench.directory.objects("application") if a["displayName"] == name]) == 1


async def test_a_refused_step_stops_only_what_needs_it(bench: Bench) -> None:
    groups = await groups_gone_for_good(bench)
    other = largest_group(bench)
    bench.directory.patch(other, {"description": "Changed"})
    plan = await bench.plan("group", *groups, other)
    refused = FaultRule(
        "status", method="POST", path="/groups$", nth=(1,), status=403, code="Authorization_RequestDenied"
    )
    bench.served.cloud.faults.set([refused])
    job = await bench.apply(plan)
    bench.served.cloud.faults.set(())
    assert job.status == "partial"
    assert (job.result["failed"], job.result["skipped"]) == (1, 1)
    assert len(same_named(bench)) == GONE_FOR_GOOD - 1
    assert bench.get(other)["description"] != "Changed"
    again = await bench.apply(plan)
    assert again.status == "succeeded", (again.error, again.result["failures"], again.result["differences"])
    assert len(same_named(bench)) == GONE_FOR_GOOD


async def test_a_bulk_with_one_member_already_there_adds_the_others(bench: Bench) -> None:
    group = largest_group(bench)
    before = bench.links("members", group)
    await bench.back_up()
    for member in before:
        bench.directory.remove_link("members", group, member)
    plan = await bench.plan("group", group)
    bench.directory.add_link("members", group, sorted(before)[0])
    job = await bench.apply(plan)
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert bench.links("members", group) == before


async def test_links_whose_answers_are_lost_are_looked_for(bench: Bench) -> None:
    application, _ = own_application(bench)
    users = [u["id"] for u in bench.directory.objects("user")][:3]
    for user in users:
        bench.directory.add_link("owners", application, user)
    before = bench.links("owners", application)
    await bench.back_up()
    for user in users:
        bench.directory.remove_link("owners", application, user)
    plan = await bench.plan("application", application)
    bench.served.cloud.faults.set([FaultRule("commit_then_504", method="POST", path="/owners/", times=2)])
    job = await bench.apply(plan)
    bench.served.cloud.faults.set(())
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert bench.links("owners", application) == before
    assert bench.violations() == []


async def test_links_changed_before_the_deletion_are_put_right_after_it(bench: Bench) -> None:
    group, *_ = furnished_group(bench)
    before = bench.links("members", group)
    await bench.back_up()
    stranger = next(u for u in bench.directory.ids("user") if u not in before)
    bench.directory.remove_link("members", group, sorted(before)[0])
    bench.directory.add_link("members", group, stranger)
    bench.directory.soft_delete(group)
    await bench.restore("group", group)
    assert bench.links("members", group) == before
