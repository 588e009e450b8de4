"""Writes documents, blobs and snapshots for ever and prints what was confirmed. Meant to be killed."""

import asyncio
import sys
from pathlib import Path

from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, TenantId
from reentra.common.stores.catalogue import Place, SegmentEntry, Snapshot, VersionRow
from reentra.common.stores.documents import Collection, Index
from reentra.common.stores.embedded import EmbeddedStores, open_stores

NOTES = Collection("notes", (Index(("key",), unique=True),))
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
USER = ObjectTypeName("user")
ROWS = 20
STARTED = "2026-01-01T00:00:00.000000Z"


def content(name: str) -> bytes:
    return (name.encode() + b"|") * 3000


def confirm(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def write_documents(stores: EmbeddedStores, life: str) -> None:
    number = 0
    while True:
        id = f"{life}-{number}"
        await stores.documents.insert(NOTES, id, {"key": id, "n": 0})
        await stores.documents.replace(NOTES, id, {"key": id, "n": 1}, revision=1)
        confirm("document", id)
        number += 1


async def write_blobs(stores: EmbeddedStores, life: str) -> None:
    number = 0
    while True:
        key = f"blobs/{life}/{number % 7}/{number}"
        await stores.blobs.create(key, content(key))
        confirm("blob", key)
        number += 1


async def write_snapshots(stores: EmbeddedStores, life: str) -> None:
    catalogue = stores.catalogue
    job = 0
    while True:
        number = await catalogue.begin(TENANT, f"{life}-{job}", STARTED)
        for ordinal in range(3):
            segment = SegmentId(f"{life}-{job}-{ordinal}")
            rows = [
                VersionRow(USER, ObjectId(f"{ordinal}-{line}"), f"{number:064x}", Place(segment, 0, 9, line))
                for line in range(ROWS)
            ]
            await catalogue.stage(TENANT, number, 1, SegmentEntry(segment, USER, ordinal, 9, "", ROWS), rows)
        sealed = Snapshot(TENANT, number, "sealed", "complete", "j", STARTED, STARTED, {}, "k", f"m{number}", {})
        await catalogue.seal(sealed)
        confirm("snapshot", number)
        job += 1


async def main(folder: str, life: str) -> None:
    stores = open_stores(Path(folder), reserve_bytes=0)
    confirm("ready")
    await asyncio.gather(write_documents(stores, life), write_blobs(stores, life), write_snapshots(stores, life))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
