"""Graph's waits as documents, one per cloud and tenant: how long nobody may send, by the store's own clock.

Like the job ledger a collection with several writers: every service that talks to Graph. Writes are conditional, and
only ever lengthen a wait.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from reentra.common.clock import from_text, to_text
from reentra.common.errors import Conflict
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Collection, Documents, Json

GRAPH_WAITS = Collection("graph_waits")
"""Id `<cloud>:<tenant id>`; body {lane: {until, seconds}}."""


class StoredWaits:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def remaining(self, cloud: str, tenant_id: TenantId) -> Mapping[str, float]:
        """Never more than what was told, also when the clock was set back meanwhile."""
        found = await self._documents.get(GRAPH_WAITS, f"{cloud}:{tenant_id}")
        if found is None:
            return {}
        now = await self._documents.now()
        left = {lane: min(_left(wait, now), float(wait["seconds"])) for lane, wait in found.body.items()}
        return {lane: seconds for lane, seconds in left.items() if seconds > 0}

    async def keep(self, cloud: str, tenant_id: TenantId, lanes: tuple[str, ...], seconds: float) -> None:
        until = await self._documents.now() + timedelta(seconds=seconds)
        while not await self._tried(f"{cloud}:{tenant_id}", lanes, until, seconds):
            pass

    async def _tried(self, id: str, lanes: tuple[str, ...], until: datetime, seconds: float) -> bool:
        """False when another writer came between."""
        found = await self._documents.get(GRAPH_WAITS, id)
        told = {"until": to_text(until), "seconds": seconds}
        body: Json = dict(found.body) if found else {}
        later = {lane: told for lane in lanes if lane not in body or from_text(body[lane]["until"]) < until}
        try:
            if found is None:
                await self._documents.insert(GRAPH_WAITS, id, later)
            elif later:
                await self._documents.replace(GRAPH_WAITS, id, body | later, revision=found.revision)
        except Conflict:
            return False
        return True


def _left(wait: Json, now: datetime) -> float:
    return (from_text(wait["until"]) - now).total_seconds()
