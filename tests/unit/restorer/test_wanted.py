"""Of a damaged snapshot nothing is restored that cannot be read, and what can be read is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import create_installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Place
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.testing.backups import BackupWriter, group, user
from reentra.restorer.operations.wanted import Selection, SnapshotView

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
NUMBER = SnapshotNumber(1)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[EmbeddedStores]:
    async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
        yield stores


@pytest.fixture
async def view(tmp_path: Path, stores: EmbeddedStores) -> SnapshotView:
    installation = create_installation(tmp_path / "keys")
    writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
    await writer.backup([user(1), user(2)], [group(1)])
    keys = await open_tenant_keys(stores.blobs, installation, TENANT)
    return SnapshotView(TENANT, NUMBER, stores.catalogue, RecordReader(stores.blobs, keys))


class Exchanged:
    """Each record lies where another one should."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader

    async def read_many(self, places: Sequence[Place]) -> list[ObjectRecord]:
        return list(reversed(await self._reader.read_many(places)))


async def test_damaged_object_is_named_and_others_are_read(view: SnapshotView, stores: EmbeddedStores) -> None:
    place = (await stores.catalogue.find(TENANT, [user(2).object_id], NUMBER))[0].place
    key = segment_blob(TENANT, place.segment)
    data = bytearray(await stores.blobs.read(key))
    data[place.offset + place.length - 1] ^= 1
    await stores.blobs.delete(key)
    await stores.blobs.create(key, bytes(data))

    found, remarks = await view.selected(Selection(NUMBER, (ObjectTypeName("user"), ObjectTypeName("group"))))

    assert [one.record.object_id for one in found] == [group(1).object_id]
    assert remarks == []
    assert {remark.object_id for remark in view.damaged.values()} == {user(1).object_id, user(2).object_id}
    assert all(
        remark.reason.startswith(f"What is stored of it is damaged, so nothing of it is restored: {key}")
        for remark in view.damaged.values()
    )


async def test_one_object_is_never_restored_as_another(view: SnapshotView) -> None:
    assert isinstance(view.records, RecordReader)
    exchanged = replace(view, records=Exchanged(view.records))

    found, _ = await exchanged.selected(Selection(NUMBER, (ObjectTypeName("user"),)))

    assert found == []
    assert [remark.code for remark in exchanged.damaged.values()] == ["damaged", "damaged"]
