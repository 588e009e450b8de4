"""Writes a golden sample of the present format version into an empty folder: `python make_sample.py FOLDER`.

Run once per format version, and never again: samples of earlier versions are kept for ever and must open for ever.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from reentra.common.ids import ObjectId, ObjectTypeName, TenantId
from reentra.common.snapshot.keys import create_installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.backups import BackupWriter, group, removal, user

TENANT = TenantId("5a5a5a5a-0000-4000-8000-5a5a5a5a5a5a")


async def make(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        installation = create_installation(data / "keys")
        async with open_stores(data, reserve_bytes=0) as stores:
            writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
            people = [user(n, city="Zürich", unknownProperty={"kept": [n, None, 1.5]}) for n in range(1, 6)]
            part = ObjectRecord(ObjectTypeName("group"), ObjectId(group(9).object_id), {}, {}, part=True)
            await writer.backup(people, [group(1, people[:3])])
            await writer.backup(
                [user(1, city="Genève"), removal(user(2), "changed")],
                [part],
                [group(9, people)],
                reasons={"device": "Device.Read.All is missing"},
            )
            reader = RecordReader(stores.blobs, await open_tenant_keys(stores.blobs, installation, TENANT))
            expected: dict[str, list[str]] = {}
            for snapshot in await stores.catalogue.snapshots(TENANT):
                lines = []
                async for batch in stores.catalogue.scan(TENANT, snapshot.number):
                    records = await reader.read_many([version.place for version in batch])
                    lines += [record.to_line().decode() for record in records]
                expected[str(snapshot.number)] = sorted(lines)
        shutil.rmtree(data / "objects" / "~incoming")
        shutil.copytree(data / "objects", folder / "objects")
        shutil.copytree(data / "keys", folder / "keys")
        text = json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / "expected.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
