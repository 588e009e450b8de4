"""One administrator always remains, however many are taken away at once, by whichever processes.

People are a document each, so no single write can see them all. One more document counts administrators:

1. Counted are only people who are administrators of all tenants (not always all of them: new ones are counted when it
   matters).
2. Before somebody ceases to be one, the count goes down by them, in a conditional write, and never to none.
3. When it would, administrators not yet counted are looked for. Each is written again, unchanged: whoever was about to
   take that one away loses their own conditional write, and has to begin anew.

A process that dies in between leaves somebody uncounted, which step 3 mends. Nothing is timed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reentra.auth.domain.persons import administers
from reentra.auth.operations.people import PEOPLE
from reentra.common.errors import Conflict, Stale
from reentra.common.stores.documents import Collection, Document, Documents, Query

ADMINISTRATORS = Collection("administrators")
_ID = "counted"
_TRIES = 20
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Count:
    ids: frozenset[str]
    revision: int


class Administrators:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def let_go(self, person: Document) -> None:
        """To be called between reading this person and a write, on condition of the revision read, that makes them
        none. Raises Conflict when nobody else would remain."""
        for _ in range(_TRIES):
            count = await self._count()
            others = count.ids - {person.id}
            try:
                if not others:
                    others = await self._uncounted(person.id)
                if not others:
                    raise Conflict(
                        f"{person.body['name']} is the last administrator who can sign in. "
                        "Make somebody else an administrator first."
                    )
                # Also when nothing changes: whoever looks for the uncounted now has to look again.
                await self._replace(others, count.revision)
            except Stale:
                continue
            return
        raise Conflict("Several people are changing administrators at once. Try again.")

    async def _count(self) -> _Count:
        found = await self._documents.get(ADMINISTRATORS, _ID)
        if found is None:
            try:
                found = await self._documents.insert(ADMINISTRATORS, _ID, {"ids": []})
            except Conflict:
                return await self._count()
        return _Count(frozenset(found.body["ids"]), found.revision)

    async def _uncounted(self, but: str) -> frozenset[str]:
        """Raises Stale when one of them changed while being looked at."""
        where: Mapping[str, str] = {"role": "admin"}
        found = await self._documents.find(PEOPLE, Query(where=where, limit=_MOST))
        others = [one for one in found if one.id != but and administers(one.body)]
        for one in others:
            await self._documents.replace(PEOPLE, one.id, one.body, revision=one.revision)
        return frozenset(one.id for one in others)

    async def _replace(self, ids: frozenset[str], revision: int) -> None:
        await self._documents.replace(ADMINISTRATORS, _ID, {"ids": sorted(ids)}, revision=revision)
