"""The pages of one type: from Graph's rows to versions, one page at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from reentra.collector.domain.entries import opened, read_entries, state_in
from reentra.collector.domain.merge import NO_ENTRIES, Entry, State, join, merge
from reentra.collector.domain.omissions import note_replaced
from reentra.collector.operations.links import LinkMap, read_links
from reentra.collector.operations.pages import Written, draft, draft_removal
from reentra.collector.operations.ports import GraphReader, RecordStore
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.singles import Singles, may_concern
from reentra.collector.operations.staging import Staging
from reentra.common.directory.catalog import ObjectType, Relationship
from reentra.common.ids import ObjectId, SnapshotNumber, TenantId
from reentra.common.snapshot.columns.native import NativeRow
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion

_LARGE = 2000
"""Links from which on a repeated object is kept in parts and put together at the end of the round: a group of
100,000 comes in a hundred pieces, and writing it anew for each would cost its size a hundred times."""

_Next = tuple[State | NativeRow, ObjectVersion | None]
"""The next state of an object and its newest version. A native row holds the whole state of an object without one."""


@dataclass(frozen=True, slots=True)
class PageResult:
    drafts: Sequence[Written]
    touched: Sequence[ObjectId]
    parts: Sequence[ObjectRecord]


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over a type. `full`: entries are whole states and everything unseen is gone; else changes only.
    `first`: the tenant has no earlier version of this type. `swept`: relationships that a sweep has read. `reread`:
    of a full pass over what is known already, be it from an earlier snapshot or from a pass that broke off."""

    tenant_id: TenantId
    number: SnapshotNumber
    object_type: ObjectType
    full: bool
    first: bool
    swept: Mapping[str, LinkMap]
    graph: GraphReader
    catalogue: Staging
    records: RecordStore
    replaced: dict[str, list[str]]
    """Of the type's state: it may be ahead of what is stored, for the same page says the same again."""
    knows_nothing: Callable[[], bool]
    """Whether no object of the type can have a version yet."""
    reread: Reread | None = None
    singles: Singles | None = None

    async def digest(
        self,
        rows: Iterable[dict[str, object]],
        *,
        last: bool = False,
        live: Mapping[ObjectId, ObjectVersion] | None = None,
    ) -> PageResult:
        """The versions that a page of rows makes. `last`: no page follows. `live`: all live objects, where they are
        known already."""
        told = read_entries(self.object_type, rows, self.tenant_id, self.swept)
        if self.replaced or not _are_native(told):
            concerned = (row for row in told if isinstance(row, Entry) or row.object_id in self.replaced)
            note_replaced(self.replaced, (opened(self.object_type, row) for row in concerned))
        found = _merged_within_page(self.object_type, told)
        if self.reread is not None:
            found = self.reread.due([opened(self.object_type, row) for row in found], last=last)
        heads = await self._heads(found, live or {})
        if not heads and self.reread is None and self._has_all_links and _are_native(found):
            return PageResult(found, (), ())
        bases = await self._bases(found, heads)
        drafts: list[Written] = []
        touched: list[ObjectId] = []
        parts: list[ObjectRecord] = []
        states: list[_Next] = []
        for row in found:
            head, base = heads.get(row.object_id), bases.get(row.object_id)
            if head is None and isinstance(row, NativeRow):
                states.append((row, None))
                continue
            entry = opened(self.object_type, row)
            if head is None and self.reread is None:
                if entry.removed is None:
                    states.append((merge(self.object_type, entry, None, overlay=False), None))
                continue
            if self.reread is not None and not last and self.reread.puts_off(self.object_type, entry, base):
                continue
            repeated = self._is_repeated(entry, head)
            if entry.removed is not None:
                if head is not None and head.removed != entry.removed and head.removed != "deleted":
                    drafts.append(draft_removal(self.object_type, head, entry.removed))
                continue
            if repeated and base is not None and sum(map(len, base.links.values())) >= _LARGE:
                parts.append(_part(self.object_type, entry))
                continue
            overlay = repeated or not self.full
            states.append((merge(self.object_type, entry, base, overlay=overlay), head))
        for state, head in await self._with_links(states):
            if isinstance(state, NativeRow):
                drafts.append(state)
                continue
            item = draft(self.object_type, state, head, bases.get(state.object_id), tenant_id=self.tenant_id)
            if item is None:
                touched.append(state.object_id)
            else:
                drafts.append(item)
        return PageResult(drafts, touched if self.full and not self.first else (), parts)

    async def _heads(
        self, rows: Sequence[Entry | NativeRow], live: Mapping[ObjectId, ObjectVersion]
    ) -> Mapping[ObjectId, ObjectVersion]:
        if self.knows_nothing():
            return {}
        known = {row.object_id: live[row.object_id] for row in rows if row.object_id in live}
        others = [row.object_id for row in rows if row.object_id not in known]
        if not others:
            return known
        return {**known, **await self.catalogue.heads(self.tenant_id, self.object_type.name, others)}

    @property
    def _has_all_links(self) -> bool:
        """Nothing is to be read for a new object: its row and the sweeps told all."""
        return all(r.strategy == "delta" or r.name in self.swept for r in self.object_type.relationships)

    def _is_repeated(self, entry: Entry, head: ObjectVersion | None) -> bool:
        """This pass has told of the object before."""
        if self.reread is not None:
            return self.reread.meet(entry)
        return head is not None and head.first == self.number and head.removed is None

    async def _bases(
        self, rows: Sequence[Entry | NativeRow], heads: Mapping[ObjectId, ObjectVersion]
    ) -> Mapping[ObjectId, ObjectRecord]:
        if not heads:
            return {}
        live = [row.object_id for row in rows if isinstance(row, NativeRow) or row.removed is None]
        wanted = [i for i in live if _is_live(heads.get(i))]
        found = await self.records.read([heads[i].place for i in wanted]) if wanted else ()
        return dict(zip(wanted, found, strict=True))

    async def _with_links(self, states: list[_Next]) -> Sequence[_Next]:
        """The same states with the relationships that delta does not report: swept, read now, or carried over."""
        for relationship in self.object_type.relationships:
            if relationship.strategy == "delta":
                continue
            found = self.swept.get(relationship.name)
            if found is None:
                found = await self._read_now(relationship, states)
            for place, (state, head) in enumerate(states if found or relationship.name in self.swept else ()):
                entries = found.get(state.object_id)
                if isinstance(state, NativeRow):
                    if relationship.name in self.swept or entries in (None, NO_ENTRIES):
                        continue
                    state = state_in(self.object_type, state)
                    states[place] = (state, head)
                if entries is not None:
                    _set_links(state, relationship.name, entries)
                elif state.encoded_links and relationship.name in self.swept:
                    _set_links(state, relationship.name, NO_ENTRIES)
        return states

    async def _read_now(self, relationship: Relationship, states: Sequence[_Next]) -> LinkMap:
        """Of new objects always; of all objects on the page when one request per object is the only way."""
        if relationship.only is not None and self.singles is not None:
            told = [
                s for s, _ in states if may_concern(relationship, s.line if isinstance(s, NativeRow) else s.encoded)
            ]
            alone = [state_in(self.object_type, s) if isinstance(s, NativeRow) else s for s in told]
            if not self.full:
                return await self.singles.read(relationship, alone)
            self.singles.put_off(relationship, alone)
            return {}
        each = relationship.strategy == "each"
        ids = [state.object_id for state, head in states if each or not _is_live(head)]
        return await read_links(self.graph, relationship, ids) if ids else {}


