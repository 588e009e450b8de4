"""Following Graph's pages: to the end, never in a circle, and from the start again when a page token grew too old.
Every row of them is an object with an id."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

from reentra.collector.domain.rows import checked_rows
from reentra.collector.operations.ports import GraphReader
from reentra.common.clients.graph import Page, PageExpired, UnsafeLink

_STARTS = 3
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
    checked_rows(page.values, _shown(asked))
    return page


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
