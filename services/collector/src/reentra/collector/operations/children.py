"""A type without a collection of its own: every object hangs on one of another type (appRoleAssignment)."""

from functools import partial

from reentra.collector.domain.choices import is_sweep_due
from reentra.collector.domain.rows import encoded_rows
from reentra.collector.operations.links import swept_pages
from reentra.collector.operations.objects import Round
from reentra.collector.operations.paging import from_the_start
from reentra.collector.operations.removals import not_told_again, remove_untouched
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.type_run import TypeRun
from reentra.common.directory.catalog import CATALOG, ObjectType


async def collect_children(run: TypeRun) -> None:
    row = run.object_type
    parent, relationship = CATALOG[row.parent_type], row.parent_relationship or ""  # type: ignore[index]
    if not is_sweep_due(row, relationship, run.parent_objects, run.memory, run.clock.now(), run.settings):
        run.state.mode = "carried"
        run.state.replaced = {name: list(names) for name, names in run.memory.replaced.items()}
        return
    started = run.swept_at(relationship)
    await from_the_start(partial(_read_children, run, parent, relationship))
    run.state.sweeps[relationship], run.state.full_at = started, started
    await remove_untouched(run)


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
    gone = await not_told_again(run, reread)
    if gone:
        await run.writer.commit_page(row, gone)
