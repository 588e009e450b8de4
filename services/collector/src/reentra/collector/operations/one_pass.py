"""One pass over the pages of a type, from its first request or from the checkpoint's cursor to the last page."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial

import structlog

from reentra.collector.domain.choices import first_request
from reentra.collector.domain.omissions import refused_properties
from reentra.collector.operations.beside import read_put_off
from reentra.collector.operations.checkpoint import TypeState
from reentra.collector.operations.filtered import read_filtered
from reentra.collector.operations.links import LinkMap
from reentra.collector.operations.objects import Round
from reentra.collector.operations.paging import from_the_start, joined, pages
from reentra.collector.operations.removals import absent, all_live, not_told_again
from reentra.collector.operations.reread import Reread
from reentra.collector.operations.type_run import TypeRun
from reentra.common.clients.graph import GraphRejected, Page
from reentra.common.directory.catalog import ObjectType
from reentra.common.errors import Rejected

log = structlog.get_logger()
_CHUNK = 200
_BAD_REQUEST = 400


async def read_pages(run: TypeRun, swept: Mapping[str, LinkMap]) -> None:
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
        live = await all_live(run, reread) if is_last and state.cursor is None else None
        result = await page_round.digest(page.values, last=is_last, live=live)
        # With the last page: a crash behind it would leave nobody who knows.
        gone = await not_told_again(run, reread) if is_last else ()
        if live is not None:
            gone, result = [*gone, *absent(run, live, reread, result.drafts)], replace(result, touched=())
        await run.writer.commit_page(
            run.object_type,
            [*result.drafts, *gone],
            touched=result.touched,
            parts=result.parts,
            advance=partial(_move_on, state, page, are_absent_removed=live is not None),
            is_last=is_last,
        )
        await read_put_off(run, at_least=_CHUNK)


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


def _move_on(state: TypeState, page: Page, *, are_absent_removed: bool) -> None:
    state.absent_removed = are_absent_removed
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
