"""One tenant in a simulated cloud on loopback, real stores, real worker pools: back up, break, plan, apply, compare."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reentra.common.ids import TenantId
from reentra.common.jobs.job import FINISHED, Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.embedded import EmbeddedStores
from reentra.common.stores.restores import RestorePlan, RestoreStep, StoredRestores
from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.directory import Directory, Entity
from reentra.simulator.server import ServedCloud, Serving, simulated_cloud

from .station import Cloud, opened

READER, WRITER = "aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-2222-4222-8222-222222222222"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
_PATIENCE_SECONDS = 60


@dataclass(slots=True)
class Bench:
    served: ServedCloud
    stores: EmbeddedStores
    jobs: Jobs
    tenant_id: TenantId
    pools: tuple[Any, ...]

    @property
    def directory(self) -> Directory:
        return self.served.tenants[0].directory

    async def back_up(self, types: Sequence[str] | None = None) -> int:
        job = await self.run("backup", {} if types is None else {"object_types": list(types)})
        assert job.status == "succeeded", job.error
        return int(job.result["snapshot"])

    async def plan(
        self, object_type: str, *ids: str, snapshot: int = 1, links: str = "replace", **choice: Any
    ) -> RestorePlan:
        job = await self.run_plan(object_type, *ids, snapshot=snapshot, links=links, **choice)
        assert job.status == "succeeded", job.error
        plan = await StoredRestores(self.stores.documents).plan(job.result["plan_id"])
        assert plan is not None
        return plan

    async def run_plan(self, object_type: str, *ids: str, snapshot: int = 1, **more: Any) -> Job:
        selected = {"object_types": [object_type], "ids": list(ids) or None, "snapshot": snapshot}
        return await self.run("restore_plan", {**selected, **more})

    async def plan_all(self, snapshot: int = 1) -> RestorePlan:
        job = await self.run("restore_plan", {"snapshot": snapshot})
        assert job.status == "succeeded", job.error
        plan = await StoredRestores(self.stores.documents).plan(job.result["plan_id"])
        assert plan is not None
        return plan

    async def steps(self, plan: RestorePlan) -> Sequence[RestoreStep]:
        return await StoredRestores(self.stores.documents).steps(plan.id, limit=10_000)

    async def apply(self, plan: RestorePlan) -> Job:
        return await self.run("restore_apply", {"plan_id": plan.id})

    async def restore(self, object_type: str, *ids: str, **more: Any) -> Job:
        """Plan and apply; a second plan must say identical."""
        job = await self.apply(await self.plan(object_type, *ids, **more))
        assert job.status == "succeeded", "\n".join(
            map(str, [job.error, *told(job, "failures"), *told(job, "differences")])
        )
        again = await self.plan(object_type, *ids, **more)
        assert again.is_identical, [step.why for step in await self.steps(again)]
        assert self.violations() == []
        return job

    async def run(self, kind: Any, params: dict[str, Any]) -> Job:
        job = await self.jobs.submit(NewJob(kind, self.tenant_id, params, "test"))
        for pool in self.pools:
            pool.wake()
        return await self.finished(job)

    async def finished(self, job: Job) -> Job:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (now := await self.jobs.get(job.id)).status not in FINISHED:
                await asyncio.sleep(0.02)
        return now

    def get(self, object_id: str) -> Entity:
        found = self.directory.get(object_id)
        assert found is not None, object_id
        return dict(found)

    def links(self, relation: str, source: str) -> set[str]:
        return {t for t in self.directory.targets(relation, source) if self.directory.is_live(t)}

    def first(self, object_type: str, **properties: Any) -> str:
        """The id of the first object with these properties."""
        for item in self.directory.objects(object_type):
            if all(item.get(name) == value for name, value in properties.items()):
                return str(item["id"])
        raise AssertionError(f"no {object_type} with {properties}")

    def plain_group(self) -> str:
        """One whose members anybody may write."""
        return next(
            str(g["id"]) for g in self.directory.objects("group")
            if not g.get("onPremisesSyncEnabled") and not g["groupTypes"] and not g["mailEnabled"]
            and not g.get("isAssignableToRole")
        )  # fmt: skip

    def violations(self) -> list[str]:
        return [f"{v.kind}: {v.detail}" for v in self.served.cloud.counters.violations]


def told(job: Job, name: str) -> list[Any]:
    return list(job.result.get(name) or ())


@pytest.fixture
async def served() -> AsyncIterator[ServedCloud]:
    async with simulated_cloud(users=60, seed=3, serving=Serving(https=False)) as served:
        register_demo_apps(served.sign_in)
        served.cloud.settings.throttle_scale = None
        give_role(served)
        yield served


@pytest.fixture
async def bench(served: ServedCloud, tmp_path: Path) -> AsyncIterator[Bench]:
    cloud = cloud_of(served)
    async with opened(cloud, tmp_path) as station:
        yield Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)


def cloud_of(served: ServedCloud) -> Cloud:
    tenant = served.tenants[0]
    reader, writer = (served.cloud.issue_token(tenant.tenant_id, app) for app in (READER, WRITER))
    return Cloud(served.login_url, served.graph_url, tenant.tenant_id, tenant.directory.domain, reader, writer)


def give_role(served: ServedCloud) -> None:
    """Changing administrators takes an Entra role on the app, as high as theirs (resources/users)."""
    directory = served.tenants[0].directory
    assignment = {
        "id": "writer-role",
        "principalId": directory.find("servicePrincipal", "appId", WRITER)[0],
        "roleDefinitionId": GLOBAL_ADMINISTRATOR,
        "directoryScopeId": "/",
    }
    directory.create("roleAssignment", assignment)
