"""One type of one snapshot: is every row of the catalogue what its record says? Place, hash, removal, name, facets and
search text are computed again from the record, as the backup computed them."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.directory.summary import Summary, digest_of_bytes, summary_of
from reentra.common.ids import ObjectId
from reentra.common.snapshot.raw import RawRecord
from reentra.common.stores.catalogue import ObjectVersion, Place
from reentra.common.stores.inspection import InspectedRow, InspectedType

REBUILD = "stop Reentra and run `reentra rebuild`"
_NO_ENTRIES = msgspec.Raw(b"[]")


class Comparison:
    def __init__(self, found: InspectedType) -> None:
        self._rows = found.rows
        row = CATALOG.get(found.object_type)
        self._glance = Glance(row) if row is not None else None
        self._unresolved = set(found.rows)
        self._has_damage = bool(found.damage)
        self._kept: dict[ObjectId, tuple[str, Mapping[str, str]]] = {}
        """Names and facets of objects that were written and then removed in this snapshot."""

    def contradiction(self, record: RawRecord, place: Place) -> str:
        """How record and row contradict each other, as the end of a sentence; empty when they do not."""
        row = self._rows.get(ObjectId(record.id))
        if row is None:
            return "" if self._has_damage else f"is not in the catalogue; {REBUILD}"
        version = row.version
        if version.place != place:
            if version.removed is not None and record.removed is None:
                summary = self._summary(record)
                self._kept[version.object_id] = (summary.display_name, summary.facets)
            return ""
        self._unresolved.discard(version.object_id)
        if record.removed != version.removed:
            return f"is removed on one side only; {REBUILD}"
        if record.content_hash != version.content_hash:
            return f"has not the content that the catalogue says; {REBUILD}"
        expected = self._summary(record) if version.removed is None else self._summary_of_removal(row)
        if (version.display_name, version.facets) != (expected.display_name, expected.facets):
            return f"has another name or other facets than the catalogue says; {REBUILD}"
        if not _is_search_text(row.search, expected, version.object_id):
            return f"is searched by another text than its own; {REBUILD}"
        return ""

    def unresolved(self) -> Iterator[ObjectVersion]:
        """Rows whose record was not met."""
        for object_id in sorted(self._unresolved):
            yield self._rows[object_id].version

    def _summary(self, record: RawRecord) -> Summary:
        return self._glance.summary(record) if self._glance is not None else Summary("", "", {})

    def _summary_of_removal(self, row: InspectedRow) -> Summary:
        """A removed object keeps the name and the facets it had."""
        name, facets = self._kept.get(row.version.object_id, row.kept)
        return Summary(name, " ".join([name, row.version.object_id, *facets.values()]).lower(), facets)


def _is_search_text(search: str, expected: Summary, object_id: ObjectId) -> bool:
    """Earlier versions of Reentra said name and id in it again."""
    if search == expected.search:
        return True
    found, wanted = set(search.split()), set(expected.search.split())
    return wanted <= found <= {*wanted, *expected.display_name.lower().split(), object_id.lower()}


class Glance:
    """A record's summary without unpacking the record: only the properties that the summary needs, and the bytes of
    the relationships of which it needs a digest. Lines are canonical, so those bytes are what was digested."""

    def __init__(self, object_type: ObjectType) -> None:
        self._type = object_type
        names = sorted({"id", *object_type.display, *object_type.search, *object_type.facets})
        self._properties = msgspec.json.Decoder(
            msgspec.defstruct("Properties", [(name, Any, None) for name in names], gc=False)
        )
        self._digested = [r.name for r in object_type.relationships if r.strategy != "delta"]
        self._links = msgspec.json.Decoder(
            msgspec.defstruct("Links", [(name, msgspec.Raw, _NO_ENTRIES) for name in self._digested], gc=False)
        )

    def summary(self, record: RawRecord) -> Summary:
        known = self._properties.decode(record.properties)
        properties = msgspec.structs.asdict(known)
        digests = {}
        if self._digested:
            links = self._links.decode(record.links)
            found = ((name, bytes(getattr(links, name))) for name in self._digested)
            digests = {name: digest_of_bytes(entries) for name, entries in found if entries != b"[]"}
        return summary_of(self._type, properties, digests)
