"""Graph v1.0 as its own documents describe it: data/graph.json, asked by path and by type."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = json.loads((Path(__file__).parent / "data" / "graph.json").read_text())
PATHS: Mapping[str, Mapping[str, tuple[str, str]]] = _DATA["paths"]
TYPES: Mapping[str, Mapping[str, Any]] = _DATA["types"]
FACTS: Mapping[str, Mapping[str, Any]] = _DATA["facts"]
SIMPLE = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("".join("[^/]+" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", template)))


_PATTERNS = sorted(((t.count("{}"), t, _pattern(t)) for t in PATHS), key=lambda row: (row[0], -len(row[1])))


@cache
def template_of(path: str) -> str | None:
    """The documented path that this one is an instance of; fixed words win over placeholders."""
    for _, template, pattern in _PATTERNS:
        if pattern.fullmatch(path):
            return template
    return None


def row_type(template: str) -> str:
    """The type of what GET answers there: of one row, when it answers a collection."""
    return PATHS[template].get("get", ("any", "any"))[0].strip("[]")


def is_collection(template: str) -> bool:
    return PATHS[template].get("get", ("any", "any"))[0].startswith("[") or template.endswith("/delta")


def collection_of(template: str) -> str:
    return template.removesuffix("/delta")


@cache
def facts_by_collection(template: str) -> Mapping[str, Any] | None:
    wanted = collection_of(template)
    return next((row for row in FACTS.values() if (row["collection"] or "").replace("{id}", "{}") == wanted), None)


@cache
def facts_by_type(graph_type: str) -> Mapping[str, Any] | None:
    return next((row for row in FACTS.values() if row["graph_type"] == graph_type), None)


@dataclass(frozen=True, slots=True)
class Property:
    kind: str
    is_link: bool
    is_read_only: bool


@cache
def properties_of(graph_type: str, *, derived: bool = True) -> Mapping[str, Property]:
    """Its own, those of its base types and, for polymorphic rows, those of every derived type."""
    row = TYPES.get(graph_type)
    if row is None or "p" not in row:
        return {}
    found = dict(properties_of(row["base"], derived=False)) if row["base"] else {}
    if derived:
        for name in row["derived"]:
            found.update(properties_of(name))
    found.update({name: Property(kind, "n" in marks, "r" in marks) for name, (kind, marks) in row["p"].items()})
    return found


def misfits(kind: str, value: Any, where: str) -> list[str]:
    """What in a value of a body is not what the type says."""
    if value is None or kind in ("any", "object"):
        return []
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{where} is not a list"]
        return [each for number, item in enumerate(value) for each in misfits(kind[1:-1], item, f"{where}[{number}]")]
    if kind in SIMPLE:
        right = isinstance(value, SIMPLE[kind]) and (kind == "boolean" or not isinstance(value, bool))
        return [] if right else [f"{where} is not a {kind}"]
    if TYPES.get(kind, {}).get("enum"):
        return [] if isinstance(value, str) else [f"{where} is not a word"]
    if not isinstance(value, dict):
        return [f"{where} is not an object"]
    return misfit_names(kind, value, where)


def misfit_names(kind: str, value: Mapping[str, Any], where: str) -> list[str]:
    known = properties_of(kind)
    found = []
    for name, inner in value.items():
        if "@odata." in name:
            continue  # judged where annotations are judged
        if name in known:
            found += misfits(known[name].kind, inner, f"{where}.{name}")
        elif known and not name.startswith("extension_"):
            found.append(f"{where} has no property {name}")
    return found
