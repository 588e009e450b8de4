"""One object type, from its first page to its last removal.

1. Sweep the relationships that delta does not report and that are due.
2. Read the pages (resuming at the checkpoint's cursor); the next page is fetched while this one is stored.
3. Put together the objects that came in parts.
4. Compare swept relationships with what is known of the objects that no page mentioned.
5. After a full read: whatever was not seen is gone.
"""

from collections.abc import Mapping
from functools import partial

from reentra.collector.domain.assembly import Assembly
from reentra.collector.domain.choices import asks_otherwise, choose_mode
from reentra.collector.domain.omissions import still_omitted
from reentra.collector.operations.beside import compare_swept, read_put_off, sweep_due
from reentra.collector.operations.children import collect_children
from reentra.collector.operations.links import LinkMap
from reentra.collector.operations.one_pass import read_pages
from reentra.collector.operations.pages import draft
from reentra.collector.operations.paging import from_the_start
from reentra.collector.operations.removals import remove_untouched
from reentra.collector.operations.type_run import TypeRun
from reentra.common.clients.graph import DeltaExpired, PageExpired, UnsafeLink
from reentra.common.garbage import give_back_freed_memory
from reentra.common.ids import ObjectId, SegmentId
from reentra.common.stores.catalogue import Place


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
        await collect_children(run)
    else:
        await _collect_collection(run)
    if run.is_first and state.restarted:
        # All that is there is new. What was stored twice, or is gone again, was counted otherwise.
        live = (await run.catalogue.counts(run.tenant_id, run.number)).get(run.object_type.name)
        state.added = live.live if live is not None else 0
    state.status, state.ended_at = "done", run.now()
    run.checkpoint.note(run.object_type.name)


async def _collect_collection(run: TypeRun) -> None:
    swept = await sweep_due(run)
    if not run.state.pages_done:
        try:
            await read_pages(run, swept)
        except (DeltaExpired, PageExpired, UnsafeLink) as expired:
            if isinstance(expired, UnsafeLink) and run.state.mode == "full":
                raise  # a remembered link may belong to an earlier address of Graph; one just received may not
            run.state.warning = f"read in full: {expired}"
            await from_the_start(lambda: _begin_again(run, swept))
    await read_put_off(run)
    await _assemble(run)
    await compare_swept(run, swept)
    if run.state.mode == "full":
        await remove_untouched(run)


async def _begin_again(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
    """The whole type, after a pass that broke off: what that one stored is known, not told."""
    run.state.mode, run.state.cursor, run.state.full_at, run.state.restarted = "full", None, None, True
    run.state.omitted.clear()
    run.state.replaced.clear()
    await read_pages(run, swept)


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
