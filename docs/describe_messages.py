"""Writes docs/asyncapi.json and docs/schemas/ anew: `python docs/describe_messages.py`. A test compares them.

From the code alone: FastStream would describe handlers, not messages (no headers, keys, partitions, nor what is sent).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reentra.common.clients.topics import DEAD_LETTER_BYTES, TopicSpec, event_classes, topics
from reentra.common.events.envelope import Event

Json = dict[str, Any]

HERE = Path(__file__).parent
DOCUMENT = HERE / "asyncapi.json"
SCHEMAS = HERE / "schemas"
SAMPLES = HERE.parent / "tests/contracts/messages/samples"
_ALWAYS = ("event_id", "time", "tenant_id", "job_id")
_COMMAND = "Requested"
_TEXT: Json = {"type": "string"}
_DEAD_LETTER_HEADERS: Json = {
    "dead_letter_id": {**_TEXT, "format": "uuid", "description": "Parked twice, it is one letter."},
    "dead_letter_topic": {**_TEXT, "description": "Where it was read, or should have been sent."},
    "dead_letter_code": {"enum": ["undecodable", "unknown_version", "too_large", "failed"]},
    "dead_letter_reason": _TEXT,
    "dead_letter_group": {**_TEXT, "description": "Which listeners gave up; empty when its sender did."},
    "dead_letter_time": {**_TEXT, "format": "date-time"},
    "dead_letter_size": {**_TEXT, "pattern": "^[0-9]+$", "description": "Bytes of the body, also when it is not kept."},
}


def written() -> Iterator[tuple[Path, str]]:
    """Every file, with what stands in it."""
    yield DOCUMENT, _text(document())
    for topic, event in sorted(event_classes().items()):
        yield SCHEMAS / f"{topic}.json", _text(schema(event))


def schema(event: type[Event]) -> Json:
    """JSON Schema of the body. Unknown fields are allowed, for ever: a later version may have sent them."""
    found = event.model_json_schema()
    found = _written_out(found, found.get("$defs", {}))
    found["properties"] = {name: _plain(field) for name, field in found["properties"].items()}
    required = [name for name in found["properties"] if name in {*_ALWAYS, *found.get("required", ())}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:reentra:message:{event.topic}",
        "title": event.__name__,
        **({"description": text} if (text := _words(event)) else {}),
        "type": "object",
        "properties": found["properties"],
        "required": required,
    }


def headers(event: type[Event]) -> Json:
    """CloudEvents 1.0 in binary mode, and ours."""
    return {
        "type": "object",
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**_TEXT, "description": "Equal to event_id. Equal ids are the same event, sent again."},
            "ce_type": {"const": event.topic},
            "ce_source": {"const": f"/reentra/{event.topic.partition('.')[0]}"},
            "ce_subject": {**_TEXT, "description": "The job's id, else the tenant's, else empty."},
            "ce_time": {**_TEXT, "format": "date-time"},
            "correlation_id": {**_TEXT, "description": "The job's id, else the event's."},
        },
        "required": ["content-type", "ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"],
    }


def document() -> Json:
    specs = {spec.name: spec for spec in topics()}
    events = sorted(event_classes().items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Reentra",
            "version": "1",
            "description": "What Reentra's services say to each other over Kafka. Outside programs may read all of it "
            "(docs/subscribers.md); they send nothing.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic: _channel(event, specs[topic]) for topic, event in events}
        | {"deadLetters": _dead_letters()},
        "operations": {name: found for _, event in events for name, found in _operations(event)},
        "components": {
            "messages": {event.__name__: _message(event) for _, event in events}
            | {
                "DeadLetter": {
                    "title": "DeadLetter",
                    "summary": "A message that could not be handled, with its own key, headers and body.",
                    "headers": {
                        "type": "object",
                        "properties": _DEAD_LETTER_HEADERS,
                        "required": list(_DEAD_LETTER_HEADERS),
                    },
                    "payload": {"description": "Whatever bytes the message had."},
                }
            },
            "schemas": {event.__name__: _without_identity(schema(event)) for _, event in events},
        },
    }


def _channel(event: type[Event], spec: TopicSpec) -> Json:
    return {
        "address": spec.name,
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "bindings": {
            "kafka": {
                "partitions": spec.partitions,
                "topicConfiguration": {
                    "retention.ms": spec.retention_milliseconds,
                    "max.message.bytes": spec.max_message_bytes,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _dead_letters() -> Json:
    return {
        "address": "{topic}.dlq",
        "parameters": {"topic": {"enum": sorted(event_classes()), "description": "Each topic has one."}},
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        "bindings": {
            "kafka": {
                "partitions": 1,
                "topicConfiguration": {"max.message.bytes": DEAD_LETTER_BYTES},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(event: type[Event]) -> Iterator[tuple[str, Json]]:
    channel = {"$ref": f"#/channels/{event.topic}"}
    messages = [{"$ref": f"#/channels/{event.topic}/messages/{event.__name__}"}]
    if event.__name__.endswith(_COMMAND):
        yield f"ask{event.__name__}", {"action": "send", "channel": channel, "messages": messages}
        yield f"accept{event.__name__}", {"action": "receive", "channel": channel, "messages": messages}
    else:
        yield f"announce{event.__name__}", {"action": "send", "channel": channel, "messages": messages}


def _message(event: type[Event]) -> Json:
    payload = json.loads((SAMPLES / f"{event.topic}.json").read_text())
    return {
        "name": event.topic,
        "title": event.__name__,
        **({"summary": text} if (text := _words(event)) else {}),
        "contentType": "application/json",
        "headers": headers(event),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "correlationId": {"location": "$message.header#/correlation_id"},
        "bindings": {
            "kafka": {
                "key": {**_TEXT, "description": "The job's id, else the tenant's, else the event's."},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": "sample", "payload": payload}],
    }


def _without_identity(found: Json) -> Json:
    return {name: value for name, value in found.items() if name not in ("$schema", "$id")}


def _written_out(part: Any, definitions: Json) -> Any:
    """Without references: the document and the files put a schema into different places."""
    if isinstance(part, list):
        return [_written_out(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    if (reference := part.get("$ref")) is not None:
        found = _plain(_written_out(definitions[reference.rpartition("/")[2]], definitions))
        return found | {"properties": {name: _plain(field) for name, field in found["properties"].items()}}
    return {name: _written_out(value, definitions) for name, value in part.items() if name != "$defs"}


def _plain(field: Json) -> Json:
    """Without the titles that pydantic makes of names."""
    return {name: value for name, value in field.items() if name != "title"}


def _words(event: type[Event]) -> str:
    own = event.__doc__ if event.__doc__ != Event.__doc__ else ""
    return " ".join((own or "").split())


def _text(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in written():
        path.write_text(text, encoding="utf-8")
