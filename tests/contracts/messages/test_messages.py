"""Every message that was ever sent stays readable: samples are kept for ever, and fields only come with defaults.

A new event, or a field that is new, gets a new sample file beside the old ones; a sample is never changed.
"""

import importlib.util
import json
from pathlib import Path

import pytest
from faststream.kafka import KafkaMessage, KafkaRouter

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, listen, make_broker
from reentra.common.clients.topics import event_classes, event_of

HERE = Path(__file__).parent
SAMPLES = sorted((HERE / "samples").glob("*.json"))
DESCRIBE = importlib.util.spec_from_file_location("describe", HERE / "describe.py")


def topic_of(sample: Path) -> str:
    """`<topic>.json`, or `<topic>.<what came later>.json`."""
    return ".".join(sample.name.split(".")[:3])


def test_every_event_has_a_sample_and_every_sample_an_event() -> None:
    assert {topic_of(sample) for sample in SAMPLES} == set(event_classes())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_is_read_with_every_field_it_has(sample: Path) -> None:
    stored = json.loads(sample.read_text())
    event = event_of(topic_of(sample), stored)
    assert event is not None
    assert {name: value for name, value in event.data().items() if name in stored} == stored


@pytest.mark.parametrize("topic", sorted(event_classes()))
def test_newest_sample_shows_every_field(topic: str) -> None:
    shown = {name for sample in SAMPLES if topic_of(sample) == topic for name in json.loads(sample.read_text())}
    assert shown == set(event_classes()[topic].model_fields)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
async def test_sample_survives_the_bus(sample: Path) -> None:
    event = event_of(topic_of(sample), json.loads(sample.read_text()))
    assert event is not None
    router, received = KafkaRouter(), []

    @listen(router, type(event), group="test")
    async def handle(message: KafkaMessage) -> None:
        received.append(event_of(message.headers["ce_type"], await message.decode()))  # type: ignore[arg-type]

    broker = make_broker(InProcessTransport())
    broker.include_router(router)
    async with broker:
        await broker.start()
        await BrokerPublisher(broker).publish(event)
    assert received == [event]


@pytest.mark.parametrize("topic", sorted(event_classes()))
def test_fields_of_a_later_version_are_ignored(topic: str) -> None:
    stored = json.loads((HERE / "samples" / f"{topic}.json").read_text())
    assert event_of(topic, stored | {"a_field_of_2030": 1}) == event_of(topic, stored)


def test_document_describes_every_message() -> None:
    assert DESCRIBE is not None
    assert DESCRIBE.loader is not None
    describe = importlib.util.module_from_spec(DESCRIBE)
    DESCRIBE.loader.exec_module(describe)
    page = describe.PAGE.read_text()
    assert page == describe.with_generated_part(page), "run: python tests/contracts/messages/describe.py"
