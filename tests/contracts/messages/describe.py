"""The generated part of docs/formats/messages.md. `python tests/contracts/messages/describe.py` writes it anew."""

from pathlib import Path
from typing import Any

from reentra.common.clients.topics import TopicSpec, event_classes, topics
from reentra.common.events.envelope import Event

PAGE = Path(__file__).parents[3] / "docs/formats/messages.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_COMMON = tuple(Event.model_fields)
_HOUR = 3_600_000


def described() -> str:
    specs = {spec.name: spec for spec in topics()}
    return "\n".join(line for topic, event in sorted(event_classes().items()) for line in _section(event, specs[topic]))


def with_generated_part(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{described()}\n{END}{rest.partition(END)[2]}"


def _section(event: type[Event], spec: TopicSpec) -> list[str]:
    lines = [
        f"### `{spec.name}`",
        f"`{event.__name__}`, {spec.partitions} partitions, kept {spec.retention_milliseconds // _HOUR} hours."
        + (f" {' '.join(event.__doc__.split())}" if event.__doc__ and event.__doc__ != Event.__doc__ else ""),
        "",
    ]
    own: dict[str, dict[str, Any]] = event.model_json_schema()["properties"]
    fields = [name for name in event.model_fields if name not in _COMMON]
    if not fields:
        return [*lines, "No fields of its own.", ""]
    lines += ["| field | type | default |", "|---|---|---|"]
    lines += [f"| `{name}` | {_type(own[name])} | {_default(event, name, own[name])} |" for name in fields]
    return [*lines, ""]


def _type(schema: dict[str, Any]) -> str:
    alternatives = schema.get("anyOf") or [schema]
    return " or ".join(str(alternative.get("type", "any")) for alternative in alternatives)


def _default(event: type[Event], name: str, schema: dict[str, Any]) -> str:
    if event.model_fields[name].is_required():
        return "required"
    return f"`{schema['default']!r}`" if "default" in schema else "empty"


if __name__ == "__main__":
    PAGE.write_text(with_generated_part(PAGE.read_text()))
