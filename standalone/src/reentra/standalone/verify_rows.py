"""One type of one snapshot: is every row of the catalogue what its record says? Place, hash, removal, name, facets and
search text are computed again from the record, as the version of Reentra that wrote the row computed them."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from reentra.common.directory.catalog import CATALOG, FIRST_DERIVATION, ObjectType
from reentra.common.directory.summary import (
    Summary,
    derivation_of,
    digest_of_bytes,
    shown_names,
    summarise_removal,
    summary_by,
)
from reentra.common.ids import ObjectId, TenantId
from reentra.common.snapshot.raw import RawRecord
from reentra.common.stores.catalogue import ObjectVersion, Place
from reentra.common.stores.inspection import InspectedRow, InspectedType

LISTED_EARLIER = "listed-earlier"
"""The code of a warning: nothing is damaged, but rows lack facets that this version derives."""
REBUILD = "stop Reentra and run `reentra rebuild`"
_NO_ENTRIES = msgspec.Raw(b"[]")


class Comparison:
    def __init__(self, found: InspectedType, tenant_id: TenantId) -> None:
        self._rows = found.rows
        self._type = CATALOG.get(found.object_type)
        self._glance = Glance(self._type, tenant_id) if self._type is not None else None
        self.earlier = 0
        """Rows that an earlier version derived, and as it did."""
        self._unresolved = set(found.rows)
        self._has_damage = bool(found.damage)
        self._kept: dict[ObjectId, tuple[str, Mapping[str, str]]] = {}
        """Names and facets of objects that were written and then removed in this snapshot."""

    def contradiction(self, record: RawRecord, content_hash: str, place: Place) -> str:
        """How record and row contradict each other, as the end of a sentence; empty when they do not."""
        row = self._rows.get(ObjectId(record.id))
        if row is None:
            return "" if self._has_damage else f"is not in the catalogue; {REBUILD}"
        version = row.version
        if version.place != place:
            if version.removed is not None and record.removed is None:
                summary = self._summary(record, derivation_of(version.facets))
                self._kept[version.object_id] = (summary.display_name, summary.facets)
            return ""
        self._unresolved.discard(version.object_id)
        if record.removed != version.removed:
            return f"is removed on one side only; {REBUILD}"
        if content_hash != version.content_hash:
            return f"has not the content that the catalogue says; {REBUILD}"
        derivation = derivation_of(version.facets)
        expected = self._expected(row, record, derivation)
        if expected is None:
            return f"is listed as a newer Reentra does; use that one, or {REBUILD}"
        if (version.display_name, version.facets) != (expected.display_name, expected.facets):
            return f"has another name or other facets than the catalogue says; {REBUILD}"
        if not _is_search_text(row.search, expected, version.object_id):
            return f"is searched by another text than its own; {REBUILD}"
        self.earlier += self._is_earlier(version, derivation)
        return ""

    def unresolved(self) -> Iterator[ObjectVersion]:
        """Rows whose record was not met."""
        for object_id in sorted(self._unresolved):
            yield self._rows[object_id].version

    def _is_earlier(self, version: ObjectVersion, derivation: int) -> bool:
        if self._type is None or derivation >= self._type.derivation:
            return False
        return version.removed is None or bool(version.display_name)

    def _expected(self, row: InspectedRow, record: RawRecord, derivation: int) -> Summary | None:
        """As the version that wrote the row made it; None if that is a newer one."""
        version = row.version
        if version.removed is not None:
            name, facets = self._kept.get(version.object_id, row.kept)
            return summarise_removal(self._type, name, version.object_id, facets)
        if derivation > (self._type.derivation if self._type is not None else FIRST_DERIVATION):
            return None
        return self._summary(record, derivation)

    def _summary(self, record: RawRecord, derivation: int) -> Summary:
        return self._glance.summary(record, derivation) if self._glance is not None else Summary("", "", {})


def _is_search_text(search: str, expected: Summary, object_id: ObjectId) -> bool:
    """Earlier versions of Reentra said name and id in it again."""
    if search == expected.search:
        return True
    found, wanted = set(search.split()), set(expected.search.split())
    return wanted <= found <= {*wanted, *expected.display_name.lower().split(), object_id.lower()}


class Glance:
    """A record's summary without unpacking the record: only the properties that the summary needs, and the bytes of
    the relationships of which it needs a digest. Lines are canonical, so those bytes are what was digested."""

    def __init__(self, object_type: ObjectType, tenant_id: TenantId) -> None:
        self._type = object_type
        self._tenant_id = tenant_id
        names = shown_names(object_type)
        self._properties = msgspec.json.Decoder(
            msgspec.defstruct("Properties", [(name, Any, None) for name in names], gc=False)
        )
        self._digested = [r.name for r in object_type.relationships if r.strategy != "delta"]
        self._links = msgspec.json.Decoder(
            msgspec.defstruct("Links", [(name, msgspec.Raw, _NO_ENTRIES) for name in self._digested], gc=False)
        )

    def summary(self, record: RawRecord, derivation: int) -> Summary:
        get = partial(getattr, self._properties.decode(record.properties))
        digests = {}
        if self._digested and record.has_links:
            links = self._links.decode(record.links)
            found = [(name, bytes(getattr(links, name))) for name in self._digested]
            digests = {name: digest_of_bytes(entries) for name, entries in found if entries != b"[]"}
        return summary_by(self._type, get, digests, self._tenant_id, derivation)
