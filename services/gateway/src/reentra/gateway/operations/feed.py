"""Every fact that a service announces becomes a row with a number, so that live status resumes where it was.

A fact that arrives twice is one row. Rows are kept for some days. Readers never skip: a row takes the number behind the
newest one, and whoever finds it taken by another process tries the next, so that each row comes after those before it.
Where one is missing all the same, the next waits for it for a while.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Conflict
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import Audited
from reentra.common.people import EVERYWHERE, Reach
from reentra.common.stores.documents import Above, Below, Collection, Document, Documents, Index, Json, Query

FEED = Collection("feed", (Index(("number",), unique=True), Index(("time",))))
_PAGE = 200
_GAP_SECONDS = 5.0
"""How long a row may be on its way from a process of an earlier version, which takes its number before."""
_LATE = timedelta(minutes=2)
"""Older facts wait for nobody: what is missing before them was swept, or will not come."""
_SWEEP_EVERY = 500
_SWEEP_PAGE = 1000


@dataclass(frozen=True, slots=True)
class FeedRow:
    number: int
    topic: str
    time: str
    tenant_id: str | None
    job_id: str | None
    data: Json


@dataclass(frozen=True, slots=True)
class FeedFilter:
    tenant_id: str | None = None
    job_id: str | None = None
    reach: Reach = EVERYWHERE
    acts: bool = True
    """Also who did what, which is a person's data."""

    def admits(self, row: FeedRow) -> bool:
        if row.topic == Audited.topic and not self.acts:
            return False
        tenant_fits = self.tenant_id in (None, row.tenant_id)
        return tenant_fits and self.job_id in (None, row.job_id) and self.reach.has(row.tenant_id)


async def _always() -> bool:
    return True


class _Gap:
    """Numbers that a reader misses behind one that it saw."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._after: int | None = None
        self._until = 0.0

    def must_wait(self, after: int) -> bool:
        if self._after != after:
            self._after, self._until = after, time.monotonic() + self._seconds
        return time.monotonic() < self._until


class Feed:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        *,
        kept: timedelta,
        poll_seconds: float,
        gap_seconds: float = _GAP_SECONDS,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._kept = kept
        self._poll_seconds = poll_seconds
        self._gap_seconds = gap_seconds
        self._writing = asyncio.Lock()
        self._last: int | None = None
        self._news = asyncio.Event()
        self._stopped = False

    async def record(self, event: Event) -> None:
        async with self._writing:
            number = await self._stored(event)
        if number is None:
            return
        if number % _SWEEP_EVERY == 0:
            await self._sweep(number)
        self._tell()

    async def _stored(self, event: Event) -> int | None:
        """Its number; None when it was there: asking first would cost every other fact a request."""
        last = await self.newest() if self._last is None else self._last
        while True:
            number = last + 1
            body = {
                "number": number,
                "topic": event.topic,
                "time": event.time,
                "tenant_id": event.tenant_id,
                "job_id": event.job_id,
                "data": event.data(),
            }
            try:
                await self._documents.insert(FEED, event.event_id, body)
            except Conflict:
                if await self._documents.get(FEED, event.event_id) is not None:
                    return None
                last = max(number, await self.newest())
            else:
                self._last = number
                return number

    async def newest(self) -> int:
        found = await self._documents.find(FEED, Query(order_by="number", descending=True, limit=1))
        return int(found[0].body["number"]) if found else 0

    async def follow(
        self, after: int, wanted: FeedFilter, may_go_on: Callable[[], Awaitable[bool]] = _always
    ) -> AsyncIterator[FeedRow]:
        """What came after that number and whatever comes from now on, until `stop` or until the reader may not know
        any more."""
        gap = _Gap(self._gap_seconds)
        while not self._stopped:
            news = self._news
            rows = await self._after(after)
            # Asked after they were read: what was stored since the reader may not know any more is not among them.
            if not await may_go_on():
                return
            for row in rows:
                if row.number > after + 1 and not self._is_late(row) and gap.must_wait(after):
                    await self._wait(news)
                    break
                if wanted.admits(row):
                    yield row
                after = row.number
            if not rows:
                await self._wait(news)

    async def stop(self) -> None:
        """Ends everybody's following, so that the server can stop."""
        self._stopped = True
        self._tell()

    async def _after(self, number: int) -> list[FeedRow]:
        query = Query(where={"number": Above(number)}, order_by="number", limit=_PAGE)
        return [_row(document) for document in await self._documents.find(FEED, query)]

    def _is_late(self, row: FeedRow) -> bool:
        return from_text(row.time) < self._clock.now() - _LATE

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _wait(self, news: asyncio.Event) -> None:
        """Until this process stores a row; or for a while, because another process may have.

        No lock is held meanwhile: a reader's connection that ends is cancelled at every turn of the loop, and left a
        condition's lock taken for ever, with every fact waiting for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await news.wait()

    async def _sweep(self, newest: int) -> None:
        """The newest row stays, however old its fact: the next takes the number behind it."""
        old = Query(where={"time": Below(to_text(self._clock.now() - self._kept))}, order_by="time", limit=_SWEEP_PAGE)
        for document in await self._documents.find(FEED, old):
            if document.body["number"] < newest:
                await self._documents.delete(FEED, document.id)


def _row(document: Document) -> FeedRow:
    body = document.body
    return FeedRow(body["number"], body["topic"], body["time"], body["tenant_id"], body["job_id"], body["data"])
