"""What becomes of a message: handled, tried again a few times, or parked in `<topic>.dlq` with its reason.

Parked at once, without a second attempt: what is too large, of another version, or no message of its topic at all.
A message counts as read only when one of the two has happened: while Kafka takes no dead letter, it is waited for.
Dead letters themselves are never parked again: whoever listens to them is asked until it succeeds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any, TypeAlias

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from fast_depends.exceptions import ValidationError as UnfitArguments
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage
from pydantic import ValidationError

from reentra.common.clients.topics import DEAD_LETTER_SUFFIX, MESSAGE_BYTES
from reentra.common.clock import to_text
from reentra.common.errors import ReentraError
from reentra.common.events.dead_letter import Code, DeadLetter, letter_id, letter_of

log = structlog.get_logger()
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"

_SPECIFICATION = "1."
"""Of CloudEvents: minor versions only add."""


class NotAMessage(ReentraError):
    """A body that says it is JSON and is none."""

    code = "undecodable"


_UNDECODABLE = (NotAMessage, UnfitArguments, ValidationError)
"""The last two are what FastStream raises for a body that the handler does not take, depending on its serializer."""
_UNFIT = "Its body does not fit the schema of its topic."


@dataclass(frozen=True, slots=True)
class Patience:
    """The waits between the attempts at one message, in seconds. Their sum stays far below `max_poll_interval_ms`
    (five minutes), after which Kafka gives the partition to another member."""

    waits: tuple[float, ...] = (0.2, 1.0, 5.0)
    pause_seconds: float = 5.0
    """Between attempts that must not end: parking, and keeping what was parked."""


def delivery(patience: Patience) -> Callable[..., "_Delivery"]:
    def build(message: Any, /, *, context: Any) -> _Delivery:
        return _Delivery(message, context=context, patience=patience)

    return build


class _Delivery(BaseMiddleware[Any, Any]):
    """Never an exception, so that the message is acknowledged."""

    def __init__(self, message: Any, /, *, context: Any, patience: Patience) -> None:
        super().__init__(message, context=context)
        self._patience = patience

    async def consume_scope(self, call_next: Callable[[Any], Any], msg: StreamMessage[Any]) -> Any:
        record: Record = msg.raw_message
        is_letter = record.topic.endswith(DEAD_LETTER_SUFFIX)
        if not is_letter and (unfit := _unfit(record)) is not None:
            return await self._park(msg, *unfit)
        for wait in self._waits(endless=is_letter):
            try:
                return await call_next(msg)
            except Exception as error:
                # Whatever a handler raises, its message must neither block the partition nor get lost.
                if isinstance(error, _UNDECODABLE) and not is_letter:
                    return await self._park(msg, "undecodable", _reason(error))
                if wait is None:
                    return await self._park(msg, "failed", _reason(error), error)
                log.warning("message is handled again", topic=record.topic, reason=_reason(error))
                await asyncio.sleep(wait)
        return None

    def _waits(self, *, endless: bool) -> Iterator[float | None]:
        more: Iterable[float | None] = repeat(self._patience.pause_seconds) if endless else (None,)
        return chain(self._patience.waits, more)

    async def _park(self, msg: StreamMessage[Any], code: Code, reason: str, error: Exception | None = None) -> None:
        record: Record = msg.raw_message
        log.error("message given up", topic=record.topic, code=code, reason=reason, exc_info=error)
        broker: KafkaBroker = self.context.get("broker")
        group = getattr(self.context.get("handler_"), "group_id", None) or ""
        letter = _letter(record, code, reason, group)
        while True:
            try:
                return await park(broker, letter, msg.correlation_id)
            except KafkaError as trouble:
                log.error("dead letter waits", topic=record.topic, reason=type(trouble).__name__)
                await asyncio.sleep(self._patience.pause_seconds)


async def park(broker: KafkaBroker, letter: DeadLetter, correlation_id: str | None) -> None:
    """As whole as Kafka takes it: without its body when that is too large, without its headers when they are.
    Raises KafkaError."""
    smaller = replace(letter, body=b"")
    for fitting in (letter, smaller, replace(smaller, headers={}, key=None)):
        try:
            await broker.publish(
                fitting.body,
                topic=fitting.topic + DEAD_LETTER_SUFFIX,
                key=fitting.key,
                headers=fitting.all_headers,
                correlation_id=correlation_id,
            )
        except MessageSizeTooLargeError:
            continue
        return


def letter_in(record: Record) -> DeadLetter:
    """What a record of a `.dlq` topic says; one that says nothing about itself is named after its place."""
    topic = record.topic.removesuffix(DEAD_LETTER_SUFFIX)
    otherwise = replace(_letter(record, "failed", "Nothing is said about it.", ""), topic=topic)
    return letter_of(_headers(record), record.key, record.value or b"", otherwise=otherwise)


async def readable_headers(record: Any, parse: Callable[[Any], Awaitable[StreamMessage[Any]]]) -> StreamMessage[Any]:
    """Headers that are no text would stop FastStream's parser, where no middleware sees it, and the message would be
    gone: they are made readable, so that the body decides."""
    headers = tuple((name, value.encode()) for name, value in _headers(record).items())
    return await parse(replace(record, headers=headers))


async def decoded(message: StreamMessage[Any], decode: Callable[[StreamMessage[Any]], Awaitable[Any]]) -> Any:
    """A decoder's own error would look like the handler's, which is tried again."""
    try:
        return await decode(message)
    except ValueError as error:
        raise NotAMessage("The body is not the JSON that its content type promises.") from error


def _letter(record: Record, code: Code, reason: str, group: str) -> DeadLetter:
    body = record.value or b""
    headers = {name: value for name, value in _headers(record).items() if name != "correlation_id"}
    # With the time, because Kafka counts from zero again when its data was lost.
    id = letter_id(record.topic, record.partition, record.offset, record.timestamp, group)
    now = to_text(datetime.now(UTC))
    return DeadLetter(id, record.topic, code, reason, group, now, record.key, headers, body, len(body))


def _unfit(record: Record) -> tuple[Code, str] | None:
    size = len(record.value or b"")
    if size > MESSAGE_BYTES:
        # Kafka measures what was sent, which may have been compressed.
        return "too_large", f"The message has {size} bytes; at most {MESSAGE_BYTES} are read."
    headers = _headers(record)
    if not headers.get("ce_specversion", _SPECIFICATION).startswith(_SPECIFICATION):
        return "unknown_version", "The message follows a version of CloudEvents that is not known here."
    if headers.get("ce_type", record.topic) != record.topic:
        return "unknown_version", "The message says it is of another type or version than its topic."
    return None


def _headers(record: Record) -> dict[str, str]:
    return {name: (value or b"").decode(errors="replace") for name, value in record.headers}


def _reason(error: Exception) -> str:
    """Of a foreign error the class alone: its text may hold what the message held."""
    if isinstance(error, ReentraError):
        return error.message
    if isinstance(error, _UNDECODABLE):
        return _UNFIT
    return f"Whoever handled it failed by a defect ({type(error).__name__}); the log of that time tells more."
