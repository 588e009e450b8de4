"""How a snapshot comes to an end in MongoDB, without transactions.

1. `seal` is one conditional write: open -> sealing. From then on nothing can be staged, and nothing can be taken back.
2. The staged rows become versions: newest batch first, each object's row is inserted unless it is there, and closes the
   version before it. Whoever does this, and however often, does the same.
3. sealing -> sealed makes them visible. Whoever comes upon a snapshot that stayed in between finishes it first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateMany
from pymongo.errors import BulkWriteError

from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Snapshot
from reentra.common.stores.mongo import checksums
from reentra.common.stores.mongo.batches import Batches
from reentra.common.stores.mongo.tables import SEALING, Fields, Tables, version_document

_DUPLICATE = 11000
_AT_ONCE = 1000
"""Rows that are written together, unless one batch has more."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """A snapshot whose versions are to be written, and the last batch of its rows."""

    tenant_id: TenantId
    number: SnapshotNumber
    last_batch: str | None


async def commit_seal(tables: Tables, snapshot: Snapshot) -> Sealing | bool:
    """What is to be finished now; True when it was sealed before, with this very manifest; else False, as it is not
    open."""
    said = {
        "result": snapshot.result,
        "sealed_at": snapshot.sealed_at,
        "types": snapshot.types,
        "manifest_key": snapshot.manifest_key,
        "manifest_sha256": snapshot.manifest_sha256,
        "stats": snapshot.stats,
    }
    one = {"tenant": snapshot.tenant_id, "number": snapshot.number}
    # The checksum covers what began it. That is looked at only when it is not what the manifest says.
    begun: Fields | None = {**one, "job_id": snapshot.job_id, "started_at": snapshot.started_at}
    for _ in range(2):
        if begun is None:
            break
        as_begun = {name: begun[name] for name in ("tenant", "number", "job_id", "started_at")}
        told = {"status": SEALING, **said, "checksum": checksums.of_snapshot({**as_begun, **said})}
        done = await tables.snapshots.find_one_and_update({**as_begun, "status": "open"}, {"$set": told})
        if done is not None:
            return Sealing(snapshot.tenant_id, snapshot.number, done["last_batch"])
        begun = await tables.snapshots.find_one({**one, "status": "open"})
    same = {**one, "status": {"$in": [SEALING, "sealed"]}, "manifest_sha256": snapshot.manifest_sha256}
    return await tables.snapshots.find_one(same) is not None


async def go_on_sealing(tables: Tables, batches: Batches, tenant_id: TenantId, number: SnapshotNumber) -> None:
    """What somebody else began. Harmless for one that is sealed already."""
    found = await tables.snapshots.find_one({"tenant": tenant_id, "number": number, "status": SEALING})
    if found is None:
        await batches.keep_segments_only((tenant_id, number))
    else:
        await finish_seal(tables, batches, Sealing(tenant_id, number, found["last_batch"]))


async def finish_seal(tables: Tables, batches: Batches, sealing: Sealing) -> None:
    tenant_id, number = sealing.tenant_id, sealing.number
    batches.doubt(tenant_id)
    types: set[str] = set()
    rows: dict[str, Fields] = {}
    async for batch in batches.each_up_to((tenant_id, number), sealing.last_batch):
        rows = {row["key"]: row for row in batch.get("rows", ())} | rows
        if len(rows) >= _AT_ONCE:
            types |= await _write_versions(tables, tenant_id, number, list(rows.values()))
            rows = {}
    types |= await _write_versions(tables, tenant_id, number, list(rows.values()))
    if types:
        await tables.tenants.update_one({"_id": tenant_id}, {"$addToSet": {"types": {"$each": sorted(types)}}})
    await tables.snapshots.update_one(
        {"tenant": tenant_id, "number": number, "status": SEALING},
        {"$set": {"status": "sealed"}, "$unset": {"active": ""}},
    )
    await batches.keep_segments_only((tenant_id, number))


async def _write_versions(
    tables: Tables, tenant_id: TenantId, number: SnapshotNumber, rows: Sequence[Fields]
) -> set[str]:
    """The types of these rows."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_type[row["type"]].append(row["object_id"])
    if not rows:
        return set()
    try:
        await tables.versions.insert_many([version_document(tenant_id, number, row) for row in rows], ordered=False)
    except BulkWriteError as error:
        problems: list[dict[str, Any]] = (error.details or {}).get("writeErrors", [])
        if not problems or any(problem["code"] != _DUPLICATE for problem in problems):
            raise
    earlier = {"tenant": tenant_id, "first": {"$lt": number}}
    if number == 1 or await tables.versions.find_one(earlier, {"_id": True}) is None:
        return set(by_type)  # the tenant's first snapshot closes nothing, and looking at each row would cost the most
    closing = [
        UpdateMany(
            {
                "tenant": tenant_id,
                "type": object_type,
                "object_id": {"$in": ids},
                "first": {"$lt": number},
                "last": None,
            },
            {"$set": {"last": number}},
        )
        for object_type, ids in by_type.items()
    ]
    await tables.versions.bulk_write(closing, ordered=False)
    return set(by_type)
