"""A page's rows as entries: together by native code where it was built, else one by one. Pure.

Native code takes plain rows only (`libs/columns`, rows.rs): for each it says what `read_entry` says. Every other row
is for `read_entry`, by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from reentra.collector.domain.merge import DELTA_SUFFIX, Entry, read_entry
from reentra.collector.domain.rows import Chain
from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.directory.summary import shown_names, summary_of
from reentra.common.ids import ObjectTypeName
from reentra.common.snapshot.columns.native import NativeRows, native

_TOGETHER = 32
"""Rows; what they become is used while it lies in the processor's cache."""


def read_entries(object_type: ObjectType, rows: Iterable[dict[str, Any]]) -> list[Entry]:
    """Raises Rejected when one of them is no object with an id."""
    expected = [r.name for r in object_type.relationships_by("delta")]
    fast = native()
    raw = rows.encoded() if fast is not None and isinstance(rows, Chain) else None
    if fast is None or raw is None or not isinstance(rows, Chain):
        return [read_entry(row, expected, object_type) for row in rows]
    entries: list[Entry] = []
    for start in range(0, len(raw), _TOGETHER):
        told = fast.rows(raw[start : start + _TOGETHER], _names(object_type.name))
        entries.extend(_entries(object_type, expected, told, rows, start, len(raw)))
    return entries


def _entries(
    object_type: ObjectType, expected: Sequence[str], told: NativeRows | None, rows: Chain, start: int, end: int
) -> Iterator[Entry]:
    if told is None:
        for number in range(start, min(start + _TOGETHER, end)):
            yield read_entry(rows[number], expected, object_type)
        return
    content, ends, step, at = told.content, told.ends, len(expected) + 2, 0
    for number, shown in enumerate(told.shown, start):
        if shown is None:
            yield read_entry(rows[number], expected, object_type)
        else:
            begin, end, *link_ends = ends[at : at + step]
            links: dict[str, bytes] = {}
            encoded = content[begin:end]
            for name, link_end in zip(expected, link_ends, strict=True):
                if link_end != end:
                    links[name] = content[end:link_end]
                    end = link_end
            summary = summary_of(object_type, shown, {})
            yield Entry(shown["id"], encoded, links, None, summary, True)
        at += step


@cache
def _names(object_type: ObjectTypeName) -> bytes:
    row = CATALOG[object_type]
    links = [("!" if r.single else "*") + r.name + DELTA_SUFFIX for r in row.relationships_by("delta")]
    return "\n".join([*links, *shown_names(row)]).encode()
