"""One page becomes durable: records -> segment -> rows in the catalogue -> checkpoint, in this order.

A crash between two steps leaves a segment nobody refers to, or rows of an open snapshot that the repeated page
replaces by the same ones. The type's state moves on (`advance`) only after its rows are stored: other types save the
same checkpoint at any moment, and a cursor that is ahead of what is stored would lose a page.
"""

from collections.abc import Callable, Sequence

import msgspec

from reentra.collector.domain.merge import State
from reentra.collector.operations.checkpoint import Checkpoint, TypeState
from reentra.collector.operations.ports import RecordStore
from reentra.collector.operations.staging import Staged, Staging
from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.normalise import same_state
from reentra.common.directory.summary import Summary, summarise_encoded, summarise_removal, with_digests
from reentra.common.ids import ObjectId, SnapshotNumber, TenantId
from reentra.common.snapshot.columns.native import NativeRow
from reentra.common.snapshot.record import ObjectRecord, live_line
from reentra.common.stores.catalogue import EncodedFacets, ObjectVersion, Place, Removed, VersionRow
from reentra.common.testing.failpoints import failpoint


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A version to be written. `removed`: the reason of a removal. `head`: the newest version known, for counting."""

    object_id: ObjectId
    line: bytes
    content_hash: str
    head: ObjectVersion | None
    summary: Summary
    removed: Removed | None = None

    @property
    def is_new(self) -> bool:
        return self.head is None or self.head.removed is not None


Written = Draft | NativeRow
"""A native row is the first version of an object of which nothing was known."""


def draft(
    object_type: ObjectType,
    state: State,
    head: ObjectVersion | None,
    base: ObjectRecord | None,
    *,
    tenant_id: TenantId,
) -> Draft | None:
    """None when nothing changed: equal states write nothing, however Graph spells their emptiness."""
    line, found = live_line(state.object_type, state.object_id, state.encoded, state.encoded_links)
    if head is not None and head.removed is None:
        if head.content_hash == found:
            return None
        if base is not None and same_state(state.properties, state.links, base.properties, base.links):
            return None
    summary = state.summary or summarise_encoded(object_type, state.encoded, tenant_id)
    if state.encoded_links:
        summary = with_digests(object_type, summary, state.encoded_links)
    return Draft(state.object_id, line, found, head, summary)


def draft_removal(object_type: ObjectType, head: ObjectVersion, reason: Removed) -> Draft:
    record = ObjectRecord(object_type.name, head.object_id, removed=reason)
    summary = summarise_removal(object_type, head.display_name, head.object_id, head.facets)
    return Draft(record.object_id, record.to_line(), "", head, summary, reason)


class PageWriter:
    def __init__(
        self,
        number: SnapshotNumber,
        staging: Staging,
        records: RecordStore,
        checkpoint: Checkpoint,
    ) -> None:
        self._number = number
        self._staging = staging
        self._records = records
        self._checkpoint = checkpoint

    async def commit_page(
        self,
        object_type: ObjectType,
        drafts: Sequence[Written],
        *,
        touched: Sequence[ObjectId] = (),
        parts: Sequence[ObjectRecord] = (),
        advance: Callable[[], object] | None = None,
        is_last: bool = False,
    ) -> None:
        """`touched`: seen and unchanged. `parts`: pieces of large objects, kept until `assemble` joins them. `is_last`:
        no page of the type follows; its rows and its checkpoint may wait for those of another type."""
        state = self._checkpoint.state.types[object_type.name]
        if drafts or parts or touched:
            await self._store(object_type, state, drafts, parts, touched, may_wait=is_last)
        if advance is not None:
            advance()
        if is_last:
            self._checkpoint.save_soon()
            return
        await self._checkpoint.save(object_type.name)
        failpoint("collector.after-checkpoint")

    async def _store(
        self,
        object_type: ObjectType,
        state: TypeState,
        drafts: Sequence[Written],
        parts: Sequence[ObjectRecord],
        touched: Sequence[ObjectId],
        *,
        may_wait: bool,
    ) -> None:
        segment, places = None, tuple[Place, ...]()
        if drafts or parts:
            lines = [d.line for d in drafts] + [p.to_line() for p in parts]
            ordinal = self._checkpoint.take_ordinal()
            segment, places = await self._records.write(object_type.name, ordinal, lines)  # type: ignore[assignment]
            failpoint("collector.after-segment")
        rows = [_row(object_type, d, place) for d, place in zip(drafts, places, strict=False)]
        await self._staging.stage(Staged(object_type.name, segment, rows, touched), may_wait=may_wait)
        for part, place in zip(parts, places[len(drafts) :], strict=True):
            state.parts.setdefault(part.object_id, []).append([place.segment, place.offset, place.length, place.line])
        _count(state, drafts, self._number)


def _row(object_type: ObjectType, item: Written, place: Place) -> VersionRow:
    if isinstance(item, NativeRow):
        facets = EncodedFacets(item.facets)
        return VersionRow(
            object_type.name, item.object_id, item.content_hash, place, None, item.display_name, item.search, facets
        )
    summary = item.summary
    return VersionRow(
        object_type.name,
        item.object_id,
        item.content_hash,
        place,
        item.removed,
        summary.display_name,
        summary.search,
        summary.facets,
    )


def _count(state: TypeState, drafts: Sequence[Written], number: SnapshotNumber) -> None:
    for item in drafts:
        if isinstance(item, NativeRow):
            state.added += 1
        elif item.head is not None and item.head.first == number:
            continue  # written earlier in this run, counted there
        elif item.removed is not None:
            state.removed += 1
        elif item.is_new:
            state.added += 1
        else:
            state.changed += 1
