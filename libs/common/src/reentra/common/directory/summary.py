"""The few values of an object that lists show, filter and search by. Computed the same way by backup and rebuild."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import msgspec

from reentra.common.directory.catalog import FIRST_DERIVATION, ObjectType
from reentra.common.directory.facets import Get
from reentra.common.directory.normalise import canonical
from reentra.common.ids import ObjectId, TenantId

Links = Mapping[str, Sequence[dict[str, Any]]]
DERIVATION = "#"
"""The facet that tells which version of derived facets an object was listed with; without it, the first."""


class Summary(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`search`: in small letters what the object is found by besides its name and id (of letters beyond ASCII not every
    database knows the small ones: such a name is in it as well). `facets` also holds, under `#relationship`, a digest
    of each non-empty relationship that delta does not report: a sweep compares digests and need not read the objects
    back. And under `#` the version of what is derived (`facets.py`), where it is above the first."""

    display_name: str
    search: str
    facets: dict[str, str]


def summarise(
    object_type: ObjectType,
    properties: Mapping[str, Any],
    links: Links,
    tenant_id: TenantId,
    *,
    derivation: int | None = None,
) -> Summary:
    """`derivation`: as for `summary_of`."""
    encoded = {name: canonical(entries) for name, entries in links.items() if entries}
    return with_digests(object_type, summary_of(object_type, properties, {}, tenant_id, derivation), encoded)


def summarise_encoded(object_type: ObjectType, properties: bytes, tenant_id: TenantId) -> Summary:
    """Without links, of properties in JSON: only the few needed are decoded."""
    names = shown_names(object_type)
    return summary_by(object_type, partial(getattr, _decoder(names).decode(properties)), {}, tenant_id)


def summarise_removal(object_type: ObjectType | None, name: str, id: ObjectId, facets: Mapping[str, str]) -> Summary:
    """A removed object keeps the name and the facets it had, and is found by those that are its own words."""
    derived = {one.facet for one in object_type.derived} if object_type and DERIVATION in facets else ()
    words = [value for facet, value in facets.items() if facet not in derived and facet != DERIVATION]
    return Summary(name, " ".join([name, id, *words]).lower(), dict(facets))


def derivation_of(facets: Mapping[str, str]) -> int:
    """The version that they were derived with; 0 where what is told is none."""
    told = facets.get(DERIVATION)
    if told is None:
        return FIRST_DERIVATION
    return int(told) if told.isdecimal() else 0


def shown_names(object_type: ObjectType) -> tuple[str, ...]:
    """The properties that a summary is made of."""
    own = (*object_type.display, *object_type.search, *object_type.facets, *object_type.needed, "id")
    return tuple(dict.fromkeys(own))


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


def summary_of(
    object_type: ObjectType,
    properties: Mapping[str, Any],
    digests: Mapping[str, str],
    tenant_id: TenantId,
    derivation: int | None = None,
) -> Summary:
    """`digests`: of the non-empty relationships that delta does not report, in the catalogue's order. `derivation`: an
    earlier version than today's of what is derived."""
    return summary_by(object_type, properties.get, digests, tenant_id, derivation)


def summary_by(
    object_type: ObjectType, get: Get, digests: Mapping[str, str], tenant_id: TenantId, derivation: int | None = None
) -> Summary:
    """The same by whatever gives a property by its name; asked for `shown_names` only."""
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
    if object_type.derived:
        derive(object_type, get, facets, tenant_id, derivation)
    for name, digest in digests.items():
        facets["#" + name] = digest
    return Summary(display, search, facets)


def derive(
    object_type: ObjectType, get: Get, facets: dict[str, str], tenant_id: TenantId, derivation: int | None = None
) -> None:
    """Adds to an object's facets those that are derived."""
    version = object_type.derivation if derivation is None else derivation
    for facet, value_of, since, _ in object_type.derived:
        if since <= version:
            facets[facet] = value_of(get, tenant_id)
    if version > FIRST_DERIVATION:
        facets[DERIVATION] = str(version)


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
