"""From what Graph sends about an object to the object's next state. Pure.

Delta entries overlay what is known: the same object may come several times, in several pages, and an entry may carry
only an id and some members (delta-query-groups). A full read replaces the properties instead.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from reentra.collector.domain.rows import checked_rows
from reentra.common.clients.graph.halves import REPLACED
from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.guids import canonical_id
from reentra.common.directory.normalise import canonical, link_order, strip_annotations
from reentra.common.directory.summary import Summary
from reentra.common.errors import Rejected
from reentra.common.ids import ObjectId, ObjectTypeName
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Removed

DELTA_SUFFIX = "@delta"
_TYPE = "@odata.type"
_FRAGMENT_BYTES = 400
"""More than an id and a type ever take."""
_has_unread_mark = re.compile(rb'@(?:delta"|odata\.|microsoft\.graph\.tips)').search
Links = dict[str, list[dict[str, Any]]]
EncodedLinks = dict[str, bytes]
"""Canonical JSON of the entries, in their canonical order, of each relationship that has any."""
NO_ENTRIES = b"[]"
Summarise = Callable[[Mapping[str, Any]], Summary]
"""The summary of an object's properties."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One row of a page. `encoded`: its properties as canonical JSON. `encoded_changes`: per relationship what delta
    says as JSON, removed ones carry `@removed`. `removed`: `changed` (soft-deleted) or `deleted` (gone for good).
    `summary`: of the properties, if it was made while they were at hand. `replaced`: properties with text that is no
    Unicode."""

    object_id: ObjectId
    encoded: bytes = b"{}"
    encoded_changes: dict[str, bytes] = msgspec.field(default_factory=dict)
    removed: Removed | None = None
    summary: Summary | None = None
    replaced: tuple[str, ...] = ()

    @property
    def properties(self) -> dict[str, Any]:
        return orjson.loads(self.encoded)  # type: ignore[no-any-return]

    @property
    def link_changes(self) -> Links:
        return {name: orjson.loads(changes) for name, changes in self.encoded_changes.items()}


class State(msgspec.Struct, frozen=True, gc=False):
    """What a live object will be. `encoded` and `summary` as above: most objects are never looked into again."""

    object_type: ObjectTypeName
    object_id: ObjectId
    encoded: bytes
    encoded_links: EncodedLinks
    summary: Summary | None = None

    @property
    def properties(self) -> dict[str, Any]:
        return orjson.loads(self.encoded)  # type: ignore[no-any-return]

    @property
    def links(self) -> Links:
        return {name: orjson.loads(entries) for name, entries in self.encoded_links.items()}

    @property
    def record(self) -> ObjectRecord:
        return ObjectRecord(self.object_type, self.object_id, self.properties, self.links)


def state_of(record: ObjectRecord, links: Mapping[str, bytes] | None = None) -> State:
    """The next state of a record, in which some relationships are read anew."""
    merged = {name: canonical(entries) for name, entries in record.links.items()} | dict(links or {})
    present = {name: entries for name, entries in merged.items() if entries != NO_ENTRIES}
    return State(record.object_type, record.object_id, canonical(record.properties), present)


def read_entry(raw: dict[str, Any], delta_links: Sequence[str] = (), summarise: Summarise | None = None) -> Entry:
    """`delta_links`: the relationships that are expected among the properties; others are found more slowly. `raw` is
    used up."""
    object_id = ObjectId(canonical_id(raw["id"]))
    if object_id != raw["id"]:
        raw["id"] = object_id
    removed = raw.get("@removed")
    if removed is not None:
        reason = removed.get("reason") if isinstance(removed, dict) else None
        return Entry(object_id, removed="changed" if reason == "changed" else "deleted")
    changes: dict[str, bytes] = {}
    for name in delta_links:
        told = raw.pop(name + DELTA_SUFFIX, None)
        if told is not None:
            changes[name] = canonical(link_changes(told))
    encoded = canonical(raw)
    if not _has_unread_mark(encoded):
        summary = summarise(raw) if summarise is not None else None
        return Entry(object_id, encoded, changes, None, summary)
    for key in [key for key in raw if key.endswith(DELTA_SUFFIX)]:
        changes[key.removesuffix(DELTA_SUFFIX)] = canonical(link_changes(raw.pop(key) or []))
    replaced = tuple(raw.get(REPLACED) or ())
    return Entry(object_id, canonical(strip_annotations(raw)), changes, replaced=replaced)


def link_changes(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each its id, its type and whether it was removed; nearly always the same list."""
    plain = [e for e in checked_rows(entries, "a delta query's relationship") if len(e) == 2 and _TYPE in e]
    if len(plain) == len(entries):
        ids = "".join([entry["id"] for entry in entries])
        if ids == ids.lower():
            return entries
    return [clean_link(e) | {n: e[n] for n in ("@removed",) if n in e} for e in entries]


