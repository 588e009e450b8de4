"""The few values of an object that lists show, filter and search by. Computed the same way by backup and rebuild."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import orjson

from reentra.common.directory.catalog import ObjectType

Links = Mapping[str, Sequence[dict[str, Any]]]


class Summary(msgspec.Struct, frozen=True, gc=False):
    """`search`: in small letters what the object is found by besides its name and id (of letters beyond ASCII not every
    database knows the small ones: such a name is in it as well). `facets` also holds, under `#relationship`, a digest
    of each non-empty relationship that delta does not report: a sweep compares digests and need not read the objects
    back."""

    display_name: str
    search: str
    facets: Mapping[str, str]


def summary_properties(object_type: ObjectType) -> tuple[str, ...]:
    """All that `summarise` looks at."""
    return _distinct((*object_type.display, *object_type.search, *object_type.facets, "id"))


def summarise(object_type: ObjectType, properties: Mapping[str, Any], links: Links) -> Summary:
    return summary_of(object_type, properties, _digests(object_type, links))


def summarise_encoded(object_type: ObjectType, encoded: bytes, links: Links) -> Summary:
    """The same of properties in JSON, of which only the few needed are decoded."""
    names = summary_properties(object_type)
    shown = _decoder(names).decode(encoded)
    return summary_of(object_type, {name: getattr(shown, name) for name in names}, _digests(object_type, links))


@cache
def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


@cache
def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Shown", [(name, Any, None) for name in names], gc=False))


def _digests(object_type: ObjectType, links: Links) -> dict[str, str]:
    if not links:
        return {}
    return {
        relationship.name: digest_of(entries)
        for relationship in object_type.relationships
        if relationship.strategy != "delta" and (entries := links.get(relationship.name))
    }


def summary_of(object_type: ObjectType, properties: Mapping[str, Any], digests: Mapping[str, str]) -> Summary:
    """`digests`: of the non-empty relationships that delta does not report, in the catalogue's order."""
    get = properties.get
    named = [v for name in object_type.display if (v := get(name))]
    display = str(named[0] if named else get("id") or "")
    searched = {str(v).lower(): None for name in object_type.search if name != "id" and (v := get(name))}
    if display.isascii():
        searched.pop(display.lower(), None)
    search = " ".join(searched)
    facets = {name: _text(v) for name in object_type.facets if (v := get(name)) is not None}
    for name, digest in digests.items():
        facets["#" + name] = digest
    return Summary(display, search, facets)


def digest_of(entries: Sequence[dict[str, Any]]) -> str:
    """Sixteen hex digits; the entries must be in their canonical order (`link_order`)."""
    return digest_of_bytes(orjson.dumps(entries, option=orjson.OPT_SORT_KEYS))


def digest_of_bytes(canonical: bytes) -> str:
    """The same of the entries as a record's line holds them."""
    return hashlib.sha256(canonical).hexdigest()[:16]


def _text(value: Any) -> str:
    if value is True:
        return "true"
    return "false" if value is False else str(value)
