"""`reentra serve`: one service in this process, over Kafka, MongoDB and S3.

Order of starting, each waited for: stores, which must belong to each other -> Kafka with all its topics -> listener ->
workers or loops. Stopping goes the other way round. No lease is released here: other processes hold theirs, and what a
dead one held runs out. Tokens never leave a process: each that needs Graph makes its own from the stored credentials
(docs/decisions/0016-tokens-in-each-process.md).
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings, make_broker
from reentra.common.clients.provisioning import require_topics
from reentra.common.clients.topics import topics
from reentra.common.errors import RetryLater
from reentra.common.garbage import rare_garbage_collection
from reentra.common.patience import Waiting, patiently
from reentra.common.snapshot.keys import open_installation
from reentra.common.stores.distributed import open_distributed_stores
from reentra.standalone.ground import ALL_OUTBOXES, Front, Ground, Settings, Worker, ground
from reentra.standalone.lost_database import require_the_database_of_its_backups
from reentra.standalone.output import Output
from reentra.standalone.serving import Address, serving
from reentra.standalone.settings import server_settings
from reentra.standalone.vitals import Check, Vitals, vital_signs

T = TypeVar("T")

_PING_SECONDS = 3.0


async def serve_gateway(keys: Path, address: Address, output: Output, *, token_file: Path | None) -> None:
    told = _stop_signals()
    async with AsyncExitStack() as stack:
        vitals = await stack.enter_async_context(vital_signs("gateway", output))
        front = serving(partial(_gateway, keys, vitals), address, Settings(), token_file=token_file, alone=False)
        running = await _started(stack, front, told)
        if running is None:
            return
        await running.tell(output)
        await running.ended()


async def serve_service(name: str, keys: Path, output: Output) -> None:
    told = _stop_signals()
    async with AsyncExitStack() as stack:
        vitals = await stack.enter_async_context(vital_signs(name, output))
        if await _started(stack, _service(name, keys, vitals), told) is None:
            return
        output.say(f"The {name} runs.")
        await told.wait()


def _stop_signals() -> asyncio.Event:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def _started(stack: AsyncExitStack, start: AbstractAsyncContextManager[T], told: asyncio.Event) -> T | None:
    """What was started, to be ended by the stack; None when told to stop while it still waited for its servers."""
    starting = asyncio.create_task(stack.enter_async_context(start))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if starting.done():
        return starting.result()
    starting.cancel()
    await asyncio.wait({starting})
    return None


@asynccontextmanager
async def _gateway(keys: Path, vitals: Vitals, settings: Settings) -> AsyncIterator[Front]:
    async with AsyncExitStack() as stack:
        base, kafka = await stack.enter_async_context(_base(keys, settings, vitals))
        broker = vitals.metrics.listen_in(make_broker(kafka))
        publisher = BrokerPublisher(broker)
        gateway = base.gateway(publisher)
        broker.include_router(gateway.router)
        await stack.enter_async_context(_listening(broker, vitals.waiting))
        await stack.enter_async_context(base.documents.sending(publisher))
        stack.enter_context(rare_garbage_collection())
        with vitals.ready(_checks(base, broker)):
            yield Front(base.auth, gateway)


@asynccontextmanager
async def _service(name: str, keys: Path, vitals: Vitals) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        base, kafka = await stack.enter_async_context(_base(keys, Settings(), vitals))
        broker = vitals.metrics.listen_in(make_broker(kafka))
        publisher = BrokerPublisher(broker)
        if name == "auth":
            work: AbstractAsyncContextManager[object] = base.auth.loops
        elif name == "scheduler":
            scheduler = base.scheduler(publisher)
            work = scheduler.loops
            broker.include_router(scheduler.router)
        else:
            worker = _worker(name, base)
            work = worker.pool
            broker.include_router(worker.router)
        await stack.enter_async_context(_listening(broker, vitals.waiting))
        await stack.enter_async_context(base.documents.sending(publisher))
        stack.enter_context(rare_garbage_collection())
        await stack.enter_async_context(work)
        # The ledger is counted where it is looked after: by one service, which is always there.
        counted = (base.stores.documents, ALL_OUTBOXES) if name == "scheduler" else ()
        with vitals.ready(_checks(base, broker), *counted):
            yield base


def _checks(base: Ground, broker: KafkaBroker) -> Mapping[str, Check]:
    async def bus() -> None:
        if not await broker.ping(_PING_SECONDS):
            raise RetryLater("Kafka does not answer.")

    async def look() -> None:
        await base.stores.blobs.info("readiness")

    return {"documents": base.stores.documents.now, "bytes": look, "bus": bus}


def _worker(name: str, base: Ground) -> Worker:
    return {"collector": base.collector, "exporter": base.exporter, "restorer": base.restorer}[name]()


@asynccontextmanager
async def _base(keys: Path, settings: Settings, vitals: Vitals) -> AsyncIterator[tuple[Ground, KafkaSettings]]:
    servers = server_settings()
    installation = open_installation(keys)
    waiting = vitals.waiting
    async with open_distributed_stores(servers.mongo, servers.s3, waiting=waiting) as stores, AsyncExitStack() as stack:
        places = {"database": servers.mongo.database, "bytes_in": f"the bucket {servers.s3.bucket}"}
        await patiently(
            "MongoDB and the object store",
            lambda: require_the_database_of_its_backups(stores, **places, option=f"--keys {keys}"),
            waiting=waiting,
        )
        base = await stack.enter_async_context(ground(settings, stores, installation, vitals.metrics))
        await patiently("Kafka and its topics", lambda: require_topics(servers.kafka, topics()), waiting=waiting)
        yield base, servers.kafka


@asynccontextmanager
async def _listening(broker: KafkaBroker, waiting: Waiting) -> AsyncIterator[None]:
    async def start() -> None:
        try:
            await broker.start()
        except KafkaError as error:
            raise RetryLater(f"Kafka did not answer ({type(error).__name__}).") from error

    try:
        await patiently("Kafka", start, waiting=waiting)
        yield
    finally:
        await broker.stop()
