"""A tenant with two snapshots in real stores: everything that a check or a rebuild may meet."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reentra.common.clock import SystemClock
from reentra.common.ids import ObjectId, ObjectTypeName, TenantId
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import Installation, create_installation
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.testing.backups import BackupWriter, group, removal, user

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
ORGANIZATION = ObjectRecord(
    ObjectTypeName("organization"),
    ObjectId(TENANT),
    {
        "id": TENANT,
        "displayName": "Contoso",
        "verifiedDomains": [
            {"name": "contoso.onmicrosoft.example", "isDefault": False},
            {"name": "Contoso.example", "isDefault": True},
        ],
    },
)


@dataclass
class World:
    folder: Path
    stores: EmbeddedStores
    installation: Installation
    writer: BackupWriter
    is_open: bool = True

    async def close(self) -> None:
        if self.is_open:
            self.is_open = False
            await self.stores.close()

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.stores.documents, SystemClock())

    @property
    def blob_files(self) -> list[Path]:
        root = self.folder / "objects"
        return sorted(p for p in root.rglob("*") if p.is_file())

    def damage(self, file: Path, bit: int) -> None:
        file.chmod(0o600)
        data = bytearray(file.read_bytes())
        data[bit // 8] ^= 1 << bit % 8
        file.write_bytes(data)


async def fill(writer: BackupWriter) -> None:
    people = [user(n, city="Bern") for n in range(60)]
    await writer.backup([ORGANIZATION], people[:30], people[30:], [group(1, people[:5]), group(2)])
    part = ObjectRecord(ObjectTypeName("group"), group(3).object_id, {}, {}, part=True)
    await writer.backup(
        [user(1, city="Basel"), removal(user(2), "changed"), user(99)],
        [part],
        [group(3, people)],
        [user(1, city="Genf")],
    )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    folder = tmp_path / "data"
    stores = open_stores(folder, reserve_bytes=0)
    installation = create_installation(folder / "keys")
    writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
    await fill(writer)
    world = World(folder, stores, installation, writer)
    yield world
    await world.close()
