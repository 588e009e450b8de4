"""One object type, from its first page to its last removal.

1. Sweep the relationships that delta does not report and that are due.
2. Read the pages (resuming at the checkpoint's cursor); the next page is fetched while this one is stored.
3. Put together the objects that came in parts.
4. Compare swept relationships with what is known of the objects that no page mentioned.
5. After a full read: whatever was not seen is gone.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from reentra.collector.domain.assembly import Assembly
from reentra.collector.domain.choices import TypeMemory, asks_otherwise, choose_mode, first_request, is_sweep_due
from reentra.collector.domain.merge import NO_ENTRIES, EncodedLinks, state_of
from reentra.collector.domain.omissions import refused_properties, still_omitted
from reentra.collector.domain.rows import encoded_rows
from reentra.collector.operations.checkpoint import Checkpoint, TypeState
from reentra.collector.operations.filtered import read_filtered
from reentra.collector.operations.links import LinkMap, read_links, sweep, swept_pages
from reentra.collector.operations.objects import Round
from reentra.collector.operations.pages import Draft, PageWriter, draft, draft_removal
from reentra.collector.operations.paging import from_the_start, joined, pages
from reentra.collector.operations.ports import GraphReader, RecordStore
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.singles import Singles
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import DeltaExpired, GraphRejected, Page, PageExpired, UnsafeLink
from reentra.common.clock import Clock, to_text
from reentra.common.directory.catalog import CATALOG, ObjectType, Relationship
from reentra.common.directory.summary import digest_of_bytes
from reentra.common.errors import Rejected
from reentra.common.garbage import give_back_freed_memory
from reentra.common.ids import ObjectId, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Place

log = structlog.get_logger()
_CHUNK = 200
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class TypeRun:
    """Everything that reading one type needs."""

    tenant_id: TenantId
    number: SnapshotNumber
    object_type: ObjectType
    memory: TypeMemory
    previous: SnapshotNumber | None
    """The last sealed snapshot."""
    gathered: Collection[str]
    """Relationships that were read ahead."""
    parent_objects: int
    """Rows that a sweep of this type pages over."""
    graph: GraphReader
    catalogue: Catalogue
    records: RecordStore
    writer: PageWriter
    checkpoint: Checkpoint
    settings: CollectorSettings
    clock: Clock

    @property
    def state(self) -> TypeState:
        return self.checkpoint.state.types[self.object_type.name]

    @property
    def is_first(self) -> bool:
        """The tenant has no version of this type yet: nothing can be unchanged or gone."""
        return self.memory.full_at is None and self.memory.objects == 0 and not self.memory.lost

    def knows_nothing(self) -> bool:
        """No object of the type can have a version: none of an earlier snapshot, and none of this one."""
        state = self.state
        return self.is_first and self.checkpoint.is_fresh and not (state.added or state.changed or state.removed)

    async def seen_before(self) -> Sequence[ObjectId]:
        """What this backup has stored of the type, or marked as seen, before a pass that begins now."""
        if self.checkpoint.is_fresh and not self.state.read:
            return ()
        return await self.catalogue.seen(self.tenant_id, self.object_type.name, self.number)

    def swept_at(self, relationship: str) -> str:
        """Not later than the relationship was read: what was gathered was read after the backup's start."""
        return self.checkpoint.state.started_at if relationship in self.gathered else self.now()

    @property
    def singles(self) -> Singles:
        return Singles(self.graph, self.state, self.settings.most_singles)

    def now(self) -> str:
        return to_text(self.clock.now())


