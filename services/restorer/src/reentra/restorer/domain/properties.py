"""What Graph documents (`properties.toml`): a body carries nothing else, for Graph refuses a request with one unknown
name as a whole. A backup keeps what it was shown, known or not; what may not go back is left out and told by name.

Directory extensions (`extension_{appId}_{name}`) and schema extensions (`ext{8}_{name}`) are the customer's own names.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from reentra.restorer.domain.steps import Json

_EXTENSION = re.compile(r"extension_[0-9a-fA-F]{32}_\w+|ext[a-z0-9]{8}_\w+")
_EXTENSIBLE = frozenset({"user", "group", "application", "device", "administrativeUnit", "organization"})
_TYPE = "@odata.type"


@dataclass(frozen=True, slots=True)
class Documented:
    """`sent`: may be written; `kept`: only shown; `parts`: names whose values are objects, with their shape."""

    sent: frozenset[str]
    kept: frozenset[str]
    parts: Mapping[str, "Documented"]


def _read(tables: Mapping[str, Any]) -> dict[str, Documented]:
    made: dict[str, Documented] = {}

    def part(name: str) -> Documented:
        if name not in made:
            made[name] = one(tables["part"][name])
        return made[name]

    def one(table: Mapping[str, Any]) -> Documented:
        parts = {name: part(shape) for name, shape in table.get("parts", {}).items()}
        return Documented(frozenset(table.get("sent", ())), frozenset(table.get("kept", ())), parts)

    return {name: one(table) for name, table in tables.items() if name != "part"}


_TYPES = _read(tomllib.loads(files(__package__).joinpath("properties.toml").read_text("utf-8")))


def is_sent(type_name: str, name: str) -> bool:
    """Graph takes it in a body of this type, if the type's own rules agree."""
    return name in _TYPES[type_name].sent or (type_name in _EXTENSIBLE and _EXTENSION.fullmatch(name) is not None)


def is_unknown(type_name: str, name: str) -> bool:
    """No document of Graph names it."""
    return not (is_sent(type_name, name) or name in _TYPES[type_name].kept or "@" in name)


def known_part(type_name: str, properties: Json) -> tuple[Json, tuple[str, ...]]:
    """The properties without what nobody documents, at every depth, and the dotted names of what that was."""
    unknown: list[str] = []
    kept = {
        name: _known(_TYPES[type_name].parts.get(name), value, name, unknown)
        for name, value in properties.items()
        if not is_unknown(type_name, name)
    }
    unknown += [name for name in properties if is_unknown(type_name, name)]
    return kept, tuple(sorted(set(unknown)))


def _known(shape: Documented | None, value: Any, where: str, unknown: list[str]) -> Any:
    if shape is None:
        return value
    if isinstance(value, list):
        return [_known(shape, item, where, unknown) for item in value]
    if not isinstance(value, dict):
        return value
    kept: Json = {}
    for name, item in value.items():
        if name in shape.sent or name == _TYPE:
            kept[name] = _known(shape.parts.get(name), item, f"{where}.{name}", unknown)
        elif name not in shape.kept:
            unknown.append(f"{where}.{name}")
    return kept
