"""Backups of one tenant behind the examiner: real embedded stores, real jobs, the real Graph client."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.strict.examiner import Examiner
from tests.strict.serving import strict_cloud
from tests.strict.weather import Weather

from reentra.collector.adapters.archive import open_archive
from reentra.collector.operations.backup import Tools, run_backup
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphClients, GraphSettings
from reentra.common.clients.tokens import Purpose
from reentra.common.clock import SystemClock
from reentra.common.directory.catalog import CATALOG
from reentra.common.directory.normalise import strip_annotations, without_empty
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import create_installation, create_tenant_keys
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.truth import whole_truth

READER = "aaaaaaaa-1111-4111-8111-111111111111"
WITHOUT_SLOW_LANE = [name for name, row in CATALOG.items() if row.lane == "directory"]
_SETTINGS = GraphSettings(first_pause_seconds=0.25)
_VOLATILE = {"consumedUnits", "assignedPlans"}


@dataclass(frozen=True, slots=True)
class _Tokens:
    cloud: SimulatedCloud

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        return self.cloud.issue_token(tenant_id, READER)


@dataclass(slots=True)
class StrictBench:
    """`back_up()` runs one whole job and asserts that it succeeded; the directory can be changed in between."""

    examiner: Examiner
    cloud: SimulatedCloud
    directory: Directory
    stores: EmbeddedStores
    jobs: Jobs
    tools: Tools
    tenant_id: TenantId

    async def back_up(self, *weather: Weather, types: Sequence[str] = WITHOUT_SLOW_LANE) -> Job:
        job = await self.attempt(*weather, types=types)
        assert (job.status, job.error) == ("succeeded", None), job.error
        return job

    async def attempt(self, *weather: Weather, types: Sequence[str] = WITHOUT_SLOW_LANE) -> Job:
        self.examiner.weather = weather
        self.examiner.new_round()
        job = await self.jobs.submit(NewJob("backup", self.tenant_id, {"object_types": list(types)}, "test"))
        lease = await self.jobs.claim(["backup"], "test")
        assert lease is not None
        await run_backup(lease, self.tools)
        return await self.jobs.get(job.id)

    async def state(self, number: int) -> dict[str, dict[str, ObjectRecord]]:
        """Every live object of a snapshot, read from the segments."""
        archive: Any = await self.tools.open_archive(self.tenant_id)
        found: dict[str, dict[str, ObjectRecord]] = {}
        async for batch in self.stores.catalogue.scan(self.tenant_id, SnapshotNumber(number)):
            for record in await archive.records.read([v.place for v in batch]):
                found.setdefault(record.object_type, {})[record.object_id] = record
        return found

    async def changes(self, job: Job) -> Sequence[ObjectVersion]:
        return await self.stores.catalogue.changes(
            self.tenant_id, SnapshotNumber(job.result["snapshot"]), limit=100_000
        )

    async def differences(self, job: Job, types: Sequence[str] = WITHOUT_SLOW_LANE) -> list[str]:
        """Everything in which the job's snapshot is not the tenant as it is now."""
        stored = await self.state(job.result["snapshot"])
        return differences(whole_truth(self.directory), stored, types)

    @property
    def violations(self) -> list[str]:
        return [*self.examiner.violations, *(f"{v.kind}: {v.detail}" for v in self.cloud.counters.violations)]


def differences(truth: dict[str, Any], stored: dict[str, dict[str, ObjectRecord]], types: Sequence[str]) -> list[str]:
    problems: list[str] = []
    in_bin = {object_id for objects in truth["deleted"].values() for object_id in objects}
    for name, row in CATALOG.items():
        expected, found = (truth["objects"].get(name, {}), stored.get(name, {})) if name in types else ({}, {})
        problems += [f"{name} {i} is missing" for i in expected.keys() - found.keys()]
        problems += [f"{name} {i} is too many" for i in found.keys() - expected.keys()]
        for object_id in expected.keys() & found.keys():
            known = without_empty(strip_annotations(dict(expected[object_id])))
            kept = without_empty(found[object_id].properties)
            names = set(row.select) if row.select else known.keys()
            problems += [
                f"{name} {object_id}: {n} is {kept.get(n)!r}, not {known.get(n)!r}"
                for n in names - _VOLATILE
                if known.get(n) != kept.get(n)
            ]
            for link in (r.name for r in row.relationships if r.name in truth["links"]):
                wanted = set(truth["links"][link].get(object_id, ()))
                has = [entry["id"] for entry in found[object_id].links.get(link, ())]
                if wanted != set(has) - in_bin or len(has) != len(set(has)):
                    problems.append(f"{name} {object_id}: {link} differs in {sorted(wanted ^ set(has))[:4]}")
    return problems


@asynccontextmanager
async def strict_bench(folder: Path, *, users: int = 30, seed: int = 3) -> AsyncIterator[StrictBench]:
    with strict_cloud(users=users, seed=seed) as strict:
        served, tenant = strict.served, strict.served.tenants[0]
        tenant_id = TenantId(tenant.tenant_id)
        cloud = Cloud("custom", served.login_url, served.graph_url)
        installation = create_installation(folder / "keys")
        async with open_stores(folder) as stores, GraphClients(_Tokens(served.cloud), _SETTINGS) as graphs:
            await stores.documents.insert(TENANTS, tenant_id, _tenant(tenant.directory.domain))
            tenants = StoredTenants(stores.documents)
            await create_tenant_keys(stores.blobs, installation, tenant_id)

            async def open_graph(of: TenantId) -> Any:
                return graphs.open(cloud, of, "backup")

            async def archive(of: TenantId) -> Any:
                return await open_archive(stores.blobs, tenants, installation, of)

            clock = SystemClock()
            tools = Tools(stores.catalogue, archive, open_graph, CollectorSettings(), clock)
            jobs = Jobs(stores.documents, clock)
            yield StrictBench(strict.examiner, served.cloud, tenant.directory, stores, jobs, tools, tenant_id)


def _tenant(domain: str) -> dict[str, Any]:
    return {
        "name": "Contoso",
        "name_key": "contoso",
        "domain": domain,
        "domains": [domain],
        "cloud": "custom",
        "state": "healthy",
        "frequency_minutes": 1440,
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
