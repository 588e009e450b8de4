"""All six services in one process: embedded stores, one in-process transport, one event loop.

Order of starting: stores (one process per data folder) -> keys -> what the previous process left is released ->
listeners -> workers -> the scheduler, which publishes from the outboxes. Stopping goes the other way round; running
jobs are given back and continue with the next start.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from faststream.kafka import KafkaBroker, KafkaRouter

from reentra.auth.operations.people import PEOPLE
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.garbage import rare_garbage_collection
from reentra.common.snapshot.keys import Installation, open_installation, open_or_create_installation
from reentra.common.stores.documents import Query
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.standalone.ground import ALL_OUTBOXES, Front, Settings, ground
from reentra.standalone.lost_database import require_the_database_of_its_backups
from reentra.standalone.vitals import Vitals


@asynccontextmanager
async def one_process(data: Path, vitals: Vitals, settings: Settings) -> AsyncIterator[Front]:
    """Raises Rejected when another process holds the data folder, or when its database was lost; NotFound, Forbidden,
    Unreadable for its keys."""
    data.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(data))
        installation = await _installation(data / "keys", stores)
        await require_the_database_of_its_backups(
            stores, database=f"in {data}", bytes_in="its objects folder", option=f"--data {data}"
        )
        base = await stack.enter_async_context(ground(settings, stores, installation, vitals.metrics))
        await base.jobs.release_all()
        transport = InProcessTransport()
        announcing = vitals.metrics.listen_in(make_broker(transport))
        publisher = BrokerPublisher(announcing)
        gateway = base.gateway(publisher, check_room=stores.blobs.check_room)
        workers = (base.collector(), base.exporter(), base.restorer())
        scheduler = base.scheduler(publisher)
        stack.enter_context(rare_garbage_collection())
        for router in (gateway.router, scheduler.router, *(worker.router for worker in workers)):
            await _listen(stack, vitals.metrics.listen_in(make_broker(transport)), router)
        await _listen(stack, announcing)
        await stack.enter_async_context(base.documents.sending(publisher))
        for worker in workers:
            await stack.enter_async_context(worker.pool)
        await stack.enter_async_context(base.auth.loops)
        await stack.enter_async_context(scheduler.loops)
        checks = {"documents": stores.documents.now, "bytes": stores.blobs.check_room}
        with vitals.ready(checks, stores.documents, ALL_OUTBOXES):
            yield Front(base.auth, gateway)


async def _installation(folder: Path, stores: EmbeddedStores) -> Installation:
    """Keys are made for an empty data folder only: beside data of before, new ones would hide that the old are lost."""
    people = await stores.documents.find(PEOPLE, Query(limit=1))
    if people or await anext(aiter(stores.blobs.list("")), None) is not None:
        return open_installation(folder)
    return open_or_create_installation(folder)


async def _listen(stack: AsyncExitStack, broker: KafkaBroker, router: KafkaRouter | None = None) -> None:
    if router is not None:
        broker.include_router(router)
    await broker.start()
    stack.push_async_callback(broker.stop)
