"""Kafka behind TLS and a password, by settings alone; whoever has neither is turned away, and told why."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.servers import SecuredKafka

from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings, make_broker
from reentra.common.clients.provisioning import apply_topics, require_topics
from reentra.common.clients.topics import TopicSpec
from reentra.common.errors import Rejected, RetryLater
from reentra.common.testing.contracts.bus import Bus, Foreign, Seen, keeping


def settings_for(kafka: SecuredKafka, **other: object) -> KafkaSettings:
    values: dict[str, object] = {
        "bootstrap_servers": [kafka.address],
        "security_protocol": "SASL_SSL",
        "sasl_username": kafka.user,
        "sasl_password": SecretStr(kafka.password),
        "ca_file": kafka.ca_file,
    }
    return KafkaSettings(**(values | other))  # type: ignore[arg-type]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_messages_and_topics_go_through_tls_with_a_password(secured_kafka: SecuredKafka, mechanism: str) -> None:
    settings = settings_for(secured_kafka, sasl_mechanism=mechanism)

    async def provide(specs: list[TopicSpec]) -> None:
        await apply_topics(settings, specs)

    async def nobody(foreign: Foreign) -> None: ...

    bus = Bus(settings, provide, nobody)
    task, seen = await bus.task(), Seen()
    async with bus.broker(keeping(seen, task, "g")) as broker:
        await BrokerPublisher(broker).publish(task(number=1))
        assert await seen.take(1) == [1]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"sasl_password": SecretStr("s3cret")}, "SASL_USERNAME with its password by PLAIN"),
        ({"sasl_password": SecretStr("s3cret"), "sasl_mechanism": "SCRAM-SHA-512"}, "by SCRAM-SHA-512"),
        ({"sasl_username": "nobody"}, "REENTRA_KAFKA__SASL_USERNAME"),
        ({"sasl_mechanism": "SCRAM-SHA-256"}, "by SCRAM-SHA-256"),
        ({"ca_file": None}, "REENTRA_KAFKA__CA_FILE"),
    ],
)
async def test_whoever_cannot_prove_it_is_turned_away_and_the_setting_named(
    secured_kafka: SecuredKafka, wrong: dict[str, object], named: str
) -> None:
    with pytest.raises(Rejected, match=named) as refusal:
        await require_topics(settings_for(secured_kafka, **wrong), [])
    assert "s3cret" not in str(refusal.value)


async def test_a_door_that_wants_more_than_was_offered_is_waited_for(secured_kafka: SecuredKafka) -> None:
    settings = settings_for(secured_kafka, security_protocol="SSL", sasl_username="")
    with pytest.raises(RetryLater, match=f"Kafka at {secured_kafka.address} cannot be reached"):
        await require_topics(settings, [])


@pytest.mark.parametrize("name", ["ca_file", "certificate_file"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_cannot_be_used_is_named_with_its_setting(tmp_path: Path, name: str, content: str | None) -> None:
    if content is not None:
        (tmp_path / "file.pem").write_text(content)
    files = {name: tmp_path / "file.pem"}
    settings = KafkaSettings(bootstrap_servers=["kafka:9093"], security_protocol="SSL", **files)  # type: ignore[arg-type]
    with pytest.raises(Rejected, match=f"REENTRA_KAFKA__{name.upper()} cannot be used: .*file.pem"):
        make_broker(settings)
