"""Browser sessions, kept on the server: the cookie is a random number of which only the hash is stored."""

from datetime import timedelta

from reentra.auth.domain.secrecy import digest, new_secret
from reentra.auth.errors import NotSignedIn
from reentra.auth.operations.people import People
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Stale
from reentra.common.people import Session, Subject
from reentra.common.stores.documents import Below, Collection, Document, Documents, Index, Query

SESSIONS = Collection("sessions", (Index(("expires_at",)), Index(("person_id",))))
_ENDED = "You are not signed in, or the session has ended. Sign in again."
_SEEN_STEP = timedelta(minutes=1)
"""How exactly the last use is known; a write per request would be too many."""
_BATCH = 100


class Sessions:
    def __init__(
        self, documents: Documents, people: People, clock: Clock, *, idle: timedelta, longest: timedelta
    ) -> None:
        self._documents = documents
        self._people = people
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def begin(self, subject: Subject) -> Session:
        """Raises NotSignedIn when they were disabled in this very moment."""
        await self._sweep()
        await self._people.signed_in(subject.id)
        now = self._clock.now()
        session_id, csrf_token = new_secret(), new_secret()
        expires_at = to_text(now + self._longest)
        body = {
            "person_id": subject.id,
            "csrf_token": csrf_token,
            "created_at": to_text(now),
            "seen_at": to_text(now),
            "expires_at": expires_at,
        }
        await self._documents.insert(SESSIONS, digest(session_id), body)
        return Session(session_id, csrf_token, subject, expires_at)

    async def resume(self, session_id: str) -> Session:
        """Raises NotSignedIn when it is unknown, idle for too long or too old."""
        document = await self._documents.get(SESSIONS, digest(session_id))
        if document is None:
            raise NotSignedIn(_ENDED)
        body, now = document.body, self._clock.now()
        if self._has_ended(document):
            await self._documents.delete(SESSIONS, document.id)
            raise NotSignedIn(_ENDED)
        subject = await self._people.get(body["person_id"])
        if subject is None:
            raise NotSignedIn(_ENDED)
        if now - from_text(body["seen_at"]) >= _SEEN_STEP:
            await self._touch(document.id, body | {"seen_at": to_text(now)}, document.revision)
        return Session(session_id, body["csrf_token"], subject, body["expires_at"])

    async def holder(self, session_id: str) -> Subject | None:
        """Whose it is; None when it has ended, is too old or was not used for too long, or its person has no access
        any more. This is no use of it: an open page alone does not keep it alive."""
        document = await self._documents.get(SESSIONS, digest(session_id))
        if document is None or self._has_ended(document):
            return None
        return await self._people.get(document.body["person_id"])

    async def end(self, session_id: str) -> None:
        await self._documents.delete(SESSIONS, digest(session_id))

    async def end_all(self, person_id: str, *, but: str | None = None) -> None:
        """After a change of password, or when somebody ceases to have access."""
        kept = digest(but) if but else None
        for document in await self._documents.find(SESSIONS, Query(where={"person_id": person_id}, limit=10_000)):
            if document.id != kept:
                await self._documents.delete(SESSIONS, document.id)

    def _has_ended(self, document: Document) -> bool:
        body, now = document.body, self._clock.now()
        return now >= from_text(body["expires_at"]) or now >= from_text(body["seen_at"]) + self._idle

    async def _touch(self, id: str, body: dict[str, str], revision: int) -> None:
        try:
            await self._documents.replace(SESSIONS, id, body, revision=revision)
        except Stale:
            return  # Another request of the same session was faster, or it was ended.

    async def _sweep(self) -> None:
        ended = Query(where={"expires_at": Below(to_text(self._clock.now()))}, limit=_BATCH)
        for document in await self._documents.find(SESSIONS, ended):
            await self._documents.delete(SESSIONS, document.id)
