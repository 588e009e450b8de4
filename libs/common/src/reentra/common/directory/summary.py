"""The few values of an object that lists show, filter and search by. Computed the same way by backup and rebuild."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.normalise import canonical

Links = Mapping[str, Sequence[dict[str, Any]]]


class Summary(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`search`: in small letters what the object is found by besides its name and id (of letters beyond ASCII not every
    database knows the small ones: such a name is in it as well). `facets` also holds, under `#relationship`, a digest
    of each non-empty relationship that delta does not report: a sweep compares digests and need not read the objects
    back."""

    display_name: str
    search: str
    facets: Mapping[str, str]


def summarise(object_type: ObjectType, properties: Mapping[str, Any], links: Links) -> Summary:
    encoded = {name: canonical(entries) for name, entries in links.items() if entries}
    return with_digests(object_type, summary_of(object_type, properties, {}), encoded)


def summarise_encoded(object_type: ObjectType, properties: bytes) -> Summary:
    """Without links, of properties in JSON: only the few needed are decoded."""
    names = tuple(dict.fromkeys((*object_type.display, *object_type.search, *object_type.facets, "id")))
    shown = _decoder(names).decode(properties)
    return summary_of(object_type, {name: getattr(shown, name) for name in names}, {})


@cache
def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Shown", [(name, Any, None) for name in names], gc=False))


def with_digests(object_type: ObjectType, summary: Summary, links: Mapping[str, bytes]) -> Summary:
    """`links`: the entries of each relationship that has any, as canonical JSON."""
    digests = {
        "#" + relationship.name: digest_of_bytes(entries)
        for relationship in object_type.relationships
        if relationship.strategy != "delta" and (entries := links.get(relationship.name))
    }
    return Summary(summary.display_name, summary.search, {**summary.facets, **digests}) if digests else summary


def summary_of(object_type: ObjectType, properties: Mapping[str, Any], digests: Mapping[str, str]) -> Summary:
    """`digests`: of the non-empty relationships that delta does not report, in the catalogue's order."""
    get = properties.get
    for name in object_type.display:
        if value := get(name):
            display = str(value)
            break
    else:
        display = str(get("id") or "")
    searched: dict[str, None] = {}
    for name in object_type.search:
        if name != "id" and (value := get(name)):
            searched[str(value).lower()] = None
    if display.isascii():
        searched.pop(display.lower(), None)
    search = " ".join(searched)
    facets: dict[str, str] = {}
    for name in object_type.facets:
        if (value := get(name)) is not None:
            facets[name] = value if type(value) is str else _text(value)
    for name, digest in digests.items():
        facets["#" + name] = digest
    return Summary(display, search, facets)


def digest_of(entries: Sequence[dict[str, Any]]) -> str:
    """Sixteen hex digits; the entries must be in their canonical order (`link_order`)."""
    return digest_of_bytes(canonical(entries))


def digest_of_bytes(canonical: bytes) -> str:
    """The same of the entries as a record's line holds them."""
    return hashlib.sha256(canonical).hexdigest()[:16]


def _text(value: Any) -> str:
    if value is True:
        return "true"
    return "false" if value is False else str(value)
