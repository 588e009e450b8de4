"""What wakes the exporter. A handler does nothing else: the job document is the truth."""

from collections.abc import Callable

from faststream.kafka import KafkaRouter

from reentra.common.clients.kafka import listen
from reentra.common.events.exporter import ExportRequested


def build_router(wake: Callable[[], None]) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, ExportRequested, group="exporter")
    async def export_requested(event: ExportRequested) -> None:  # noqa: ARG001 - see `listen`
        wake()

    return router