async def collect_type(run: TypeRun) -> None:
    """Raises the errors of Graph and of the stores; what is committed stays committed."""
    state = run.state
    if state.status == "waiting":
        state.status, state.started_at = "reading", run.now()
        if run.memory.lost:
            state.warning = "read in full: a rebuild of the catalogue had to leave out damaged objects"
        elif asks_otherwise(run.object_type, run.memory):
            state.warning = "read in full: other properties are asked for than before"
        state.mode = choose_mode(run.object_type, run.memory, run.clock.now(), run.settings)
        if state.mode == "incremental":
            state.cursor, state.full_at = run.memory.delta_link, run.memory.full_at
            state.omitted = dict(still_omitted(run.object_type, run.memory.omitted))
            state.replaced = {name: list(names) for name, names in run.memory.replaced.items()}
        state.sweeps = dict(run.memory.sweeps or {})
        run.checkpoint.note(run.object_type.name)
    if run.object_type.parent_type is not None:
        await _collect_children(run)
    else:
        await _collect_collection(run)
    if run.is_first and state.restarted:
        # All that is there is new. What was stored twice, or is gone again, was counted otherwise.
        live = (await run.catalogue.counts(run.tenant_id, run.number)).get(run.object_type.name)
        state.added = live.live if live is not None else 0
    state.status, state.ended_at = "done", run.now()
    run.checkpoint.note(run.object_type.name)


async def _collect_collection(run: TypeRun) -> None:
    swept = await _sweep_due(run)
    if not run.state.pages_done:
        try:
            await _read_pages(run, swept)
        except (DeltaExpired, PageExpired, UnsafeLink) as expired:
            if isinstance(expired, UnsafeLink) and run.state.mode == "full":
                raise  # a remembered link may belong to an earlier address of Graph; one just received may not
            run.state.warning = f"read in full: {expired}"
            await from_the_start(lambda: _begin_again(run, swept))
    await _read_put_off(run)
    await _assemble(run)
    await _compare_swept(run, swept)
    if run.state.mode == "full":
        await _remove_untouched(run)


