"""Topics to the worker pool: a message only says that there may be work."""

from collections.abc import Callable

from faststream.kafka import KafkaRouter

from reentra.common.clients.kafka import listen
from reentra.common.events.envelope import Event
from reentra.common.events.restorer import RestorePlanRequested, RestoreRequested


def build_router(wake: Callable[[], None]) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, RestorePlanRequested, RestoreRequested, group="restorer", together="commands")
    async def requested(event: Event) -> None:  # noqa: ARG001 - see `listen`
        wake()

    return router
