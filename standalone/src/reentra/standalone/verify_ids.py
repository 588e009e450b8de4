"""The part of `verify` that looks at the ids that restores gave: every map opens, none is missing, and the database
says nothing that they do not say."""

from dataclasses import dataclass, field

from reentra.common.errors import Unreadable
from reentra.common.ids import TenantId
from reentra.common.snapshot.id_maps import GivenId, id_map_blob, latest, list_id_maps, read_id_map
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.restores import given_ids
from reentra.standalone.findings import Findings
from reentra.standalone.verify_stores import Stores

_REBUILD = "stop Reentra and run `reentra rebuild`"


@dataclass(slots=True)
class StoredIds:
    """A tenant's maps in their order, as far as they can be read. `newest`: the highest number."""

    maps: list[tuple[GivenId, ...]] = field(default_factory=list)
    newest: int = 0
    _all: set[GivenId] = field(default_factory=set)

    def add(self, given: tuple[GivenId, ...]) -> None:
        self.maps.append(given)
        self._all.update(given)

    def tell(self, given: GivenId) -> bool:
        """Whether any of them does, be it overruled since."""
        return given in self._all


async def read_ids(blobs: Blobs, keys: TenantKeys, findings: Findings) -> StoredIds:
    """What is damaged or missing is an error, and left out."""
    numbers = await list_id_maps(blobs, keys.tenant_id)
    found = StoredIds(newest=max(numbers, default=0))
    for number in range(1, found.newest + 1):
        try:
            found.add(await read_id_map(blobs, keys, number))
        except Unreadable as error:
            findings.error("ids", id_map_blob(keys.tenant_id, number), error.message, keys.tenant_id)
    return found


async def check_ids(stores: Stores, keys: TenantKeys, findings: Findings) -> None:
    tenant_id = keys.tenant_id
    try:
        # In this order: what the database says was in the object store before.
        known = await given_ids(stores.documents, tenant_id)
        stored = await read_ids(stores.blobs, keys, findings)
        behind = _behind(known, stored)
        if behind:  # a restore that runs stores the one and then the other
            now = await given_ids(stores.documents, tenant_id)
            behind = [old for old in _behind(now, stored) if old in behind]
    except Unreadable:
        return  # the inspection names what is damaged
    _tell(tenant_id, known, stored, behind, findings)


def _behind(known: dict[str, GivenId], stored: StoredIds) -> list[str]:
    """Old ids of which the maps tell, and the database nothing or what was before."""
    found: list[str] = []
    for old, given in latest(stored.maps).items():
        now = known.get(old)
        if now != given and (now is None or stored.tell(now)):
            found.append(old)
    return found


def _tell(
    tenant_id: TenantId, known: dict[str, GivenId], stored: StoredIds, behind: list[str], findings: Findings
) -> None:
    where = f"ids of tenant {tenant_id}"
    if untold := [given for given in known.values() if not stored.tell(given)]:
        message = (
            f"{len(untold)} of the ids that restores gave to objects of tenant {tenant_id} are in the database alone, "
            f"first {untold[0].old_id}; {_REBUILD}, which stores them with the objects."
        )
        # Before there were maps the database was the only place.
        (findings.error if stored.newest else findings.warning)("ids", where, message, tenant_id)
    if behind:
        message = (
            f"The database has forgotten {len(behind)} of the ids that restores gave to objects of tenant {tenant_id}, "
            f"first that of {behind[0]}; {_REBUILD}, which brings them back."
        )
        findings.warning("ids", where, message, tenant_id)
