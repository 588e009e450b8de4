"""Topics to the worker pool: a message only says that there may be work."""

from collections.abc import Callable

from faststream.kafka import KafkaRouter

from reentra.common.clients.kafka import listen
from reentra.common.events.scheduler import BackupRequested


def build_router(wake: Callable[[], None]) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, BackupRequested, group="collector")
    async def backup_requested(event: BackupRequested) -> None:  # noqa: ARG001 - see `listen`
        wake()

    return router
