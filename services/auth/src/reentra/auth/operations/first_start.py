"""The first start makes the local administrator and a link by which they choose their name and password.

Only the hash of its secret is stored: a process that died before it showed the link took the way in with it. So a note
stands from before the person is made until the link was shown, and a later start that finds the note, and a link that
nobody used, makes another one.
"""

from dataclasses import dataclass
from datetime import timedelta

from reentra.auth.operations.membership import Membership
from reentra.auth.operations.people import PEOPLE, People
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Conflict, NotFound, Stale
from reentra.common.stores.documents import Collection, Document, Documents, Query

FIRST_STARTS = Collection("first_starts")
_UNTOLD = "untold"
_TELLING = timedelta(minutes=1)
"""Longer than a start takes that is not killed."""


@dataclass(frozen=True, slots=True)
class FirstStart:
    """The local administrator was made just now. `link`: where they choose their name and password, once. `password`
    None: they were made by a start that died."""

    link: str
    password: str | None


class FirstStarts:
    def __init__(self, documents: Documents, people: People, membership: Membership, clock: Clock) -> None:
        self._documents = documents
        self._people = people
        self._membership = membership
        self._clock = clock

    async def begin(self, *, alone: bool) -> FirstStart | None:
        """None when there are people, or when another process is about to show its link. `alone`: there is none."""
        note = await self._documents.get(FIRST_STARTS, _UNTOLD)
        if note is None and await self._documents.find(PEOPLE, Query(limit=1)):
            return None
        if not await self._noted(note, alone):
            return None
        made = await self._people.ensure_administrator()
        if made is None and not await self._is_untold():
            await self.told()
            return None
        invited = await self._membership.invite_local_administrator()
        return FirstStart(invited.link, made.password if made else None)

    async def told(self) -> None:
        """The link was shown; after this no start shows another one."""
        await self._documents.delete(FIRST_STARTS, _UNTOLD)

    async def _noted(self, note: Document | None, alone: bool) -> bool:
        """That it is us who tell."""
        body = {"since": to_text(self._clock.now())}
        try:
            if note is None:
                await self._documents.insert(FIRST_STARTS, _UNTOLD, body)
            elif alone or self._clock.now() >= from_text(note.body["since"]) + _TELLING:
                await self._documents.replace(FIRST_STARTS, _UNTOLD, body, revision=note.revision)
            else:
                return False
        except (Conflict, Stale, NotFound):
            return False
        return True

    async def _is_untold(self) -> bool:
        """Of somebody made by a start that died: whether neither a link nor a password was ever used."""
        person = await self._people.local_administrator()
        if person is None or person.body.get("last_sign_in_at"):
            return False
        return person.body.get("invitation", "none yet") is not None
