"""A write that Graph answers with 403: Graph's reason is told, and a permission only where the app lacks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from reentra.common.ids import TenantId
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.server import ServedCloud

from .conftest import WRITER, Bench, cloud_of, told
from .station import opened
from .test_combinations import people


@pytest.fixture
async def poor_bench(served: ServedCloud, tmp_path: Path) -> AsyncIterator[Bench]:
    """The restore app may write people and nothing else, and has no Entra role."""
    served.tenants[0].directory.hard_delete("writer-role")
    cloud = cloud_of(served)
    token = served.cloud.issue_token(cloud.tenant_id, WRITER, roles=["User.ReadWrite.All"])
    cloud = replace(cloud, writer_token=token)
    async with opened(cloud, tmp_path) as station:
        yield Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)


async def failure(bench: Bench, object_type: str, object_id: str) -> str:
    job = await bench.apply(await bench.plan(object_type, object_id))
    (one,) = told(job, "failures")
    return str(one["message"])


async def test_an_administrator_is_refused_although_the_permission_is_there(poor_bench: Bench) -> None:
    person = people(poor_bench)[0]
    role = {"principalId": person, "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de", "directoryScopeId": "/"}
    poor_bench.directory.create("roleAssignment", {"id": "admin", **role})
    await poor_bench.back_up()
    poor_bench.directory.patch(person, {"mobilePhone": "+41 44 000 00 00"})
    message = await failure(poor_bench, "user", person)
    assert "Insufficient privileges to complete the operation." in message
    assert "has the Graph permission" in message
    assert "administrator role" in message
    assert "User.ReadWrite.All" not in message


async def test_a_permission_is_named_when_the_token_lacks_it(poor_bench: Bench) -> None:
    group = poor_bench.plain_group()
    await poor_bench.back_up()
    poor_bench.directory.patch(group, {"description": "broken"})
    message = await failure(poor_bench, "group", group)
    assert "lacks the Graph permission Group.ReadWrite.All" in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Directory_QuotaExceeded", "The directory object quota limit for the Tenant has been exceeded."),
        ("Authorization_RequestDenied", "This object is mastered on-premises."),
        ("AccessDenied", "Your tenant is not licensed for this feature."),
    ],
)
async def test_any_other_reason_is_graphs_own(bench: Bench, code: str, words: str) -> None:
    group = bench.plain_group()
    await bench.back_up()
    bench.directory.patch(group, {"description": "broken"})
    refused = FaultRule("status", method="PATCH", path=group, status=403, code=code, message=words)
    bench.served.cloud.faults.set([refused])
    message = await failure(bench, "group", group)
    assert f"{code}: {words}" in message
    assert "lacks" not in message
    assert "Group.ReadWrite.All" not in message
