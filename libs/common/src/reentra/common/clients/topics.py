"""Topics as data, collected from `common.events`: a topic per class, so whoever adds an event adds its topic.

They are provisioned once, by an administrative step; brokers do not create topics on their own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType

import structlog
from pydantic import ConfigDict, ValidationError

from reentra.common.errors import RetryLater
from reentra.common.events import auth, collector, exporter, gateway, restorer, scheduler
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import Json

log = structlog.get_logger()

DEAD_LETTER_SUFFIX = ".dlq"

_OWNERS: tuple[ModuleType, ...] = (auth, collector, exporter, gateway, restorer, scheduler)
_HOURS = 3_600_000
MESSAGE_BYTES = 256 << 10
"""Kafka refuses larger ones, whoever sends them. Messages are hints of a few hundred bytes."""
DEAD_LETTER_BYTES = 1 << 20
"""A dead letter is its message with more headers, so it has room for the largest one."""
_COMMAND_SUFFIX = "Requested"


class NoSuchTopic(RetryLater):
    """Kafka is there, but without this topic."""


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """`partitions` bounds how many members of a group share the work; messages of one key stay in order."""

    name: str
    partitions: int
    retention_milliseconds: int
    max_message_bytes: int


def topics() -> tuple[TopicSpec, ...]:
    """Every topic with its dead letters, by name. Commands are spread over more partitions: workers scale.

    Days of retention suffice, because messages are hints and the truth lies in the database; dead letters stay longer
    for people to look at.
    """
    specs: list[TopicSpec] = []
    for name, event in sorted(event_classes().items()):
        is_command = event.__name__.endswith(_COMMAND_SUFFIX)
        specs.append(TopicSpec(name, 12 if is_command else 3, 72 * _HOURS, MESSAGE_BYTES))
        specs.append(TopicSpec(name + DEAD_LETTER_SUFFIX, 1, 30 * 24 * _HOURS, DEAD_LETTER_BYTES))
    return tuple(specs)


def largest_message(topic: str) -> int:
    return DEAD_LETTER_BYTES if topic.endswith(DEAD_LETTER_SUFFIX) else MESSAGE_BYTES


def dead_letter_topics() -> tuple[str, ...]:
    return tuple(spec.name for spec in topics() if spec.name.endswith(DEAD_LETTER_SUFFIX))


@cache
def event_classes() -> Mapping[str, type[Event]]:
    """By topic."""
    return MappingProxyType({event.topic: event for module in _OWNERS for event in _events_in(module)})


def event_of(topic: str, data: Json) -> Event | None:
    """None when this version knows no such topic."""
    event = event_classes().get(topic)
    return event.model_validate(data) if event is not None else None


class _AsWritten(Event):
    model_config = ConfigDict(extra="allow")


@cache
def _carrier_for(topic: str) -> type[Event]:
    return type("AsWritten", (_AsWritten,), {"topic": topic, "__module__": __name__})


def event_as_written(topic: str, data: Json) -> Event:
    """With every field that it has: while an installation is upgraded, an older service relays what a newer one wrote,
    and must neither shorten nor drop it."""
    known = event_classes().get(topic)
    if known is not None and data.keys() <= known.model_fields.keys():
        try:
            return known.model_validate(data)
        except ValidationError:
            # A mistake of its writer's: whoever listens parks it, where people see it.
            log.warning("event does not fit its topic", topic=topic)
    return _carrier_for(topic).model_validate(data)


def _events_in(module: ModuleType) -> Iterator[type[Event]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Event) and value.__module__ == module.__name__:
            yield value
