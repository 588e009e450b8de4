"""A large object put together of what is stored of it in pieces, in the order in which they came. Pure.

It holds an id for every link and no Python object for the link itself: a group of 100,000 members decoded, merged and
encoded again took 110 MiB for a moment, more than everything else that a backup holds.
"""

import re
from collections.abc import Callable, Iterator

import msgspec
import orjson

from reentra.collector.domain.merge import NO_ENTRIES, EncodedLinks, State
from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.normalise import canonical, link_order, same_state
from reentra.common.ids import ObjectId
from reentra.common.snapshot.raw import RawRecord

_REFERENCE = re.compile(
    rb'(?P<before>\{(?:"@odata\.type":"[^"\\]*",)?)(?P<removed>"@removed":\{[^{}]*\},)?"id":"(?P<id>[^"\\]+)"\}[,\]]'
).match
"""As it stands in a list in canonical JSON, with what follows it."""
_TOGETHER = 1000
"""Links that are written at once."""
_links_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_bytes_of: Callable[[msgspec.Raw], memoryview] = memoryview


class Assembly:
    """Begins with the version that is known, which may be the first piece."""

    def __init__(self, object_type: ObjectType, base: RawRecord) -> None:
        self._object_type = object_type
        self._base = base
        known = base.removed is None
        self._properties = orjson.loads(_bytes_of(base.properties)) if known else {}
        told = _links_in(base) if known else {}
        self._carried = {r.name: told[r.name] for r in object_type.relationships if r.name in told}
        self._links: dict[str, _Links] = {}
        for relationship in object_type.relationships_by("delta"):
            if (entries := self._carried.pop(relationship.name, None)) is not None:
                self._of(relationship.name).take(entries)

    def add(self, part: RawRecord) -> None:
        """What it tells counts from now on: the last word on a property, and on each link."""
        self._properties.update(orjson.loads(_bytes_of(part.properties)))
        told = _links_in(part)
        for relationship in self._object_type.relationships_by("delta"):
            if (changes := told.get(relationship.name)) is not None:
                self._of(relationship.name).take(changes, single=relationship.single)

    def finish(self) -> State | None:
        """None when it is what is known already. Not more than once: what is written is dropped on the way."""
        found = EncodedLinks({name: bytes(entries) for name, entries in self._carried.items()})
        for name in list(self._links):
            found[name] = self._links.pop(name).written()
        links = EncodedLinks({name: entries for name, entries in found.items() if entries != NO_ENTRIES})
        if self._base.removed is None and self._is_known(links):
            return None
        return State(self._object_type.name, ObjectId(self._base.id), canonical(self._properties), links)

    def _is_known(self, links: EncodedLinks) -> bool:
        known = {name: entries for name, entries in _links_in(self._base).items() if entries != NO_ENTRIES}
        return (
            links.keys() == known.keys()
            and all(links[name] == bytes(known[name]) for name in links)
            and same_state(self._properties, {}, orjson.loads(_bytes_of(self._base.properties)), {})
        )

    def _of(self, relationship: str) -> "_Links":
        return self._links.setdefault(relationship, _Links())


class _Links:
    """Of one relationship: by id what stands before it, which is one of few different texts."""

    def __init__(self) -> None:
        self._texts: dict[bytes, bytes] = {}
        self._befores: dict[bytes, bytes] = {}

    def take(self, changes: memoryview, *, single: bool = False) -> None:
        """Of a single-valued relationship the last live entry counts."""
        for id, before in _read(changes):
            if before is None:
                self._befores.pop(id, None)
                continue
            if single:
                self._befores.clear()
            self._befores[id] = self._texts.setdefault(before, before)

    def written(self) -> bytes:
        """Canonical JSON, in portions, so that what lies between is small."""
        befores, portions = self._befores, list[bytes]()
        ids = sorted(befores)
        for start in range(0, len(ids), _TOGETHER):
            portions.append(b",".join([_text(id, befores[id]) for id in ids[start : start + _TOGETHER]]))
        if not portions:
            return NO_ENTRIES
        ids.clear()
        befores.clear()
        portions[0] = b"[" + portions[0]
        portions[-1] += b"]"
        return b",".join(portions)


def _text(id: bytes, before: bytes) -> bytes:
    return before if before.endswith(b"}") else b'%b"id":"%b"}' % (before, id)


def _read(entries: memoryview) -> Iterator[tuple[bytes, bytes | None]]:
    """The ids of a list, and what stands before each: None when the entry tells that it was removed, and all of an
    entry that is no mere reference. From the first such on they are decoded."""
    at = 1
    while at < len(entries) - 1:
        match = _REFERENCE(entries, at)
        if match is None:
            yield from map(_decoded, orjson.loads(b"[" + entries[at:]))
            return
        yield match["id"], None if match["removed"] else match["before"]
        at = match.end()


def _decoded(entry: dict[str, object]) -> tuple[bytes, bytes | None]:
    return link_order(entry).encode(), None if "@removed" in entry else canonical(entry)


def _links_in(record: RawRecord) -> dict[str, memoryview]:
    return {name: _bytes_of(entries) for name, entries in _links_of(record.links).items()}
