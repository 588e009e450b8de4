"""Whether the catalogue's collections agree with each other: what is kept twice is equal, what refers finds something.

Backups may go on meanwhile: what a seal is about to write is no contradiction, and whatever looks like one is read
again before it counts.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from pymongo import ASCENDING

from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.stores.inspection import Damage
from reentra.common.stores.mongo import checksums
from reentra.common.stores.mongo.tables import SEALING, Fields, Tables, contradicts_itself

_MOST = 50
_ADVICE = "Stop Reentra and run `reentra rebuild`: the catalogue is made again from the stored objects."
_ENDS = {"tenant": 1, "type": 1, "object_id": 1, "first": 1, "last": 1}
_BY_OBJECT = [(name, ASCENDING) for name in ("tenant", "type", "object_id", "first")]
Numbers = dict[TenantId, set[SnapshotNumber]]


async def small_tables(tables: Tables) -> AsyncIterator[Damage]:
    newest: dict[str, int] = {}
    active: dict[str, int] = {}
    async for snapshot in tables.snapshots.find():
        tenant_id, number = snapshot.get("tenant"), snapshot.get("number")
        if not checksums.is_snapshot(snapshot) or snapshot["_id"] != f"{tenant_id}/{number}":
            yield _damage("snapshots", tenant_id, f"The row of snapshot {snapshot['_id']} is not as it was written.")
            continue
        if contradicts_itself(snapshot):
            yield _damage("snapshots", tenant_id, f"The state of snapshot {number} contradicts itself.")
        newest[snapshot["tenant"]] = max(newest.get(snapshot["tenant"], 0), snapshot["number"])
        active[snapshot["tenant"]] = active.get(snapshot["tenant"], 0) + bool(snapshot.get("active"))
    for tenant_id, count in active.items():
        if count > 1:
            yield _damage("snapshots", tenant_id, f"{count} snapshots are being written at once.")
    counted = {tenant["_id"]: tenant.get("last") async for tenant in tables.tenants.find()}
    for tenant_id, number in newest.items():
        last = counted.get(tenant_id)
        if not isinstance(last, int) or last < number:
            yield _damage("tenants", tenant_id, f"Its newest snapshot is {number}, its count says {last}.")


async def large_tables(tables: Tables) -> AsyncIterator[Damage]:
    there = await _there(tables)
    async for damage in _types(tables):
        yield damage
    strays, broken = 0, 0
    before: Fields | None = None
    async for version in tables.versions.find({}, _ENDS, sort=_BY_OBJECT):
        if strays < _MOST and await _is_stray(tables, version, there):
            strays += 1
            yield _damage("versions", version.get("tenant"), f"{_named(version)} begins in a snapshot that is none.")
        if before is not None and broken < _MOST and await _is_broken(tables, before, version):
            broken += 1
            yield _damage(
                "versions", before.get("tenant"), f"{_named(before)} has a state that ends when no other begins."
            )
        before = version
    if before is not None and await _is_broken(tables, before, None):
        yield _damage("versions", before.get("tenant"), f"{_named(before)} has a state that ends when no other begins.")


async def _there(tables: Tables) -> Numbers:
    """Snapshots that have versions: sealed ones, and those being sealed."""
    found: Numbers = {}
    query = {"status": {"$in": ["sealed", SEALING]}}
    async for snapshot in tables.snapshots.find(query, {"tenant": 1, "number": 1}):
        found.setdefault(TenantId(snapshot["tenant"]), set()).add(SnapshotNumber(snapshot["number"]))
    return found


async def _types(tables: Tables) -> AsyncIterator[Damage]:
    """What is not among a tenant's types is never counted, and found by no search for an id."""
    for tenant_id in sorted(await tables.snapshots.distinct("tenant")):
        stored: Sequence[Any] = await tables.versions.distinct("type", {"tenant": tenant_id})
        if await tables.snapshots.find_one({"tenant": tenant_id, "active": True}) is not None:
            continue
        tenant = await tables.tenants.find_one({"_id": tenant_id}) or {}
        for name in sorted({str(name) for name in stored} - set(tenant.get("types", ()))):
            yield _damage("tenants", tenant_id, f"Objects of type {name[:64]} are stored and not listed.")


async def _is_stray(tables: Tables, version: Fields, there: Numbers) -> bool:
    """Read again before it counts: its snapshot may have been sealed meanwhile. A tenant without any snapshot is being
    forgotten."""
    tenant_id, number = TenantId(str(version.get("tenant"))), version.get("first")
    if number in there.get(tenant_id, ()):
        return False
    if await tables.snapshots.find_one({"tenant": tenant_id}) is None:
        return False
    one = {"tenant": tenant_id, "number": number, "status": {"$in": ["sealed", SEALING]}}
    return await tables.snapshots.find_one(one) is None


async def _is_broken(tables: Tables, version: Fields, following: Fields | None) -> bool:
    if version.get("last") == _beginning(version, following):
        return False
    one = {name: version.get(name) for name in ("tenant", "type", "object_id")}
    found = await tables.versions.find(one, _ENDS, sort=[("first", ASCENDING)]).to_list(None)
    sealing = await tables.snapshots.find_one({"tenant": one["tenant"], "status": SEALING})
    number = sealing["number"] if sealing is not None else None
    for place, again in enumerate(found):
        if again["_id"] == version["_id"]:
            begins = _beginning(again, found[place + 1] if place + 1 < len(found) else None)
            # A seal writes the new version first, and then the end of the one before it.
            return bool(again.get("last") != begins and (begins is None or begins != number))
    return False  # forgotten meanwhile


def _beginning(version: Fields, following: Fields | None) -> Any:
    """When the next version of the same object begins, if there is one."""
    if following is None:
        return None
    same = all(version.get(name) == following.get(name) for name in ("tenant", "type", "object_id"))
    return following.get("first") if same else None


def _named(version: Fields) -> str:
    return f"The {version.get('type')} {str(version.get('object_id'))[:64]}"


def _damage(table: str, tenant_id: object, what: str) -> Damage:
    known = TenantId(str(tenant_id)) if tenant_id is not None else None
    return Damage(f"catalogue/{table}", f"The catalogue of tenant {known} is damaged: {what} {_ADVICE}", known)
