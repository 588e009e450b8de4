"""A page's rows as entries: together by native code where it was built, else one by one. Pure.

Native code takes plain rows only (`libs/columns`, rows): it makes all that is kept of them at once, for the case that
nothing is known of their objects yet. `opened` makes an entry of such a row in any other case. Every other row is for
`read_entry`, by itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import msgspec
import orjson

from reentra.collector.domain.merge import Entry, State, read_entry
from reentra.collector.domain.rows import Chain
from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.summary import derive, digest_of_bytes, summarise_encoded, summary_of, with_digests
from reentra.common.ids import ObjectId, TenantId
from reentra.common.snapshot.columns.native import Native, NativeRow, native
from reentra.common.stores.catalogue import encode_facets

Swept = Mapping[str, Mapping[ObjectId, bytes]]
"""Of relationships that were read already: the entries of each object that has any, as they are kept."""
_TOGETHER = 32
"""Rows; what they become is used while it lies in the processor's cache."""
_bytes_of: Callable[[msgspec.Raw], memoryview] = memoryview
_first_id = re.compile(rb'"id":"([^"\\]*)"').search


class _Line(msgspec.Struct, gc=False):
    properties: msgspec.Raw
    links: dict[str, msgspec.Raw]


_decode = msgspec.json.Decoder(_Line).decode


def read_entries(
    object_type: ObjectType, rows: Iterable[dict[str, Any]], tenant_id: TenantId, swept: Swept | None = None
) -> Sequence[Entry | NativeRow]:
    """A native row has the links that are swept in its line. Raises Rejected when a row is no object with an id."""
    fast = native()
    raw = rows.encoded() if fast is not None and isinstance(rows, Chain) else None
    if fast is None or raw is None or not isinstance(rows, Chain):
        return [_read(object_type, tenant_id, row) for row in rows]
    page = _NativePage(fast, object_type, tenant_id, swept or {})
    entries: list[Entry | NativeRow] = []
    for start in range(0, len(raw), _TOGETHER):
        for number, row in enumerate(page.read(raw[start : start + _TOGETHER]), start):
            entries.append(row or _read(object_type, tenant_id, rows[number]))
    return entries


def opened(object_type: ObjectType, row: Entry | NativeRow) -> Entry:
    """What the row alone says."""
    if isinstance(row, Entry):
        return row
    line = _decode(row.line)
    changes = {r.name: bytes(line.links[r.name]) for r in object_type.relationships_by("delta") if r.name in line.links}
    return Entry(row.object_id, bytes(line.properties), changes)


def state_in(object_type: ObjectType, row: NativeRow) -> State:
    """What its line holds."""
    line = _decode(row.line)
    links = {name: bytes(entries) for name, entries in line.links.items()}
    return State(object_type.name, row.object_id, bytes(line.properties), links)


def _read(object_type: ObjectType, tenant_id: TenantId, row: dict[str, Any]) -> Entry:
    links = [r.name for r in object_type.relationships_by("delta")]
    return read_entry(row, links, lambda shown: summary_of(object_type, shown, {}, tenant_id))


class _NativePage:
    def __init__(self, fast: Native, object_type: ObjectType, tenant_id: TenantId, swept: Swept) -> None:
        self._fast = fast
        self._object_type = object_type
        self._tenant_id = tenant_id
        self._names = _names(object_type, swept)
        self._given = [swept[name] for name in sorted(swept)]
        self._digested = [(r.name, swept[r.name]) for r in object_type.relationships if r.name in swept]
        self._derived: dict[str, str] = {}

    def read(self, raw: Sequence[msgspec.Raw]) -> Sequence[NativeRow | None]:
        """None for each row that is for Python."""
        views = list(map(_bytes_of, raw))
        if not self._given:
            return self._summarised(self._fast.rows(views, self._names) or [None] * len(views))
        # Links are looked up by the first id in the row, which nearly always is its own.
        ids: Any = [match[1].decode() if match is not None else "" for match in map(_first_id, views)]
        links = [map(entries.get, ids, repeat(b"")) for entries in self._given]
        parts = list(chain.from_iterable(zip(views, *links, strict=True)))
        rows = self._fast.rows(parts, self._names) or [None] * len(views)
        return self._summarised(
            [row if row is not None and row.object_id == id else None for row, id in zip(rows, ids, strict=True)]
        )

    def _summarised(self, rows: Sequence[NativeRow | None]) -> Sequence[NativeRow | None]:
        """The same rows with all their facets."""
        for row in rows:
            if row is None:
                continue
            if not row.needed:
                self._summarise(row)
                continue
            parts = [row.facets, self._derived_of(row.needed)] if self._object_type.derived else [row.facets]
            for name, entries in self._digested:
                if linked := entries.get(row.object_id):
                    parts.append(f'"#{name}":"{digest_of_bytes(linked)}"')
            row.facets = _object_of(parts)
        return rows

    def _summarise(self, row: NativeRow) -> None:
        properties = bytes(_decode(row.line).properties)
        summary = summarise_encoded(self._object_type, properties, self._tenant_id)
        summary = with_digests(self._object_type, summary, {n: e.get(row.object_id, b"") for n, e in self._digested})
        row.display_name, row.search = summary.display_name, summary.search
        row.facets = encode_facets(summary.facets)

    def _derived_of(self, needed: str) -> str:
        """The members that these properties make. Many objects have the same."""
        found = self._derived.get(needed)
        if found is None:
            facets: dict[str, str] = {}
            derive(self._object_type, orjson.loads(needed).get, facets, self._tenant_id)
            found = self._derived[needed] = encode_facets(facets)[1:-1]
        return found


def _object_of(members: Sequence[str]) -> str:
    text = ",".join(filter(None, members))
    return f"{{{text}}}" if text else ""


def _names(object_type: ObjectType, swept: Swept) -> bytes:
    letters = {r.name: "!" if r.single else "*" for r in object_type.relationships_by("delta")} | dict.fromkeys(
        swept, "+"
    )
    return "\n".join(
        [
            f"t{object_type.name}",
            *(letters[name] + name for name in sorted(letters)),
            *(f"d{name}" for name in object_type.display),
            *(f"s{name}" for name in object_type.search),
            *(f"f{name}" for name in object_type.facets),
            *(f"n{name}" for name in object_type.needed),
        ]
    ).encode()
