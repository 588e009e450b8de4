"""The bus, once: how brokers are made, how topics are listened to, acknowledged, retried and given up.

A message counts as read after its handler ended (`AckPolicy.ACK`; FastStream's own default acknowledges first and can
lose it), or after it was parked with the dead letters: `clients.delivery` tells when.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaRouter
from faststream.kafka.schemas import Topic
from faststream.message import StreamMessage

from reentra.common.clients.delivery import Patience, decoded, delivery, letter_in, park, readable_headers
from reentra.common.clients.inprocess import InProcessBroker, InProcessTransport
from reentra.common.clients.kafka_settings import KafkaSettings, broker_security
from reentra.common.clients.topics import MESSAGE_BYTES, NoSuchTopic, dead_letter_topics, event_classes
from reentra.common.errors import Rejected, RetryLater
from reentra.common.events.dead_letter import DeadLetter, letter_id
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import Json

__all__ = [
    "BrokerPublisher",
    "KafkaSettings",
    "Patience",
    "headers_of",
    "listen",
    "listen_to_dead_letters",
    "make_broker",
]

log = structlog.get_logger()

_METADATA_SECONDS = 15.0
"""How soon a listener sees a topic that came back after Kafka lost its data; aiokafka would look after five minutes."""
_RECONNECT_SECONDS = 1.0
"""aiokafka's own 0.1 made a gateway try 260 times a second while Kafka was away."""


def make_broker(
    bus: KafkaSettings | InProcessTransport, *, patience: Patience | None = None, graceful_seconds: float = 15.0
) -> KafkaBroker:
    """A broker on Kafka or inside this process; services cannot tell which. A stop waits `graceful_seconds` for
    handlers that run; what they did not end is delivered again. Raises Rejected for a file that cannot be used."""
    options: dict[str, Any] = {
        "ack_policy": AckPolicy.ACK,
        "parser": readable_headers,
        "decoder": decoded,
        "middlewares": (delivery(patience or Patience()),),
        "logger": logging.getLogger("reentra.bus"),
        "log_level": logging.DEBUG,
        "client_id": "reentra",
        "graceful_timeout": graceful_seconds,
        "metadata_max_age_ms": int(1000 * _METADATA_SECONDS),
        "retry_backoff_ms": int(1000 * _RECONNECT_SECONDS),
    }
    if isinstance(bus, KafkaSettings):
        # Idempotent producers wait for all in-sync replicas and do not reorder when they retry.
        return KafkaBroker(bus.bootstrap_servers, enable_idempotence=True, security=broker_security(bus), **options)
    return InProcessBroker(bus, **options)


def listen(router: KafkaRouter, *events: type[Event], group: str, together: str = "") -> Callable[[Any], Any]:
    """Decorates a handler of these events. Each message reaches one member of the group, from the oldest kept on.
    `together`: what several events are called that share a handler. One listener of many topics asks Kafka as often as
    one of one topic does, also while nothing comes. The handler's parameter has a name that begins with a letter, also
    when it is not used: FastStream gives others whatever came, and nonsense would count as handled."""
    # Members of one group that listen to different topics would stop each other whenever one comes or goes.
    return _subscribed(router, [event.topic for event in events], f"reentra.{group}.{together or events[0].topic}")


def listen_to_dead_letters(
    router: KafkaRouter,
    keep: Callable[[DeadLetter], Awaitable[None]],
    *,
    group: str,
    topics: Sequence[str] = dead_letter_topics(),
) -> None:
    """Every letter of every topic goes to `keep`, until it has taken it; some go there twice."""

    async def dead_letter(message: KafkaMessage) -> None:
        await keep(letter_in(message.raw_message))

    _subscribed(router, topics, f"reentra.{group}.dead-letters", decoder=_undecoded)(dead_letter)


def _subscribed(router: KafkaRouter, topics: Sequence[str], group_id: str, **options: Any) -> Callable[[Any], Any]:
    """The policy is given here as well as to the broker: a router's subscribers are built before they know their
    broker."""
    subscriber: Callable[[Any], Any] = router.subscriber(
        # `declare=False`: topics are provisioned once by an administrative step, never by whoever listens.
        *(Topic(topic, declare=False) for topic in topics),
        group_id=group_id,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        no_reply=True,
        **options,
    )
    return subscriber


async def _undecoded(message: StreamMessage[Any]) -> Any:
    return message.body


class BrokerPublisher:
    """Implements `jobs.outbox.EventPublisher`. CloudEvents' attributes are in the headers, the data is the body.

    An event too large for its topic would be refused for ever and hold up the outbox: it counts as sent, and its
    headers go to the dead letters."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    async def publish(self, event: Event) -> None:
        headers, body, correlation_id = headers_of(event), event.data(), event.job_id or event.event_id
        try:
            await self._send(event.topic, event.key, body, headers, correlation_id)
        except MessageSizeTooLargeError:
            id, size = letter_id(event.topic, event.event_id), len(event.model_dump_json().encode())
            log.error("event is too large to be sent", topic=event.topic, event_id=event.event_id, bytes=size)
            reason = (
                f"The {headers['ce_source'].rpartition('/')[2]}'s event {event.event_id} of {size} bytes was not sent: "
                f"{event.topic} takes at most {MESSAGE_BYTES} bytes."
            )
            letter = DeadLetter(
                id, event.topic, "too_large", reason, "", event.time, event.key[:1000], headers, b"", size
            )
            try:
                await park(self._broker, letter, correlation_id)
            except KafkaError as error:
                raise _not_taken(event.topic, error) from error

    async def replay(self, letter: DeadLetter) -> None:
        """Sends it once more: to its topic, or to that of the version it says it is of. Raises RetryLater, and
        Rejected for what would be refused again."""
        if not letter.is_whole:
            raise Rejected(f"The message had {letter.size} bytes, which were not kept. It cannot be sent again.")
        kind = letter.headers.get("ce_type", "")
        topic = kind if kind in event_classes() else letter.topic
        headers = {name: value for name, value in letter.headers.items() if name != "correlation_id"}
        try:
            await self._send(topic, letter.key, letter.body, headers, letter.headers.get("correlation_id"))
        except MessageSizeTooLargeError as error:
            raise Rejected(f"The message has {letter.size} bytes, which is more than {topic} takes.") from error

    async def _send(
        self, topic: str, key: bytes | None, body: Json | bytes, headers: dict[str, str], correlation_id: str | None
    ) -> None:
        """Raises MessageSizeTooLargeError and RetryLater."""
        try:
            await self._broker.publish(body, topic=topic, key=key, headers=headers, correlation_id=correlation_id)
        except MessageSizeTooLargeError:
            raise
        except KafkaError as error:
            raise _not_taken(topic, error) from error


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


def _not_taken(topic: str, error: KafkaError) -> RetryLater:
    if isinstance(error, UnknownTopicOrPartitionError):
        return NoSuchTopic(f"Kafka has no topic {topic}: run `reentra topics apply`. The message is sent again.")
    return RetryLater(f"Kafka did not take a message for {topic} ({type(error).__name__}). It is sent again.")
