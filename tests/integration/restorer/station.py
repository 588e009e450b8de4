"""A collector and a restorer over one data folder, against a simulated cloud: in a test or in a killed process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reentra.collector.app import build_app as build_collector
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Clouds, CustomCloudSettings
from reentra.common.clients.graph import GraphClients, GraphSettings
from reentra.common.clients.graph.pace import Pace
from reentra.common.clients.tokens import Purpose
from reentra.common.clock import Clock, SystemClock
from reentra.common.ids import TenantId
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.pool import WorkerPool
from reentra.common.snapshot.installation import open_or_create_installation
from reentra.common.snapshot.keys import create_tenant_keys
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.folder import DEFAULT_RESERVE_BYTES
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.restorer.app import build_app as build_restorer
from reentra.restorer.settings import RestorerSettings

HUNDREDFOLD = Pace(lambda: time.monotonic() * 100, lambda seconds: asyncio.sleep(seconds / 100))
"""Conditional Access takes one request a second; here a second is a hundredth."""
QUICK = RestorerSettings(first_pause_seconds=0.02, probe_patience_seconds=1.0, glance_seconds=0.1, read_back_attempts=9)


@dataclass(frozen=True, slots=True)
class Cloud:
    """The simulated cloud as another process sees it; the tokens are its own and last an hour."""

    login_url: str
    graph_url: str
    tenant_id: str
    domain: str
    reader_token: str
    writer_token: str

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        return self.reader_token if purpose == "backup" else self.writer_token


@dataclass(frozen=True, slots=True)
class Station:
    stores: EmbeddedStores
    jobs: Jobs
    pools: tuple[WorkerPool, ...]


@asynccontextmanager
async def opened(
    cloud: Cloud,
    folder: Path,
    *,
    pace: Pace = HUNDREDFOLD,
    settings: RestorerSettings = QUICK,
    first_pause_seconds: float = 0.01,
    reserve_bytes: int = DEFAULT_RESERVE_BYTES,
    clock: Clock | None = None,
) -> AsyncIterator[Station]:
    """The same folder may be opened again after a crash: what was running goes on. `clock`: the stores'."""
    tenant_id = TenantId(cloud.tenant_id)
    installation = open_or_create_installation(folder / "keys")
    graph_settings = GraphSettings(first_pause_seconds=first_pause_seconds)
    room = open_stores(folder, reserve_bytes=reserve_bytes, clock=clock)
    async with room as stores, GraphClients(cloud, graph_settings, pace=pace) as graphs:
        if await stores.documents.get(TENANTS, tenant_id) is None:
            await stores.documents.insert(TENANTS, tenant_id, _tenant(cloud.domain))
        await create_tenant_keys(stores.blobs, installation, tenant_id)
        jobs = Jobs(stores.documents, SystemClock())
        await jobs.release_all()
        common: dict[str, Any] = {
            "jobs": jobs,
            "blobs": stores.blobs,
            "catalogue": stores.catalogue,
            "tenants": StoredTenants(stores.documents),
            "installation": installation,
            "graphs": graphs,
            # the sign-in has to be https and is not asked: the station brings its own tokens
            "clouds": Clouds(CustomCloudSettings(login_url="https://login.invalid", graph_url=cloud.graph_url)),
        }
        collector = build_collector(CollectorSettings(), **common)
        restorer = build_restorer(settings, documents=stores.documents, tokens=cloud, **common)
        async with collector.pool, restorer.pool:
            yield Station(stores, jobs, (collector.pool, restorer.pool))


def _tenant(domain: str) -> dict[str, Any]:
    return {
        "name": "Contoso",
        "name_key": "contoso",
        "domain": domain,
        "domains": [domain],
        "cloud": "custom",
        "state": "healthy",
        "restore_app": {"client_id": "writer"},
        "backup_app": {"client_id": "reader"},
        "frequency_minutes": 1440,
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
