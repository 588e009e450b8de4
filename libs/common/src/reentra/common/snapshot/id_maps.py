"""Which ids objects got when restores made them anew, kept beside the snapshots that call them by their old ones.

`tenants/<tenant>/ids/<8-digit number>.json` is create-only canonical JSON; its ids are sealed with the tenant's keys
for this tenant and number. Numbers count without gaps, over all processes: a later one's word counts, and one that is
missing is noticed. `docs/formats/restore.md` is the specification.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.ids import TenantId
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.stores.blobs import Blobs

FORMAT = "reentra-ids-1"
_CANONICAL = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class GivenId:
    """`old_id` in lower case. `plan_id`: the restore plan whose step made the object."""

    old_id: str
    new_id: str
    object_type: str
    plan_id: str


@dataclass(slots=True)
class IdMapLog:
    """Appends to a tenant's id maps. Two that append at once get numbers of their own."""

    blobs: Blobs
    keys: TenantKeys
    _next: int = field(default=0, init=False)

    async def append(self, given: Sequence[GivenId]) -> int:
        """Its number. When it is not known whether it was stored, doing it again is harmless."""
        tenant_id = self.keys.tenant_id
        if not self._next:
            self._next = max(await list_id_maps(self.blobs, tenant_id), default=0) + 1
        while True:
            number, self._next = self._next, self._next + 1
            data = encode(self.keys, number, given)
            if decode(self.keys, number, data) != tuple(given):  # before anything depends on it
                raise Unreadable(f"New ids of tenant {tenant_id} did not open again. Check this machine's memory.")
            try:
                await self.blobs.create(id_map_blob(tenant_id, number), data)
            except Conflict:
                continue
            return number


def id_map_prefix(tenant_id: TenantId) -> str:
    return f"tenants/{tenant_id}/ids/"


def id_map_blob(tenant_id: TenantId, number: int) -> str:
    return f"{id_map_prefix(tenant_id)}{number:08d}.json"


async def list_id_maps(blobs: Blobs, tenant_id: TenantId) -> list[int]:
    """Their numbers, ascending."""
    numbers: list[int] = []
    async for key in blobs.list(id_map_prefix(tenant_id)):
        name = key.removeprefix(id_map_prefix(tenant_id)).removesuffix(".json")
        if name.isdecimal() and id_map_blob(tenant_id, int(name)) == key:
            numbers.append(int(name))
    return sorted(numbers)


async def read_id_map(blobs: Blobs, keys: TenantKeys, number: int) -> tuple[GivenId, ...]:
    """Raises Unreadable."""
    try:
        data = await blobs.read(id_map_blob(keys.tenant_id, number))
    except NotFound as error:
        raise _damaged(keys.tenant_id, number, "it is missing") from error
    return decode(keys, number, data)


def latest(maps: Iterable[Iterable[GivenId]]) -> Mapping[str, GivenId]:
    """By old id, from maps in the order of their numbers."""
    return {one.old_id: one for given in maps for one in given}


def encode(keys: TenantKeys, number: int, given: Sequence[GivenId]) -> bytes:
    rows = [{"new": g.new_id, "old": g.old_id, "plan": g.plan_id, "type": g.object_type} for g in given]
    sealed = keys.seal(orjson.dumps(rows, option=_CANONICAL), _context(keys.tenant_id, number))
    return _file(keys.tenant_id, number, sealed)


def decode(keys: TenantKeys, number: int, data: bytes) -> tuple[GivenId, ...]:
    """Raises Unreadable: damaged, altered, of another tenant or number, of an unknown version."""
    tenant_id = keys.tenant_id
    try:
        body = orjson.loads(data)
        form, sealed = body["format"], body["sealed"]
        exact = form != FORMAT or _file(tenant_id, number, sealed) == data
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(tenant_id, number, "it is no id map") from error
    if form != FORMAT:
        raise _damaged(tenant_id, number, f"its format is {form!r}, this Reentra reads {FORMAT}")
    if not exact:
        raise _damaged(tenant_id, number, "it is altered, or of another tenant or number")
    try:
        rows = orjson.loads(keys.unseal(sealed, _context(tenant_id, number)))
    except Unreadable as error:
        raise _damaged(tenant_id, number, "it does not open with the tenant's keys") from error
    return tuple(GivenId(row["old"], row["new"], row["type"], row["plan"]) for row in rows)


def _file(tenant_id: TenantId, number: int, sealed: str) -> bytes:
    body = {"format": FORMAT, "tenant": tenant_id, "number": number, "sealed": sealed}
    return orjson.dumps(body, option=_CANONICAL) + b"\n"


def _context(tenant_id: TenantId, number: int) -> str:
    return f"ids that restores gave, number {number} of tenant {tenant_id}"


def _damaged(tenant_id: TenantId, number: int, what: str) -> Unreadable:
    blob = id_map_blob(tenant_id, number)
    return Unreadable(
        f"{blob}, ids that objects of tenant {tenant_id} got in restores, cannot be used: {what}. "
        "Put it back from a copy of the object folder, then run `reentra verify`.",
        blob=blob,
        tenant_id=tenant_id,
        number=number,
    )
