"""The bus, once: how brokers are made, how topics are listened to, acknowledged, retried and given up.

A message counts as read after its handler ended (`AckPolicy.ACK`; FastStream's own default acknowledges first and can
lose it). A failing handler is tried again a few times with waits; then the message goes to `<topic>.dlq` with the
reason in its headers, and the next one is read. A body that no handler can decode goes there at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from fast_depends.exceptions import ValidationError as UnfitArguments
from faststream import AckPolicy, BaseMiddleware
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka.schemas import Topic
from faststream.message import StreamMessage
from pydantic import ValidationError

from reentra.common.clients.inprocess import InProcessBroker, InProcessTransport
from reentra.common.clients.kafka_settings import KafkaSettings, broker_security
from reentra.common.clients.topics import DEAD_LETTER_SUFFIX
from reentra.common.errors import ReentraError, RetryLater
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import Json

__all__ = ["BrokerPublisher", "KafkaSettings", "Patience", "headers_of", "listen", "make_broker"]

log = structlog.get_logger()

_UNDECODABLE = (UnfitArguments, ValidationError)
"""What FastStream raises for a body that is not what the handler takes, depending on its serializer."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The waits between the attempts at one message, in seconds. Their sum stays far below `max_poll_interval_ms`
    (five minutes), after which Kafka gives the partition to another member."""

    waits: tuple[float, ...] = (0.2, 1.0, 5.0)


def make_broker(
    bus: KafkaSettings | InProcessTransport, *, patience: Patience | None = None, graceful_seconds: float = 15.0
) -> KafkaBroker:
    """A broker on Kafka or inside this process; services cannot tell which. A stop waits `graceful_seconds` for
    handlers that run; what they did not end is delivered again."""
    options: dict[str, Any] = {
        "ack_policy": AckPolicy.ACK,
        "parser": _parse,
        "middlewares": (_delivery(patience or Patience()),),
        "logger": logging.getLogger("reentra.bus"),
        "log_level": logging.DEBUG,
        "client_id": "reentra",
        "graceful_timeout": graceful_seconds,
    }
    if isinstance(bus, KafkaSettings):
        # Idempotent producers wait for all in-sync replicas and do not reorder when they retry.
        return KafkaBroker(bus.bootstrap_servers, enable_idempotence=True, security=broker_security(bus), **options)
    return InProcessBroker(bus, **options)


def listen(router: KafkaRouter, *events: type[Event], group: str) -> Callable[[Any], Any]:
    """Decorates a handler of these events. Each message reaches one member of the group, from the oldest kept on.

    The policy is given here as well as to the broker: a router's subscribers are built before they know their broker.
    """
    # `declare=False`: topics are provisioned once by an administrative step, never by whoever listens.
    topics = [Topic(event.topic, declare=False) for event in events]
    return router.subscriber(
        *topics,
        # Members of one group that listen to different topics would stop each other whenever one comes or goes.
        group_id=f"reentra.{group}.{events[0].topic}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        no_reply=True,
    )


class BrokerPublisher:
    """Implements `jobs.outbox.EventPublisher`. CloudEvents' attributes are in the headers, the data is the body.

    An event too large for its topic would be refused for ever and hold up the outbox: it counts as sent, and its
    headers go to the dead letters."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    async def publish(self, event: Event) -> None:
        headers, body = headers_of(event), event.data()
        try:
            try:
                await self._send(event, event.topic, body, headers)
            except MessageSizeTooLargeError as error:
                log.error("event is too large to be sent", topic=event.topic, event_id=event.event_id)
                headers |= _dead_letter_headers(event.topic, error)
                await self._send(event, event.topic + DEAD_LETTER_SUFFIX, b"", headers)
        except KafkaError as error:
            raise RetryLater(
                f"Kafka did not take a message for {event.topic} ({type(error).__name__}). It is sent again."
            ) from error

    async def _send(self, event: Event, topic: str, body: Json | bytes, headers: dict[str, str]) -> None:
        await self._broker.publish(
            body, topic=topic, key=event.key, headers=headers, correlation_id=event.job_id or event.event_id
        )


def headers_of(event: Event) -> dict[str, str]:
    """The CloudEvents binding for Kafka: attributes as `ce_...` headers."""
    return {
        "ce_specversion": "1.0",
        "ce_id": event.event_id,
        "ce_type": event.topic,
        "ce_source": f"/reentra/{event.topic.partition('.')[0]}",
        "ce_subject": event.job_id or event.tenant_id or "",
        "ce_time": event.time,
    }


def _delivery(patience: Patience) -> Callable[..., "_Delivery"]:
    def build(message: Any, /, *, context: Any) -> _Delivery:
        return _Delivery(message, context=context, patience=patience)

    return build


class _Delivery(BaseMiddleware[Any, Any]):
    """Bounded retry, then the dead letter topic; never an exception, so that the message is acknowledged."""

    def __init__(self, message: Any, /, *, context: Any, patience: Patience) -> None:
        super().__init__(message, context=context)
        self._patience = patience

    async def consume_scope(self, call_next: Callable[[Any], Any], msg: StreamMessage[Any]) -> Any:
        for wait in (*self._patience.waits, None):
            try:
                return await call_next(msg)
            except _UNDECODABLE as error:
                return await self._give_up(msg, error)
            except Exception as error:
                # Whatever a handler raises, its message must neither block the partition nor get lost.
                if wait is None:
                    return await self._give_up(msg, error)
                log.warning("message is handled again", topic=_records(msg)[0].topic, reason=_reason(error))
                await asyncio.sleep(wait)
        return None

    async def _give_up(self, msg: StreamMessage[Any], error: Exception) -> None:
        broker: KafkaBroker = self.context.get("broker")
        for record in _records(msg):
            log.error("message given up", topic=record.topic, reason=_reason(error), exc_info=error)
            headers = {name: value.decode() for name, value in record.headers if name != "correlation_id"}
            await broker.publish(
                record.value or b"",
                topic=record.topic + DEAD_LETTER_SUFFIX,
                key=record.key,
                headers=headers | _dead_letter_headers(record.topic, error),
                correlation_id=msg.correlation_id,
            )


async def _parse(record: Any, parse: Callable[[Any], Awaitable[StreamMessage[Any]]]) -> StreamMessage[Any]:
    """Headers that are no text would stop FastStream's parser, where no middleware sees it, and the message would be
    gone: they are made readable, so that the body decides."""
    headers = tuple((name, (value or b"").decode(errors="replace").encode()) for name, value in record.headers)
    return await parse(replace(record, headers=headers))


def _records(msg: StreamMessage[Any]) -> "Sequence[ConsumerRecord[bytes, bytes]]":
    return msg.raw_message if isinstance(msg.raw_message, tuple) else (msg.raw_message,)


def _dead_letter_headers(topic: str, error: Exception) -> dict[str, str]:
    return {"dead_letter_reason": _reason(error), "dead_letter_topic": topic}


def _reason(error: Exception) -> str:
    """Of a foreign error the class alone: its text may hold what the message held."""
    return error.message if isinstance(error, ReentraError) else type(error).__name__
