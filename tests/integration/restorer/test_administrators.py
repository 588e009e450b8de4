"""Graph refuses an app without an Entra role some changes of administrators: the plan says so before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.ids import TenantId
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of
from .station import opened

ROLE = "29232cdf-9323-42fd-ade2-1d097af3e4de"


@pytest.fixture
async def bench(served: ServedCloud, tmp_path: Path) -> AsyncIterator[Bench]:
    """The restore app has no Entra role."""
    served.tenants[0].directory.hard_delete("writer-role")
    cloud = cloud_of(served)
    async with opened(cloud, tmp_path) as station:
        yield Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)


async def test_changes_of_administrators_are_warned_of(bench: Bench) -> None:
    directory = bench.directory
    direct, through_group, in_bin, nobody, harmless = [
        str(u["id"]) for u in directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled")
        and not directory.joined("roleAssignments", u["id"])
    ][:5]  # fmt: skip
    group = bench.plain_group()
    for member in list(directory.targets("members", group)):
        directory.remove_link("members", group, member)
    directory.add_link("members", group, through_group)
    for number, principal in enumerate((direct, group, in_bin, harmless)):
        assignment = {"principalId": principal, "roleDefinitionId": ROLE, "directoryScopeId": "/"}
        directory.create("roleAssignment", {"id": f"assigned-{number}", **assignment})
    await bench.back_up()
    for person in (direct, through_group, nobody):
        directory.patch(person, {"mobilePhone": "+41 44 000 00 00"})
    directory.patch(harmless, {"department": "Elsewhere"})
    directory.soft_delete(in_bin)

    people = (direct, through_group, in_bin, nobody, harmless)
    plan = await bench.plan("user", *people)
    warned = {w["object_id"]: w["reason"] for w in plan.warnings}
    assert set(warned) == {direct, through_group, in_bin}
    assert {w["code"] for w in plan.warnings} == {"administrator"}
    assert "mobilePhone" in warned[direct]
    assert "recycle bin" in warned[in_bin]
    assert plan.blockers == ()
