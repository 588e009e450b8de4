"""How objects that restores made anew are called now: known from the database, and kept in the object store.

What is new goes into the object store first: whatever the database says, a rebuild can say again.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from reentra.common.ids import TenantId
from reentra.common.snapshot.id_maps import GivenId, IdMapLog
from reentra.common.stores.documents import Documents
from reentra.common.stores.restores import given_ids, store_given_id


@dataclass(slots=True)
class IdBook:
    """Of one tenant. `open_log` is only asked when there is something to keep."""

    tenant_id: TenantId
    documents: Documents
    open_log: Callable[[TenantId], Awaitable[IdMapLog]]
    _known: dict[str, GivenId]
    _log: IdMapLog | None = None

    def ids(self) -> dict[str, str]:
        """Old id (lower case) to the id it has now, over any number of restores."""
        direct = {old: given.new_id for old, given in self._known.items()}
        return {old: _end_of(direct, old) for old in direct}

    def given_by_another(self, old: str, plan_id: str) -> bool:
        """Whether the last word on its present id is that of another plan."""
        known = self._known.get(old.lower())
        return known is not None and known.plan_id != plan_id

    async def keep(self, given: Iterable[GivenId]) -> None:
        """Repeating it is harmless; a later restore's word counts, also when it gives the first id again."""
        new = [one for one in given if self._says_otherwise(one)]
        if not new:
            return
        if self._log is None:
            self._log = await self.open_log(self.tenant_id)
        await self._log.append(new)
        for one in new:
            await store_given_id(self.documents, self.tenant_id, one)
            self._known[one.old_id] = one

    def _says_otherwise(self, given: GivenId) -> bool:
        known = self._known.get(given.old_id)
        return (known.new_id if known else given.old_id).lower() != given.new_id.lower()


async def open_id_book(
    documents: Documents, tenant_id: TenantId, open_log: Callable[[TenantId], Awaitable[IdMapLog]]
) -> IdBook:
    return IdBook(tenant_id, documents, open_log, await given_ids(documents, tenant_id))


def _end_of(direct: Mapping[str, str], old: str) -> str:
    """Through maps of maps: what was restored twice has two new ids, of which the last counts."""
    seen = {old}
    new = direct[old]
    while (following := direct.get(new.lower())) is not None and new.lower() not in seen:
        seen.add(new.lower())
        new = following
    return new