async def _begin_again(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
    """The whole type, after a pass that broke off: what that one stored is known, not told."""
    run.state.mode, run.state.cursor, run.state.full_at, run.state.restarted = "full", None, None, True
    run.state.omitted.clear()
    run.state.replaced.clear()
    await _read_pages(run, swept)


async def _sweep_due(run: TypeRun) -> Mapping[str, LinkMap]:
    row, found = run.object_type, dict[str, LinkMap]()
    for relationship in row.relationships_by("expand"):
        if run.state.mode == "full" or _is_due(run, relationship):
            started = run.swept_at(relationship.name)
            found[relationship.name] = await sweep(run.graph, row, relationship)
            run.state.sweeps[relationship.name] = started
    return found


def _is_due(run: TypeRun, relationship: Relationship) -> bool:
    now = run.clock.now()
    return is_sweep_due(run.object_type, relationship.name, run.parent_objects, run.memory, now, run.settings)


async def _read_pages(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
    state, full, reread = run.state, run.state.mode == "full", await _reread(run)
    page_round = Round(
        run.tenant_id,
        run.number,
        run.object_type,
        full,
        run.is_first,
        swept,
        run.graph,
        run.catalogue,
        run.records,
        state.replaced,
        run.knows_nothing,
        reread,
        run.singles,
    )
    if full and state.full_at is None:
        state.full_at = run.now()
    limits = run.settings
    async for page in joined(_pages(run), rows=limits.commit_rows, seconds=limits.commit_seconds):
        _must_lead_on(run.object_type, page)
        is_last = page.next_link is None
        result = await page_round.digest(page.values, last=is_last)
        # With the last page: a crash behind it would leave nobody who knows.
        gone = await _gone(run, reread) if is_last else ()
        await run.writer.commit_page(
            run.object_type,
            [*result.drafts, *gone],
            touched=result.touched,
            parts=result.parts,
            advance=partial(_move_on, state, page),
            is_last=is_last,
        )
        await _read_put_off(run, at_least=_CHUNK)


async def _read_put_off(run: TypeRun, at_least: int = 1) -> None:
    """What only some objects can have, of objects that are stored already: few of these do have it."""
    for relationship in run.object_type.relationships_by("each"):
        if len(run.state.put_off.get(relationship.name, ())) < at_least:
            continue
        found = await run.singles.read_put_off(relationship)
        heads = await run.catalogue.heads(run.tenant_id, run.object_type.name, list(found))
        links = [(h, {relationship.name: found[h.object_id]}) for h in heads.values() if h.removed is None]
        changed = [(head, entries) for head, entries in links if _differs(head, entries)]
        await _rewrite_links(run, changed, advance=partial(run.state.put_off.pop, relationship.name))


def _differs(head: ObjectVersion, links: EncodedLinks) -> bool:
    digests = {name: None if entries == NO_ENTRIES else digest_of_bytes(entries) for name, entries in links.items()}
    return any(head.facets.get("#" + name) != digest for name, digest in digests.items())


async def _reread(run: TypeRun) -> Reread | None:
    """None unless this is a full pass over what is known. Its memory does not outlive the process: where an object may
    come in pieces, or is in doubt since an earlier pass, it begins at the first page."""
    state = run.state
    if state.mode != "full":
        return None
    in_pieces = not run.is_first and any(not r.single for r in run.object_type.relationships_by("delta"))
    if in_pieces or (state.restarted and not state.nothing_in_doubt):
        state.cursor, state.singles = None, 0
        state.parts.clear()
        state.put_off.clear()
    if state.cursor is not None:
        return None if run.is_first else Reread()
    doubtful = await run.seen_before()
    state.nothing_in_doubt = not doubtful
    if doubtful:
        state.restarted = True
    return Reread(doubtful=set(doubtful)) if doubtful or not run.is_first else None


async def _gone(run: TypeRun, reread: Reread | None) -> Sequence[Draft]:
    return await reread.gone(run.catalogue, run.tenant_id, run.object_type) if reread is not None else ()


def _move_on(state: TypeState, page: Page) -> None:
    state.read += len(page.values)
    state.cursor = page.next_link
    if page.next_link is None:
        state.pages_done, state.delta_link = True, page.delta_link


def _must_lead_on(object_type: ObjectType, page: Page) -> None:
    """A delta round ends with a delta link (delta-query-overview): without one it was cut, and what is missing of it
    must not count as gone."""
    if object_type.delta is not None and page.next_link is None and page.delta_link is None:
        raise Rejected(f"Microsoft Graph broke off {object_type.delta}: it gave neither a next page nor a delta link.")


async def _pages(run: TypeRun) -> AsyncIterator[Page]:
    """From the checkpoint's cursor on. A first request that Graph refuses is made again as Graph may take it."""
    if run.state.cursor is not None:
        async for page in pages(run.graph, run.state.cursor):
            yield page
        return
    has_begun = False
    try:
        async for page in pages(run.graph, *first_request(run.object_type, run.state.omitted)):
            has_begun = True
            yield page
    except GraphRejected as refusal:
        if has_begun or refusal.status != _BAD_REQUEST:
            raise
        async for page in _asked_otherwise(run, refusal):
            yield page


async def _asked_otherwise(run: TypeRun, refusal: GraphRejected) -> AsyncIterator[Page]:
    row = run.object_type
    more = refused_properties(row, run.state.omitted, refusal.detail)
    if more:
        log.warning("properties left out", object_type=row.name, properties=sorted(more), reason=refusal.detail)
        run.state.omitted.update(more)
        async for page in _pages(run):
            yield page
    elif row.filter is not None:
        yield await from_the_start(partial(read_filtered, run.graph, row, row.filter))
    else:
        raise refusal


async def _assemble(run: TypeRun) -> None:
    """Large objects that came in parts: base and parts, in the order they came, one at a time."""
    if run.state.parts:
        give_back_freed_memory()  # pieces are small and many, and lie between everything else; now comes one large one
    for object_id, places in list(run.state.parts.items()):
        heads = await run.catalogue.heads(run.tenant_id, run.object_type.name, [ObjectId(object_id)])
        head = heads[ObjectId(object_id)]
        assembly = Assembly(run.object_type, await run.records.read_raw(head.place))
        for segment, *place in places:
            assembly.add(await run.records.read_raw(Place(SegmentId(segment), *place)))
        state = assembly.finish()
        item = draft(run.object_type, state, head, None, tenant_id=run.tenant_id) if state is not None else None
        del assembly, state  # each holds another copy of all links
        await run.writer.commit_page(
            run.object_type, [item] if item else [], advance=partial(run.state.parts.pop, object_id)
        )


async def _compare_swept(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
    """Objects that no page mentioned, whose swept relationships have changed all the same."""
    each = run.object_type.relationships_by("each")
    if run.state.mode == "full":
        run.state.sweeps.update({r.name: run.state.full_at or run.now() for r in each})
        _forget_omitted(run)
        return
    due = [r for r in each if _is_due(run, r) and r.name not in run.state.omitted]
    if run.previous is None or not (due or swept):
        return
    started = {r.name: run.swept_at(r.name) for r in due}
    async for batch in run.catalogue.scan(run.tenant_id, run.previous, run.object_type.name):
        heads = await run.catalogue.heads(run.tenant_id, run.object_type.name, [v.object_id for v in batch])
        unmentioned = [h for h in heads.values() if h.first != run.number and h.removed is None]
        found = dict(swept)
        for relationship in due:
            found[relationship.name] = await _read_each(run, relationship, unmentioned)
        changed: list[tuple[ObjectVersion, EncodedLinks]] = []
        for head in unmentioned:
            links = {n: e.get(head.object_id, NO_ENTRIES) for n, e in found.items() if n not in run.state.omitted}
            if _differs(head, links):
                changed.append((head, links))
        for start in range(0, len(changed), _CHUNK):
            await _rewrite_links(run, changed[start : start + _CHUNK])
    run.state.sweeps.update(started)
    _forget_omitted(run)


async def _read_each(run: TypeRun, relationship: Relationship, heads: Sequence[ObjectVersion]) -> LinkMap:
    if relationship.only is None:
        return await read_links(run.graph, relationship, [head.object_id for head in heads])
    records = await run.records.read([head.place for head in heads])
    return await run.singles.read(relationship, [state_of(record) for record in records])


def _forget_omitted(run: TypeRun) -> None:
    for name in run.state.omitted:
        run.state.sweeps.pop(name, None)


async def _rewrite_links(
    run: TypeRun,
    changed: Sequence[tuple[ObjectVersion, EncodedLinks]],
    advance: Callable[[], object] | None = None,
) -> None:
    records = await run.records.read([version.place for version, _ in changed])
    drafts: list[Draft] = []
    for record, (version, links) in zip(records, changed, strict=True):
        item = draft(run.object_type, state_of(record, links), version, record, tenant_id=run.tenant_id)
        if item is not None:
            drafts.append(item)
    await run.writer.commit_page(run.object_type, drafts, advance=advance)


async def _collect_children(run: TypeRun) -> None:
    """A type without a collection of its own: every object hangs on one of another type (appRoleAssignment)."""
    row = run.object_type
    parent, relationship = CATALOG[row.parent_type], row.parent_relationship or ""  # type: ignore[index]
    if not is_sweep_due(row, relationship, run.parent_objects, run.memory, run.clock.now(), run.settings):
        run.state.mode = "carried"
        run.state.replaced = {name: list(names) for name, names in run.memory.replaced.items()}
        return
    started = run.swept_at(relationship)
    await from_the_start(partial(_read_children, run, parent, relationship))
    run.state.sweeps[relationship], run.state.full_at = started, started
    await _remove_untouched(run)


async def _read_children(run: TypeRun, parent: ObjectType, relationship: str) -> None:
    row = run.object_type
    run.state.replaced.clear()
    doubtful = await run.seen_before()
    run.state.restarted = run.state.restarted or bool(doubtful)
    reread = Reread(doubtful=set(doubtful)) if doubtful else None
    stores = (run.graph, run.catalogue, run.records)
    page_round = Round(
        run.tenant_id, run.number, row, True, run.is_first, {}, *stores, run.state.replaced, run.knows_nothing, reread
    )
    async for entries in swept_pages(run.graph, parent, relationship):
        rows = [child for children in entries.values() for child in children]
        result = await page_round.digest(encoded_rows(rows))
        run.state.read += len(rows)
        await run.writer.commit_page(row, result.drafts, touched=result.touched)
    gone = await _gone(run, reread)
    if gone:
        await run.writer.commit_page(row, gone)


async def _remove_untouched(run: TypeRun) -> None:
    if run.is_first:
        return
    while gone := await run.catalogue.untouched(run.tenant_id, run.object_type.name, run.number, _CHUNK):
        drafts = [draft_removal(run.object_type, version, "absent") for version in gone]
        await run.writer.commit_page(run.object_type, drafts)
