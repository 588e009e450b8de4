"""Documents whose events are on the bus as soon as they are stored: whoever wrote them sends them, without waiting for
the relay to come round. The relay sends what was not sent here: this process died, or the bus was away.

1. A document is stored with events in its outbox, and each is published, in order.
2. What was published is taken out by this process's next write of the document, which costs nothing; or, when none
   comes, by a write of its own. A document that was just made is not waited for: others are about to write it.

As with the relay, an event may be published twice and is never lost.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from reentra.common.clients.topics import event_as_written
from reentra.common.errors import ReentraError, Stale
from reentra.common.jobs.outbox import EventPublisher, without_events
from reentra.common.jobs.stopping import cancelled
from reentra.common.stores.documents import Collection, Condition, Document, Documents, Json, Query
from reentra.common.testing.failpoints import failpoint

log = structlog.get_logger()

NEXT_WRITE_SECONDS = 1.5
"""How long a write of its own may be saved by the next one: longer than a backup that goes on takes to its next, and
less than the relay leaves to whoever wrote."""
_STOP_SECONDS = 2.0
_AT_ONCE = 64
"""Documents whose events are on their way. While the bus is away no more are tried here; the relay waits for it."""
_Key = tuple[str, str]


@dataclass(slots=True)
class _Outbox:
    """Of one document, as this process last saw it stored. `sent`: ids of events that are on the bus. `written`: it was
    stored once more."""

    collection: Collection
    document: Document
    at_once: bool
    sent: set[str] = field(default_factory=set)
    written: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def holds_events(self) -> bool:
        return bool(self.document.body.get("outbox"))

    @property
    def unsent(self) -> list[Json]:
        return [entry for entry in self.document.body.get("outbox") or () if entry["data"]["event_id"] not in self.sent]

    def stored(self, document: Document) -> None:
        if document.revision > self.document.revision:
            self.document = document
            self.written.set()


class SendingDocuments:
    """Implements the document port. Sends only while `sending` is entered."""

    def __init__(self, documents: Documents, *, next_write_seconds: float = NEXT_WRITE_SECONDS) -> None:
        self._documents = documents
        self._next_write_seconds = next_write_seconds
        self._publisher: EventPublisher | None = None
        self._outboxes: dict[_Key, _Outbox] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def sending(self, publisher: EventPublisher) -> AsyncIterator[None]:
        """While the bus can be reached. What is not sent when it is left, the relay sends."""
        self._publisher = publisher
        try:
            yield
        finally:
            self._publisher = None
            self._stopping.set()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
            await cancelled(tuple(self._tasks))
            self._stopping.clear()

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        document = await self._documents.insert(collection, id, body)
        self._stored(collection, document, at_once=True)
        return document

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        known = self._outboxes.get((collection.name, id))
        if known is not None and known.sent:
            body = without_events(body, known.sent)
        document = await self._documents.replace(collection, id, body, revision=revision)
        self._stored(collection, document, at_once=False)
        return document

    async def get(self, collection: Collection, id: str) -> Document | None:
        return await self._documents.get(collection, id)

    async def delete(self, collection: Collection, id: str, *, revision: int | None = None) -> None:
        await self._documents.delete(collection, id, revision=revision)

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]:
        return await self._documents.find(collection, query)

    async def count(self, collection: Collection, where: Mapping[str, Condition]) -> int:
        return await self._documents.count(collection, where)

    async def next_number(self, name: str) -> int:
        return await self._documents.next_number(name)

    async def now(self) -> datetime:
        return await self._documents.now()

    async def close(self) -> None:
        await self._documents.close()

    def _stored(self, collection: Collection, document: Document, *, at_once: bool) -> None:
        key = (collection.name, document.id)
        if (known := self._outboxes.get(key)) is not None:
            known.stored(document)
            return
        if not document.body.get("outbox") or self._publisher is None or len(self._outboxes) >= _AT_ONCE:
            return
        self._outboxes[key] = outbox = _Outbox(collection, document, at_once)
        task = asyncio.create_task(self._send(key, outbox, self._publisher), name=f"events of {document.id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("events are left to the relay", reason=type(error).__name__, exc_info=error)

    async def _send(self, key: _Key, outbox: _Outbox, publisher: EventPublisher) -> None:
        """Until the document holds no events any more."""
        try:
            while outbox.holds_events:
                outbox.written.clear()
                for entry in outbox.unsent:
                    await publisher.publish(event_as_written(entry["topic"], entry["data"]))
                    outbox.sent.add(entry["data"]["event_id"])
                failpoint("outbox.after-publish")
                if not outbox.at_once and await self._is_written_soon(outbox):
                    continue
                outbox.at_once = False
                await self._take_out(outbox)
        except ReentraError as error:
            log.warning("events wait for the relay", reason=error.message)
        finally:
            del self._outboxes[key]

    async def _is_written_soon(self, outbox: _Outbox) -> bool:
        waiting = [asyncio.create_task(outbox.written.wait()), asyncio.create_task(self._stopping.wait())]
        try:
            await asyncio.wait(waiting, timeout=self._next_write_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return outbox.written.is_set()

    async def _take_out(self, outbox: _Outbox) -> None:
        current: Document | None = outbox.document
        while current is not None:
            body = without_events(current.body, outbox.sent)
            if body["outbox"] == (current.body.get("outbox") or []):
                break
            try:
                current = await self._documents.replace(outbox.collection, current.id, body, revision=current.revision)
            except Stale:
                current = await self._documents.get(outbox.collection, current.id)
            else:
                break
        outbox.stored(current or Document(outbox.document.id, outbox.document.revision + 1, {}))
