"""Every fact that a service announces becomes a row of the feed. Commands do not: the facts tell what came of them.
What nobody could handle is kept as well."""

from collections.abc import Awaitable, Callable

from faststream.kafka import KafkaMessage, KafkaRouter

from reentra.common.clients.kafka import listen, listen_to_dead_letters
from reentra.common.clients.topics import event_classes
from reentra.common.events.dead_letter import DeadLetter
from reentra.common.events.envelope import Event

_COMMAND_SUFFIX = "Requested"

Record = Callable[[Event], Awaitable[None]]
Keep = Callable[[DeadLetter], Awaitable[None]]


def build_router(record: Record, keep: Keep) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, *facts(), group="gateway", together="facts")
    async def fact(message: KafkaMessage) -> None:
        event_class = event_classes()[message.raw_message.topic]  # type: ignore[union-attr]
        await record(event_class.model_validate(await message.decode()))

    listen_to_dead_letters(router, keep, group="gateway")
    return router


def facts() -> list[type[Event]]:
    return [event for event in event_classes().values() if not event.__name__.endswith(_COMMAND_SUFFIX)]
