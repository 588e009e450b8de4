"""The described messages are those of the code, and the description is one that other people's tools can read."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from deploy.servers import Unavailable
from deploy.servers.cache import installed
from deploy.servers.fetch import ASYNCAPI, ASYNCAPI_SCHEMA
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError

from reentra.common.clients.kafka import headers_of
from reentra.common.clients.topics import event_classes, event_of

ROOT = Path(__file__).parents[3]
SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("describe_messages", ROOT / "docs/describe_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


describe = _loaded()


def topic_of(sample: Path) -> str:
    return ".".join(sample.name.split(".")[:3])


def test_committed_description_is_the_present_one() -> None:
    files = dict(describe.written())
    for path, text in files.items():
        assert path.exists(), f"run: python docs/describe_messages.py ({path.name} is missing)"
        assert path.read_text(encoding="utf-8") == text, "run: python docs/describe_messages.py"
    # A topic that is no longer sent keeps its schema: old messages are still read by somebody.
    assert set(files) >= set(describe.SCHEMAS.glob("*.json"))


def test_asyncapi_document_fits_the_published_schema_of_its_version() -> None:
    try:
        schema = json.loads((installed(ASYNCAPI) / ASYNCAPI_SCHEMA).read_text())
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    document = describe.document()
    assert schema["properties"]["asyncapi"]["const"] == document["asyncapi"]
    Draft7Validator(schema).validate(document)
    # It would notice.
    broken = document | {"operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/x"}}}}
    with pytest.raises(ValidationError):
        Draft7Validator(schema).validate(broken)


def test_every_reference_leads_somewhere() -> None:
    document = describe.document()

    def references(value: Any) -> set[str]:
        if isinstance(value, list):
            return {found for item in value for found in references(item)}
        if not isinstance(value, dict):
            return set()
        return {value["$ref"]} if "$ref" in value else {f for item in value.values() for f in references(item)}

    found = references(document)
    assert len(found) > len(event_classes())
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_ever_sent_fits_its_schema_and_its_headers(sample: Path) -> None:
    event_class = event_classes()[topic_of(sample)]
    body = json.loads(sample.read_text())
    schema = describe.schema(event_class)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(body)
    validator.validate(body | {"a_field_of_2030": 1})
    with pytest.raises(ValidationError):
        validator.validate({name: value for name, value in body.items() if name != "event_id"})
    event = event_of(event_class.topic, body)
    assert event is not None
    sent = headers_of(event) | {"content-type": "application/json", "correlation_id": event.job_id or event.event_id}
    Draft202012Validator(describe.headers(event_class)).validate(sent)
