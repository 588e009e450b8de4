"""Writes a golden sample of the present format version into an empty folder: `python make_sample.py FOLDER`; of ids
that restores gave: `python make_sample.py FOLDER ids`.

Run once per format version, and never again: samples of earlier versions are kept for ever and must open for ever.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from reentra.common.ids import ObjectId, ObjectTypeName, TenantId
from reentra.common.snapshot.id_maps import GivenId, IdMapLog
from reentra.common.snapshot.keys import create_installation, create_tenant_keys, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.folder import FolderBlobs
from reentra.common.testing.backups import BackupWriter, group, removal, user

TENANT = TenantId("5a5a5a5a-0000-4000-8000-5a5a5a5a5a5a")


def person(number: int) -> ObjectRecord:
    """With something for every form of a column: derived, nullable, absent, random, listed, in any script."""
    nickname = f"{('anna', 'bo', 'çelik', '王')[number % 4]}.{number * 37 % 991}"
    id = str(UUID(int=number**9 % 2**128, version=4))
    words = [int.from_bytes(UUID(id).bytes_le[at : at + 4], "little") for at in (0, 4, 8, 12)]
    return user(
        number,
        city="Zürich",
        unknownProperty={"kept": [number, None, 1.5]},
        mail=f"{nickname}@contoso.example" if number % 5 else None,
        proxyAddresses=[f"SMTP:{nickname}@contoso.example", f"smtp:{nickname}@alias.example"][: number % 3],
        createdDateTime=f"20{number % 16 + 10}-{number % 12 + 1:02d}-{number % 28 + 1:02d}T08:{number % 60:02d}:00Z",
        externalId=id,
        securityIdentifier="S-1-12-1-" + "-".join(map(str, words)),
        identifierUri=f"api://{id}/v{number * number}",
        code=f"{chr(97 + number % 26)}{number * 31}-of-{number * number * 7}",
        thumbprint=sha256(id.encode()).hexdigest().upper(),
        employeeId=f"E{number:06d}",
        department=("Sales", "Research", None)[number % 3],
        accountEnabled=number % 7 != 0,
        logins=number * number,
        score=number / 8,
        notes=f'He said "{nickname}",\nthen left.',
        **({"onlySome": {"level": number}} if number % 4 == 0 else {}),
        plans=[{"plan": str(UUID(int=plan)), "on": plan % 2 == 0} for plan in range(number % 11)],
    )


async def make(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        installation = create_installation(data / "keys")
        async with open_stores(data, reserve_bytes=0) as stores:
            writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
            people = [person(n) for n in range(1, 121)]
            part = ObjectRecord(ObjectTypeName("group"), ObjectId(group(9).object_id), {}, {}, part=True)
            await writer.backup(people, [group(1, people[:100]), *(group(n, people[n : n + 9]) for n in range(2, 20))])
            await writer.backup(
                [user(1, city="Genève"), removal(user(2), "changed")],
                [part],
                [group(9, people[:90])],
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


async def make_ids(folder: Path) -> None:
    installation = create_installation(folder / "keys")
    blobs = FolderBlobs(folder / "objects", reserve_bytes=0)
    log = IdMapLog(blobs, await create_tenant_keys(blobs, installation, TENANT))
    await log.append([GivenId(f"old-{n}", f"New-{n}", "group", "plan-1") for n in range(20)])
    await log.append([GivenId("old-1", "Newer-1", "group", "plan-2"), GivenId("old-2", "old-2", "group", "plan-2")])
    blobs.close()
    shutil.rmtree(folder / "objects" / "~incoming")


if __name__ == "__main__":
    asyncio.run((make_ids if sys.argv[2:] == ["ids"] else make)(Path(sys.argv[1])))
