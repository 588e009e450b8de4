"""`verify` may look on while backups run: what is written in the middle of a check is no damage."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.integration.verify.conftest import TENANT, World

from reentra.common.ids import SnapshotNumber
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import open_tenant_keys
from reentra.common.snapshot.manifest import manifest_prefix
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import build_segment, store_segment
from reentra.common.stores.catalogue import Catalogue, VersionRow
from reentra.common.stores.documents import Documents
from reentra.common.stores.folder import FolderBlobs
from reentra.common.stores.inspection import Inspection
from reentra.common.testing.backups import group, user
from reentra.standalone.findings import VerifyReport
from reentra.standalone.verify import verify

Meanwhile = Callable[[], Awaitable[object]]


class BusyBlobs(FolderBlobs):
    """Something happens once, after these manifests were listed, or after the first of those blobs was read."""

    def __init__(
        self, world: World, meanwhile: Meanwhile, *, after_list: str = "", after_read: Sequence[str] = ()
    ) -> None:
        super().__init__(world.folder / "objects", reserve_bytes=0)
        self._meanwhile: Meanwhile | None = meanwhile
        self._after_list, self._after_read = after_list, after_read

    async def list(self, prefix: str) -> AsyncIterator[str]:
        async for key in super().list(prefix):
            yield key
        await self._happen(prefix == self._after_list)

    async def read(self, key: str, **where: Any) -> bytes:
        data = await super().read(key, **where)
        await self._happen(key in self._after_read)
        return data

    async def _happen(self, now: bool) -> None:
        if now and (act := self._meanwhile) is not None:
            self._meanwhile = None
            await act()


@dataclass
class Busy:
    documents: Documents
    blobs: FolderBlobs
    catalogue: Catalogue
    inspection: Inspection


async def check(world: World, blobs: BusyBlobs) -> VerifyReport:
    stores = Busy(world.stores.documents, blobs, world.stores.catalogue, world.stores.inspection)
    return await verify(stores, world.installation, all_data=True)


async def stage(world: World, number: SnapshotNumber, ordinal: int, *people: ObjectRecord) -> str:
    """A page of a backup that runs; the key of its segment."""
    keys = await open_tenant_keys(world.stores.blobs, world.installation, TENANT)
    stored = await store_segment(world.stores.blobs, keys, build_segment(keys, [person.to_line() for person in people]))
    rows: list[VersionRow] = [
        await world.writer.row(person, place) for person, place in zip(people, stored.places, strict=True)
    ]
    entry = stored.entry(people[0].object_type, ordinal)
    await world.stores.catalogue.stage(TENANT, number, 1, entry, rows)
    return segment_blob(TENANT, entry.segment)


async def test_a_snapshot_that_is_sealed_meanwhile_lacks_nothing(world: World) -> None:
    blobs = BusyBlobs(world, lambda: world.writer.backup([user(7, city="Chur")]), after_list=manifest_prefix(TENANT))
    assert (await check(world, blobs)).errors == ()
    assert (await check(world, blobs)).findings == ()


async def test_pages_that_are_written_meanwhile_contradict_nothing(world: World) -> None:
    number = await world.stores.catalogue.begin(TENANT, "running", "2026-11-23T10:09:00.000000Z")
    pages = [
        await stage(world, number, 1, user(1, city="Thun"), user(5, city="Thun")),
        await stage(world, number, 2, group(8)),
    ]

    async def more() -> None:
        await stage(world, number, 3, user(5, city="Olten"), user(500))
        await stage(world, number, 4, group(8, [user(1)]), group(9))

    blobs = BusyBlobs(world, more, after_read=pages)
    assert (await check(world, blobs)).errors == ()
    assert (await check(world, blobs)).errors == ()


async def test_a_backup_that_is_given_up_meanwhile_contradicts_nothing(world: World) -> None:
    catalogue = world.stores.catalogue
    number = await catalogue.begin(TENANT, "running", "2026-11-23T10:09:00.000000Z")
    await stage(world, number, 1, user(1, city="Thun"))
    inspection = world.stores.inspection

    class GivenUp:
        """Its rows are asked for after its segments."""

        def __getattr__(self, name: str) -> Any:
            return getattr(inspection, name)

        async def rows(self, tenant_id: Any, asked: SnapshotNumber) -> AsyncIterator[Any]:
            if asked == number:
                await catalogue.abandon(TENANT, number)
            async for found in inspection.rows(tenant_id, asked):
                yield found

    stores = Busy(world.stores.documents, world.stores.blobs, catalogue, GivenUp())  # type: ignore[arg-type]
    assert (await verify(stores, world.installation, all_data=True)).errors == ()
