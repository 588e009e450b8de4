"""Events that must go out with a change lie in the changed document; a relay publishes and then removes them.

`with_events` puts them there, in the same write as the change. Whoever wrote them sends them at once, if it can
(`common.jobs.sending`). The `Relay` sends what stayed. It may publish an event twice (it dies between publishing and
removing, or there are two relays); it never loses one, and keeps a document's events in order.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import structlog

from reentra.common.clients.topics import NoSuchTopic, event_as_written
from reentra.common.errors import ReentraError, RetryLater, Stale
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import Above, Collection, Document, Documents, Index, Json, Query
from reentra.common.testing.failpoints import failpoint

log = structlog.get_logger()

OUTBOX_INDEX = Index(("outbox_at",))
"""For collections whose documents carry events: the relay finds them without reading the rest."""
_PAGE = 100


class EventPublisher(Protocol):
    async def publish(self, event: Event) -> None:
        """Returns when the bus has it. Raises RetryLater when the bus cannot be reached, of which NoSuchTopic concerns
        this event alone, as every other error does."""


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
        """Publishes what lies in outboxes now. How many events that were. Raises RetryLater while the bus is away."""
        published = 0
        for collection in self._collections:
            async for document in self._waiting(collection):
                published += await self._relay(collection, document)
        return published

    async def _round(self, seen: set[str]) -> set[str]:
        """Publishes for documents whose oldest event is among `seen`. The oldest events of the others."""
        new: set[str] = set()
        for collection in self._collections:
            async for document in self._waiting(collection):
                oldest = _oldest(document)
                if oldest in seen:
                    await self._relay(collection, document)
                new.add(oldest)
        return new

    async def _waiting(self, collection: Collection) -> AsyncIterator[Document]:
        """All of them, however many stay where they are."""
        after, page = None, _PAGE
        while page == _PAGE:
            query = Query({"outbox_at": Above("")}, "outbox_at", after=after, limit=_PAGE)
            found = await self._documents.find(collection, query)
            for document in found:
                yield document
                after = (document.body["outbox_at"], document.id)
            page = len(found)

    async def _relay(self, collection: Collection, document: Document) -> int:
        """How many were published. An event that cannot be sent holds those behind it in its document, no others."""
        sent: set[str] = set()
        try:
            for entry in document.body["outbox"]:
                topic, data, event_id = entry["topic"], entry["data"], entry["data"]["event_id"]
                await self._publisher.publish(event_as_written(topic, data))
                sent.add(event_id)
        except Exception as error:
            if isinstance(error, RetryLater) and not isinstance(error, NoSuchTopic):
                raise
            reason = error.message if isinstance(error, ReentraError) else type(error).__name__
            log.error("an event cannot be sent", collection=collection.name, document=document.id, reason=reason)
        failpoint("outbox.after-publish")
        if sent:
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


def _oldest(document: Document) -> str:
    """Which event that is, also of an outbox that nobody can read."""
    try:
        return str(document.body["outbox"][0]["data"]["event_id"])
    except (LookupError, TypeError):
        return document.id