def _are_native(rows: Sequence[Entry | NativeRow]) -> TypeGuard[Sequence[NativeRow]]:
    return set(map(type, rows)) <= {NativeRow}


def _is_live(head: ObjectVersion | None) -> bool:
    return head is not None and head.removed is None


def _set_links(state: State, name: str, entries: bytes) -> None:
    if entries == NO_ENTRIES:
        state.encoded_links.pop(name, None)
    else:
        state.encoded_links[name] = entries


def _part(object_type: ObjectType, entry: Entry) -> ObjectRecord:
    return ObjectRecord(object_type.name, entry.object_id, entry.properties, entry.link_changes, part=True)


def _merged_within_page(object_type: ObjectType, rows: Sequence[Entry | NativeRow]) -> Sequence[Entry | NativeRow]:
    """One row per object: a page may hold several of the same, the last word wins, link changes add up."""
    if len({row.object_id for row in rows}) == len(rows):
        return rows
    by_id: dict[str, Entry | NativeRow] = {}
    for row in rows:
        earlier = by_id.pop(row.object_id, None)
        if earlier is not None:
            before, row = opened(object_type, earlier), opened(object_type, row)
            row = join(before, row) if before.removed is None and row.removed is None else row
        by_id[row.object_id] = row
    return list(by_id.values())
