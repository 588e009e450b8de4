"""Events that must go out with a change lie in the changed document; a relay publishes and then removes them.

`with_events` puts them there, in the same write as the change. Whoever wrote them sends them at once, if it can
(`common.jobs.sending`). The `Relay` sends what stayed. It may publish an event twice (it dies between publishing and
removing, or there are two relays); it never loses one, and keeps a document's events in order.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from reentra.common.clients.topics import event_as_written
from reentra.common.errors import ReentraError, Stale
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import Above, Collection, Document, Documents, Index, Json, Query
from reentra.common.testing.failpoints import failpoint

log = structlog.get_logger()

OUTBOX_INDEX = Index(("outbox_at",))
"""For collections whose documents carry events: the relay finds them without reading the rest."""
_PAGE = 100


class EventPublisher(Protocol):
    async def publish(self, event: Event) -> None:
        """Returns when the bus has it. Raises RetryLater when the bus cannot be reached."""


def with_events(body: Json, events: Sequence[Event]) -> Json:
    """The body with the events in its outbox. An event that waits there already is not added again."""
    waiting: list[Json] = list(body.get("outbox") or ())
    known = {entry["data"]["event_id"] for entry in waiting}
    waiting += [{"topic": event.topic, "data": event.data()} for event in events if event.event_id not in known]
    if not waiting:
        return body
    return body | {"outbox": waiting, "outbox_at": waiting[0]["data"]["time"]}


def without_events(body: Json, event_ids: set[str]) -> Json:
    waiting = [entry for entry in body.get("outbox") or () if entry["data"]["event_id"] not in event_ids]
    return body | {"outbox": waiting, "outbox_at": waiting[0]["data"]["time"] if waiting else None}


class Relay:
    """One per installation suffices; several are harmless."""

    def __init__(
        self,
        documents: Documents,
        publisher: EventPublisher,
        collections: Sequence[Collection],
        *,
        interval_seconds: float = 1.0,
    ) -> None:
        self._documents = documents
        self._publisher = publisher
        self._collections = collections
        self._interval = interval_seconds

    async def run(self) -> None:
        """Until cancelled. Whoever wrote an event has from one round to the next to send it. Trouble with the store or
        the bus is waited out: what was not published still lies there."""
        seen: set[str] = set()
        while True:
            try:
                seen = await self._round(seen)
            except ReentraError as error:
                log.warning("events wait in the outbox", reason=error.message)
                await asyncio.sleep(5 * self._interval)
            await asyncio.sleep(self._interval)

    async def relay_once(self) -> int:
        """Publishes what lies in outboxes now. How many events that were."""
        published = 0
        for collection in self._collections:
            for document in await self._waiting(collection):
                published += await self._relay(collection, document)
        return published

    async def _round(self, seen: set[str]) -> set[str]:
        """Publishes for documents whose oldest event is among `seen`. The oldest events of the others."""
        new: set[str] = set()
        for collection in self._collections:
            for document in await self._waiting(collection):
                oldest = document.body["outbox"][0]["data"]["event_id"]
                if oldest in seen:
                    await self._relay(collection, document)
                else:
                    new.add(oldest)
        return new

    async def _waiting(self, collection: Collection) -> Sequence[Document]:
        query = Query(where={"outbox_at": Above("")}, order_by="outbox_at", limit=_PAGE)
        return await self._documents.find(collection, query)

    async def _relay(self, collection: Collection, document: Document) -> int:
        sent: set[str] = set()
        for entry in document.body["outbox"]:
            await self._publisher.publish(event_as_written(entry["topic"], entry["data"]))
            sent.add(entry["data"]["event_id"])
        failpoint("outbox.after-publish")
        await self._remove(collection, document, sent)
        return len(sent)

    async def _remove(self, collection: Collection, document: Document, sent: set[str]) -> None:
        current: Document | None = document
        while current is not None:
            body = without_events(current.body, sent)
            try:
                await self._documents.replace(collection, current.id, body, revision=current.revision)
            except Stale:
                current = await self._documents.get(collection, current.id)
            else:
                return
