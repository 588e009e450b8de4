"""Reading the catalogue. A version is valid at snapshot S when first <= S and (last is null or last > S); readers name
sealed snapshots only, whose versions never change."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING

from reentra.common.errors import NotFound
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion, Snapshot
from reentra.common.stores.mongo.driver import aggregate
from reentra.common.stores.mongo.tables import Tables, decode_snapshot, decode_version

_BATCH = 1000
_AT_ONCE = 1000
"""Ids in one question."""
Counts = Counter[tuple[ObjectTypeName, bool]]
"""By type, and whether they live."""
_PLACE = ("segment", "offset", "line", "object_id")


def valid_at(number: int) -> dict[str, Any]:
    """One condition a field: whoever plans it finds the index of the other fields."""
    return {"first": {"$lte": number}, "last": {"$not": {"$lte": number}}}


async def snapshot(tables: Tables, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None:
    found = await tables.snapshots.find_one({"tenant": tenant_id, "number": number})
    return decode_snapshot(found) if found else None


async def snapshots(tables: Tables, tenant_id: TenantId, before: SnapshotNumber | None, limit: int) -> list[Snapshot]:
    condition: dict[str, Any] = {"tenant": tenant_id, "status": "sealed"}
    if before is not None:
        condition["number"] = {"$lt": before}
    found = tables.snapshots.find(condition, sort=[("number", DESCENDING)], limit=limit)
    return [decode_snapshot(stored) async for stored in found]


async def newest(tables: Tables, tenant_id: TenantId, number: SnapshotNumber) -> SnapshotNumber:
    """The newest sealed number. Raises NotFound unless `number` is sealed as well."""
    sealed = await snapshots(tables, tenant_id, None, 1)
    if sealed and sealed[0].number == number:
        return number  # mostly
    asked = await snapshot(tables, tenant_id, number) if sealed else None
    if asked is None or asked.status != "sealed":
        raise NotFound(f"The tenant has no finished snapshot {number}.", number=number)
    return max(number, sealed[0].number)  # others may have been sealed meanwhile, this one as well


async def types(tables: Tables, tenant_id: TenantId) -> list[ObjectTypeName]:
    found = await tables.tenants.find_one({"_id": tenant_id})
    return sorted(ObjectTypeName(name) for name in (found or {}).get("types", ()))


async def heads(
    tables: Tables, tenant_id: TenantId, object_type: ObjectTypeName, ids: Iterable[ObjectId]
) -> dict[ObjectId, ObjectVersion]:
    """Sealed ones, and what has been written of the one being sealed."""
    wanted = list(ids)
    found: dict[ObjectId, ObjectVersion] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        async for head in _heads(tables, tenant_id, {object_type}, wanted[start : start + _AT_ONCE]):
            found[head.object_id] = head
    return found


async def _heads(
    tables: Tables, tenant_id: TenantId, types: Collection[ObjectTypeName], ids: Collection[ObjectId]
) -> AsyncIterator[ObjectVersion]:
    """The newer one last, where an object has two."""
    condition = {"tenant": tenant_id, "type": {"$in": list(types)}, "object_id": {"$in": list(ids)}, "last": None}
    async for stored in tables.versions.find(condition, sort=[("first", ASCENDING)]):
        yield decode_version(stored)


async def counts(tables: Tables, tenant_id: TenantId, number: SnapshotNumber) -> Counts:
    groups = await aggregate(
        tables.versions,
        [
            {"$match": {"tenant": tenant_id, **valid_at(number)}},
            {"$group": {"_id": {"type": "$type", "live": "$live"}, "count": {"$sum": 1}}},
        ],
    )
    return Counts({(ObjectTypeName(group["_id"]["type"]), group["_id"]["live"]): group["count"] for group in groups})


async def live_heads(
    tables: Tables, tenant_id: TenantId, wanted: Collection[tuple[ObjectTypeName, ObjectId]]
) -> dict[tuple[ObjectTypeName, ObjectId], bool]:
    """Of each that has a version, whether the newest is live."""
    found: dict[tuple[ObjectTypeName, ObjectId], bool] = {}
    in_order = sorted(wanted)
    for start in range(0, len(in_order), _AT_ONCE):
        some = in_order[start : start + _AT_ONCE]
        types, ids = {object_type for object_type, _ in some}, {id for _, id in some}
        async for head in _heads(tables, tenant_id, types, ids):
            if (of := (head.object_type, head.object_id)) in wanted:
                found[of] = head.removed is None
    return found


async def objects(
    tables: Tables,
    tenant_id: TenantId,
    object_type: ObjectTypeName,
    number: SnapshotNumber,
    *,
    words: Sequence[str],
    facets: Mapping[str, str],
    removed: bool,
    after: tuple[str, ObjectId] | None,
    limit: int,
) -> list[ObjectVersion]:
    last = await newest(tables, tenant_id, number)
    conditions: list[dict[str, Any]] = [
        *(_found_by(re.escape(word)) for word in words),
        *({"facets": [name, value]} for name, value in facets.items()),
    ]
    if after is not None:
        name, id = after
        conditions.append({"$or": [{"name": {"$gt": name}}, {"name": name, "object_id": {"$gt": id}}]})
    order = [("name", ASCENDING), ("object_id", ASCENDING)]
    condition = {"tenant": tenant_id, "type": object_type, "live": not removed, **valid_at(number)}
    condition |= {"$and": conditions} if conditions else {}
    found = tables.versions.find(condition, sort=order, limit=limit)
    return [decode_version(stored, last) async for stored in found]


async def facet_values(
    tables: Tables,
    tenant_id: TenantId,
    object_type: ObjectTypeName,
    number: SnapshotNumber,
    names: Sequence[str],
    *,
    removed: bool,
) -> dict[str, dict[str, int]]:
    await newest(tables, tenant_id, number)
    steps: list[dict[str, Any]] = [
        {"$match": {"tenant": tenant_id, "type": object_type, "live": not removed, **valid_at(number)}},
        {"$unwind": "$facets"},
        {"$match": {"facets.0": {"$in": list(names)}}},
        {"$group": {"_id": "$facets", "objects": {"$sum": 1}}},
    ]
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for group in await aggregate(tables.versions, steps):
        name, value = group["_id"]
        found[name][value] = group["objects"]
    return found


def _found_by(word: str) -> dict[str, Any]:
    """The search text is in small letters already, and says neither name nor id."""
    anyhow = {"$regex": word, "$options": "i"}
    return {"$or": [{"search": {"$regex": word}}, {"name": anyhow}, {"object_id": anyhow}]}


async def find(
    tables: Tables,
    tenant_id: TenantId,
    object_types: Sequence[ObjectTypeName],
    ids: Sequence[ObjectId],
    number: SnapshotNumber,
) -> list[ObjectVersion]:
    last = await newest(tables, tenant_id, number)
    found: list[ObjectVersion] = []
    for start in range(0, len(ids), _AT_ONCE):
        condition = {
            "tenant": tenant_id,
            "type": {"$in": list(object_types)},
            "object_id": {"$in": list(ids[start : start + _AT_ONCE])},
            **valid_at(number),
        }
        found += [decode_version(stored, last) async for stored in tables.versions.find(condition)]
    return sorted(found, key=lambda version: (version.object_type, version.object_id))


async def history(
    tables: Tables, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId
) -> list[ObjectVersion]:
    sealed = await snapshots(tables, tenant_id, None, 1)
    if not sealed:
        return []
    last = sealed[0].number
    condition = {"tenant": tenant_id, "type": object_type, "object_id": object_id, "first": {"$lte": last}}
    found = tables.versions.find(condition, sort=[("first", ASCENDING)])
    return [decode_version(stored, last) async for stored in found]


async def changes(
    tables: Tables,
    tenant_id: TenantId,
    number: SnapshotNumber,
    after: tuple[str, ObjectId] | None,
    limit: int,
) -> list[ObjectVersion]:
    last = await newest(tables, tenant_id, number)
    condition: dict[str, Any] = {"tenant": tenant_id, "first": number}
    if after is not None:
        name, id = after
        condition["$or"] = [{"type": {"$gt": name}}, {"type": name, "object_id": {"$gt": id}}]
    order = [("type", ASCENDING), ("object_id", ASCENDING)]
    return [decode_version(stored, last) async for stored in tables.versions.find(condition, sort=order, limit=limit)]


async def last_changes(
    tables: Tables, tenant_id: TenantId, number: SnapshotNumber
) -> dict[ObjectTypeName, SnapshotNumber]:
    await newest(tables, tenant_id, number)
    found: dict[ObjectTypeName, SnapshotNumber] = {}
    for object_type in await types(tables, tenant_id):
        condition = {"tenant": tenant_id, "type": object_type, "first": {"$lte": number}}
        last = await tables.versions.find_one(condition, {"first": True}, sort=[("first", DESCENDING)])
        if last is not None:
            found[object_type] = SnapshotNumber(last["first"])
    return found


async def scan(
    tables: Tables, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber, last: SnapshotNumber
) -> AsyncIterator[list[ObjectVersion]]:
    """Every batch is a question of its own: no cursor waits on the server while an archive is written. `last`: the
    newest sealed number."""
    one_type = {"tenant": tenant_id, "type": object_type, "live": True}
    order = [(name, ASCENDING) for name in _PLACE]
    behind: dict[str, Any] = {}
    while True:
        condition = {**one_type, **valid_at(number), **behind}
        batch = await tables.versions.find(condition, sort=order, limit=_BATCH).to_list(_BATCH)
        if batch:
            yield [decode_version(stored, last) for stored in batch]
        if len(batch) < _BATCH:
            return
        behind = _behind([(name, batch[-1][name]) for name in _PLACE])


def _behind(position: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Row comparison spelled out: a later value in one field, equal ones in the fields before it."""
    return {"$or": [{**dict(position[:index]), name: {"$gt": value}} for index, (name, value) in enumerate(position)]}
