"""Topics to the worker pool: a message only says that there may be work."""

from collections.abc import Callable

from faststream.kafka import KafkaRouter

from reentra.common.clients.kafka import listen
from reentra.common.events.restorer import RestorePlanRequested, RestoreRequested


def build_router(wake: Callable[[], None]) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, RestorePlanRequested, group="restorer")
    async def restore_plan_requested(_event: RestorePlanRequested) -> None:
        wake()

    @listen(router, RestoreRequested, group="restorer")
    async def restore_requested(_event: RestoreRequested) -> None:
        wake()

    return router
