"""The administrative step that makes Kafka's topics what `topics()` says. May be repeated; never takes anything away.

Missing topics are created, partitions are added, retention and size limits are set. Other settings that an operator
gave a topic stay. Too many partitions stay as well: Kafka cannot remove them.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    for_code,
)

from reentra.common.clients.kafka_settings import KafkaSettings, client_options
from reentra.common.clients.topics import TopicSpec
from reentra.common.errors import Rejected, RetryLater

_MOST_REPLICAS = 3
_SET_FOR_THE_TOPIC = 1
"""Kafka's ConfigSource DYNAMIC_TOPIC_CONFIG."""
_EXISTS = 36
_ASKING_MILLISECONDS = 10_000
_ATTEMPTS_TO_HEAR, _PAUSE_SECONDS = 100, 0.1
_PASSWORD_REFUSED = (SaslAuthenticationFailed, AuthenticationFailedError, UnsupportedSaslMechanismError)


@dataclass(frozen=True, slots=True)
class TopicChange:
    topic: str
    change: Literal["created", "partitions added", "settings changed"]


async def apply_topics(settings: KafkaSettings, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    """Raises RetryLater when Kafka is away, Rejected when it refuses."""
    async with _administering(settings) as admin:
        return await _apply(admin, specs)


async def require_topics(settings: KafkaSettings, specs: Sequence[TopicSpec]) -> None:
    """Raises RetryLater while Kafka is away or a topic is missing."""
    async with _administering(settings) as admin:
        missing = {spec.name for spec in specs} - set(await admin.list_topics())
    if missing:
        raise RetryLater(f"Kafka has no topic {min(missing)} ({len(missing)} are missing): run `reentra topics apply`.")


@asynccontextmanager
async def _administering(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(client_id="reentra-topics", **client_options(settings))
    try:
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()
    except KafkaError as error:
        if error.retriable or not error.errno:
            if (refusal := await _refusal(settings)) is not None:
                raise Rejected(refusal) from error
            raise RetryLater(
                f"Kafka at {', '.join(settings.bootstrap_servers)} cannot be reached ({type(error).__name__})."
            ) from error
        raise Rejected(f"Kafka refused to change its topics ({type(error).__name__}: {error}).") from error


async def _refusal(settings: KafkaSettings) -> str | None:
    """What a server that answers has against us: aiokafka's clients only tell that they did not get in."""
    options = client_options(settings)
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers")):
        try:
            connection = await create_conn(host, port, request_timeout_ms=_ASKING_MILLISECONDS, **options)
        except SSLCertVerificationError as error:
            return (
                f"Kafka at {host}:{port} shows a certificate that is not trusted ({error.verify_message}). "
                "REENTRA_KAFKA__CA_FILE names who signs it."
            )
        except _PASSWORD_REFUSED:
            return (
                f"Kafka at {host}:{port} refuses REENTRA_KAFKA__SASL_USERNAME with its password "
                f"by {settings.sasl_mechanism}."
            )
        except (KafkaError, OSError):
            continue
        connection.close()
    return None


async def _apply(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    present = set(await admin.list_topics())
    changes = await _create(admin, [spec for spec in specs if spec.name not in present])
    if old := [spec for spec in specs if spec.name in present]:
        changes += await _add_partitions(admin, await _small(admin, old))
        changes += await _change_settings(admin, old)
    if changes:
        changed = {change.topic for change in changes}
        await _until_heard(admin, [spec for spec in specs if spec.name in changed])
    return changes


async def _until_heard(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    """Kafka confirms before every broker knows. Whoever applies once more, or starts a service, shall find it done."""
    for _ in range(_ATTEMPTS_TO_HEAR):
        if {spec.name for spec in specs} <= set(await admin.list_topics()):
            given = await _given(admin, specs)
            if not await _small(admin, specs) and not _different(specs, given):
                return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    if not specs:
        return []
    replicas = min(_MOST_REPLICAS, len((await admin.describe_cluster())["brokers"]))
    # With three replicas a send is safe once two have it; with fewer there is no majority to wait for.
    quorum = {"min.insync.replicas": "2"} if replicas == _MOST_REPLICAS else {}
    answer = await admin.create_topics(
        [NewTopic(spec.name, spec.partitions, replicas, topic_configs=_configs(spec) | quorum) for spec in specs]
    )
    created: list[TopicChange] = []
    for topic, code, *message in answer.topic_errors:
        if code == _EXISTS:
            continue
        if code:
            raise for_code(code)(f"{topic}: {message}")
        created.append(TopicChange(topic, "created"))
    return created


async def _small(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicSpec]:
    found = await admin.describe_topics([spec.name for spec in specs])
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in found}
    return [spec for spec in specs if partitions[spec.name] < spec.partitions]


async def _add_partitions(admin: AIOKafkaAdminClient, small: Sequence[TopicSpec]) -> list[TopicChange]:
    if small:
        await admin.create_partitions({spec.name: NewPartitions(spec.partitions) for spec in small})
    return [TopicChange(spec.name, "partitions added") for spec in small]


def _different(specs: Sequence[TopicSpec], given: Mapping[str, dict[str, str]]) -> list[TopicSpec]:
    return [spec for spec in specs if not _configs(spec).items() <= given[spec.name].items()]


async def _change_settings(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    given = await _given(admin, specs)
    different = _different(specs, given)
    if not different:
        return []
    # The request replaces all that is set for a topic, so what an operator set is sent again.
    wanted = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, given[spec.name] | _configs(spec)) for spec in different
    ]
    for answer in await admin.alter_configs(wanted):
        for code, message, _, topic in answer.resources:
            if code:
                raise for_code(code)(f"{topic}: {message}")
    return [TopicChange(spec.name, "settings changed") for spec in different]


async def _given(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> Mapping[str, dict[str, str]]:
    """What is set for each topic itself, beyond the broker's defaults."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
    given: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for code, message, _, topic, entries in answer.resources:
            if code:
                raise for_code(code)(f"{topic}: {message}")
            given[topic] = {name: value for name, value, _, source, *_rest in entries if source == _SET_FOR_THE_TOPIC}
    return given


def _configs(spec: TopicSpec) -> dict[str, Any]:
    return {"retention.ms": str(spec.retention_milliseconds), "max.message.bytes": str(spec.max_message_bytes)}
