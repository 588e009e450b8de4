"""What no handler could take, kept so that people can see it and have it sent again.

1. Every letter of every `.dlq` topic becomes a document, once, and stays for thirty days: in one process nothing else
   would outlive it, and nobody needs Kafka's own tools.
2. A replay sends the message as it was and then notes who wanted that. A crash between the two, or somebody doing the
   same at that moment, sends it twice, which every handler bears. A letter that is noted is not sent again.
3. A message that fails once more comes back as another letter.
4. What nobody wants sent again is dismissed: it waits no longer, stays to be seen, and can still be replayed.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from reentra.common.clock import Clock, to_text
from reentra.common.errors import Conflict, NotFound, Stale
from reentra.common.events.dead_letter import DeadLetter
from reentra.common.stores.documents import Below, Collection, Condition, Document, Documents, Index, Json, Query

DEAD_LETTERS = Collection("dead_letters", (Index(("parked_at",)), Index(("state", "parked_at"))))
State = Literal["parked", "replayed", "dismissed"]
_KEPT = timedelta(days=30)
_SWEEP_PAGE = 100


class Carrier(Protocol):
    async def replay(self, letter: DeadLetter) -> None:
        """Raises RetryLater when the bus is away, Rejected when it would refuse the message again."""


@dataclass(frozen=True, slots=True)
class KeptLetter:
    letter: DeadLetter
    state: State
    replayed_at: str | None
    replayed_by: str | None
    dismissed_at: str | None
    dismissed_by: str | None


@dataclass(frozen=True, slots=True)
class LetterFilter:
    topic: str | None = None
    state: State | None = None


class DeadLetters:
    def __init__(self, documents: Documents, clock: Clock, carrier: Carrier) -> None:
        self._documents = documents
        self._clock = clock
        self._carrier = carrier

    async def keep(self, letter: DeadLetter) -> None:
        try:
            await self._documents.insert(DEAD_LETTERS, letter.id, _body(letter))
        except Conflict:
            return
        await self._sweep()

    async def list(
        self, wanted: LetterFilter, *, after: tuple[str, str] | None = None, limit: int
    ) -> Sequence[KeptLetter]:
        """Newest first. `after`: time and id of the last one seen."""
        where: dict[str, Condition] = {
            name: value for name, value in (("topic", wanted.topic), ("state", wanted.state)) if value is not None
        }
        query = Query(where=where, order_by="parked_at", descending=True, after=after, limit=limit)
        return [_kept(document) for document in await self._documents.find(DEAD_LETTERS, query)]

    async def replay(self, id: str, actor: str) -> KeptLetter:
        document = await self._read(id)
        if document.body["state"] == "replayed":
            return _kept(document)
        await self._carrier.replay(_kept(document).letter)
        return await self._note(document, "replayed", actor)

    async def dismiss(self, id: str, actor: str) -> KeptLetter:
        """One that was replayed stays as it is."""
        document = await self._read(id)
        if document.body["state"] != "parked":
            return _kept(document)
        return await self._note(document, "dismissed", actor)

    async def _read(self, id: str) -> Document:
        document = await self._documents.get(DEAD_LETTERS, id)
        if document is None:
            raise NotFound(f"There is no dead letter {id!r}. `reentra dead-letters list` shows those that are kept.")
        return document

    async def _note(self, document: Document, state: State, actor: str) -> KeptLetter:
        now = to_text(self._clock.now())
        noted = document.body | {"state": state, f"{state}_at": now, f"{state}_by": actor}
        try:
            return _kept(await self._documents.replace(DEAD_LETTERS, document.id, noted, revision=document.revision))
        except Stale:
            # Somebody else did something with it at the same time, or it was swept.
            return _kept(await self._documents.get(DEAD_LETTERS, document.id) or Document(document.id, 0, noted))

    async def _sweep(self) -> None:
        old = {"parked_at": Below(to_text(self._clock.now() - _KEPT))}
        for document in await self._documents.find(DEAD_LETTERS, Query(old, order_by="parked_at", limit=_SWEEP_PAGE)):
            await self._documents.delete(DEAD_LETTERS, document.id)


def _body(letter: DeadLetter) -> Json:
    return {
        "state": "parked",
        "parked_at": letter.time,
        "topic": letter.topic,
        "code": letter.code,
        "reason": letter.reason,
        "group": letter.group,
        "key": _packed(letter.key) if letter.key is not None else None,
        # Pairs, because a header may have a name that no document's field can have.
        "headers": [[name, value] for name, value in letter.headers.items()],
        "body": _packed(letter.body),
        "size": letter.size,
        "replayed_at": None,
        "replayed_by": None,
    }


def _kept(document: Document) -> KeptLetter:
    body = document.body
    letter = DeadLetter(
        id=document.id,
        topic=body["topic"],
        code=body["code"],
        reason=body["reason"],
        group=body["group"],
        time=body["parked_at"],
        key=b64decode(body["key"]) if body["key"] is not None else None,
        headers=dict(body["headers"]),
        body=b64decode(body["body"]),
        size=body["size"],
    )
    # Letters from before there was dismissing have no field for it.
    dismissed = body.get("dismissed_at"), body.get("dismissed_by")
    return KeptLetter(letter, body["state"], body["replayed_at"], body["replayed_by"], *dismissed)


def _packed(data: bytes) -> str:
    return b64encode(data).decode()
