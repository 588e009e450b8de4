"""Requests that start work may be repeated with the same Idempotency-Key: the answer of the first one is given again.

The job's id follows from the key (`job_id_for`), so that a gateway that died between submitting and answering finds
the job instead of making a second one.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Conflict, Rejected
from reentra.common.ids import JobId
from reentra.common.stores.documents import Below, Collection, Document, Documents, Index, Json, Query
from reentra.gateway.errors import KeyReused, StillRunning

IDEMPOTENCY = Collection("idempotency", (Index(("expires_at",)),))
_LONGEST_KEY = 200
_PATIENCE = timedelta(seconds=30)
"""After which an unanswered first request counts as dead."""
_BATCH = 100


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Keys of different callers and routes never meet."""

    id: str
    fingerprint: str


def request_key(*, caller: str, method: str, path: str, key: str, body: bytes) -> RequestKey:
    if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        raise Rejected(f"An Idempotency-Key has 1 to {_LONGEST_KEY} printable characters.")
    joined = "\n".join((caller, method, path, key))
    return RequestKey(sha256(joined.encode()).hexdigest(), sha256(body).hexdigest())


def job_id_for(key: RequestKey | None) -> JobId | None:
    return JobId(str(uuid5(NAMESPACE_URL, key.id))) if key else None


class Idempotency:
    def __init__(self, documents: Documents, clock: Clock, *, kept: timedelta) -> None:
        self._documents = documents
        self._clock = clock
        self._kept = kept

    async def begin(self, key: RequestKey) -> StoredAnswer | None:
        """The answer given before; None: go ahead. Raises KeyReused and StillRunning."""
        await self._sweep()
        while True:
            try:
                await self._documents.insert(IDEMPOTENCY, key.id, self._begun(key))
                return None
            except Conflict:
                document = await self._documents.get(IDEMPOTENCY, key.id)
            if document is not None:
                return await self._known(document, key)

    async def finish(self, key: RequestKey, answer: StoredAnswer) -> None:
        document = await self._documents.get(IDEMPOTENCY, key.id)
        if document is not None:
            stored = {"status": answer.status, "body": b64encode(answer.body).decode()}
            await self._documents.replace(
                IDEMPOTENCY, key.id, document.body | {"answer": stored}, revision=document.revision
            )

    async def forget(self, key: RequestKey) -> None:
        """The request was refused: nothing was begun, so it may be mended and sent again."""
        await self._documents.delete(IDEMPOTENCY, key.id)

    async def _known(self, document: Document, key: RequestKey) -> StoredAnswer | None:
        body = document.body
        if body["fingerprint"] != key.fingerprint:
            raise KeyReused("This Idempotency-Key was used with another request. Use a new one.")
        if body["answer"]:
            return StoredAnswer(body["answer"]["status"], b64decode(body["answer"]["body"]))
        if self._clock.now() < from_text(body["begun_at"]) + _PATIENCE:
            raise StillRunning("The first request with this Idempotency-Key is still being answered. Ask again soon.")
        await self._documents.replace(IDEMPOTENCY, key.id, self._begun(key), revision=document.revision)
        return None

    def _begun(self, key: RequestKey) -> Json:
        now = self._clock.now()
        return {
            "fingerprint": key.fingerprint,
            "begun_at": to_text(now),
            "expires_at": to_text(now + self._kept),
            "answer": None,
        }

    async def _sweep(self) -> None:
        old = Query(where={"expires_at": Below(to_text(self._clock.now()))}, limit=_BATCH)
        for document in await self._documents.find(IDEMPOTENCY, old):
            await self._documents.delete(IDEMPOTENCY, document.id)
