"""Joins the exporter's parts. Nobody else constructs them."""

from dataclasses import dataclass
from functools import partial
from types import TracebackType

from faststream.kafka import KafkaRouter

from reentra.common.ids import TenantId
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.pool import WorkerPool
from reentra.common.snapshot.keys import Installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.exporter.adapters.spool import Spool
from reentra.exporter.adapters.zip_stream import ZipStream
from reentra.exporter.handlers import build_router
from reentra.exporter.operations.export import run_export
from reentra.exporter.operations.ports import Tenants, Tools
from reentra.exporter.settings import ExporterSettings


@dataclass(frozen=True, slots=True)
class ExporterApp:
    """The router belongs on a broker; the pool works between entering and leaving."""

    router: KafkaRouter
    pool: WorkerPool

    async def __aenter__(self) -> "ExporterApp":
        await self.pool.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pool.stop()


def build_app(
    jobs: Jobs,
    catalogue: Catalogue,
    blobs: Blobs,
    tenants: Tenants,
    installation: Installation,
    settings: ExporterSettings | None = None,
) -> ExporterApp:
    chosen = settings or ExporterSettings()

    async def open_reader(tenant_id: TenantId) -> RecordReader:
        return RecordReader(blobs, await open_tenant_keys(blobs, installation, tenant_id))

    tools = Tools(catalogue, blobs, tenants, open_reader, ZipStream, Spool, chosen)
    pool = WorkerPool(jobs, ("export",), partial(run_export, tools=tools), concurrency=chosen.concurrent_jobs)
    return ExporterApp(build_router(pool.wake), pool)