def is_fragment(entry: Entry) -> bool:
    """An entry with nothing but an id and links: it says nothing about the properties."""
    if entry.removed is not None or len(entry.encoded) > _FRAGMENT_BYTES:
        return False
    return entry.properties.keys() <= {"id", "@odata.type"}


def join(earlier: Entry, later: Entry) -> Entry:
    """Two live entries of one object as one: the last word on a property wins, link changes add up."""
    before, after = earlier.encoded_changes, later.encoded_changes
    names = before.keys() | after.keys()
    changes = {n: _spliced(before.get(n, NO_ENTRIES), after.get(n, NO_ENTRIES)) for n in names}
    return Entry(later.object_id, canonical({**earlier.properties, **later.properties}), changes)


def _spliced(before: bytes, after: bytes) -> bytes:
    """One list of two, all canonical JSON: a large group comes in many pieces, and decoding them took its time."""
    if NO_ENTRIES in (before, after):
        return after if before == NO_ENTRIES else before
    return before[:-1] + b"," + after[1:]


def merge(object_type: ObjectType, entry: Entry, base: ObjectRecord | None, *, overlay: bool) -> State:
    """The next state of a live object. `overlay` keeps what the entry does not mention; else the entry's properties
    are all there is, and its delta links too (other links are carried over from `base`)."""
    known = base if base is not None and base.removed is None else None
    encoded, summary = entry.encoded, entry.summary
    if known is not None and (overlay or is_fragment(entry)):
        encoded, summary = canonical({**known.properties, **entry.properties}), None
    links, told = EncodedLinks(), entry.link_changes
    for relationship in object_type.relationships if known is not None or told else ():
        name = relationship.name
        before = known.links.get(name) if known is not None else None
        if relationship.strategy == "delta":
            kept = before if overlay else None
            before = merge_links(kept or [], told.get(name), single=relationship.single)
        if before:
            links[name] = canonical(before)
    return State(object_type.name, entry.object_id, encoded, links, summary)


def merge_links(before: list[dict[str, Any]], changes: Any, *, single: bool = False) -> list[dict[str, Any]]:
    """Links after the changes (`link_changes`), in canonical order. A single-valued link is replaced by the last live
    entry."""
    if not changes:
        return before
    by_id = {link_order(entry): entry for entry in before}
    for change in changes:
        if "@removed" in change:
            by_id.pop(change["id"], None)
            continue
        if single:
            by_id.clear()
        by_id[change["id"]] = change
    return [by_id[key] for key in sorted(by_id)]


def clean_link(entry: dict[str, Any]) -> dict[str, Any]:
    """A reference is its id and its type; what else Graph shows of the other object is that object's business."""
    object_id = canonical_id(entry["id"])
    if _TYPE in entry:
        if len(entry) == 2 and object_id == entry["id"]:
            return entry
        return {_TYPE: str(entry[_TYPE]), "id": object_id}
    return {"id": object_id}


def canonical_links(entries: list[dict[str, Any]], kind: str) -> bytes:
    """A relationship as read whole: references reduced to id and type, contained objects kept; in canonical order."""
    if kind != "ref" and any(REPLACED in entry for entry in entries):
        raise Rejected("Microsoft Graph gave text that is no Unicode inside an object that is part of another one.")
    cleaned = [clean_link(e) if kind == "ref" else strip_annotations(e) for e in entries]
    return canonical(sorted(cleaned, key=link_order))
