"""Following Graph's pages: to the end, never in a circle, small ones joined, and from the start again when a page token
grew too old. Every row of them is an object with an id."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from reentra.collector.domain.rows import Chain, CheckedRows
from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import Page, PageExpired, UnsafeLink

_STARTS = 3
_JOINED_PAGES = 20
Result = TypeVar("Result")


async def pages(graph: GraphReader, path_or_link: str, params: Mapping[str, str] | None = None) -> AsyncIterator[Page]:
    """One page ahead of the one in use. Raises UnsafeLink when a link comes again, Rejected for what is no page."""
    followed: set[str] = set()
    page = await _page(graph, path_or_link, path_or_link, params)
    while page.next_link is not None:
        if page.next_link in followed:
            raise UnsafeLink(f"Graph's pages of {_shown(path_or_link)} lead in a circle; reading was stopped.")
        followed.add(page.next_link)
        ahead = asyncio.create_task(_page(graph, page.next_link, path_or_link))
        try:
            yield page
            page = await ahead
        finally:
            if not ahead.done():
                ahead.cancel()
    yield page


async def _page(graph: GraphReader, link: str, asked: str, params: Mapping[str, str] | None = None) -> Page:
    page = await graph.page(link, params=params)
    return replace(page, values=CheckedRows(page.values, _shown(asked)))


async def joined(found: AsyncIterator[Page], *, rows: int, seconds: float) -> AsyncIterator[Page]:
    """Small pages put together to larger ones of up to `rows` rows, twenty pages at most and as many as come within
    `seconds`: making a page durable costs three fsyncs, whatever its size. When reading breaks off, what was read
    comes before the error."""
    waiting: list[Page] = []
    began = 0.0
    try:
        async for page in found:
            if waiting and sum(len(p.values) for p in waiting) + len(page.values) > rows:
                yield _as_one(waiting)
                waiting = []
            if not waiting:
                began = time.monotonic()
            waiting.append(page)
            if len(waiting) == _JOINED_PAGES or time.monotonic() - began >= seconds:
                yield _as_one(waiting)
                waiting = []
    except Exception:
        if waiting:
            yield _as_one(waiting)
        raise
    if waiting:
        yield _as_one(waiting)


def _as_one(found: Sequence[Page]) -> Page:
    last = found[-1]
    if len(found) == 1:
        return last
    return Page(Chain([page.values for page in found]), last.next_link, last.delta_link)


async def from_the_start(read: Callable[[], Awaitable[Result]]) -> Result:
    """Page tokens are short-lived: a collection whose token expired is begun again, a few times."""
    for _ in range(_STARTS - 1):
        try:
            return await read()
        except PageExpired:
            continue
    return await read()


def _shown(path_or_link: str) -> str:
    """Without the query, which may hold page tokens."""
    return path_or_link.partition("?")[0].rpartition("/v1.0")[2] or path_or_link.partition("?")[0]
