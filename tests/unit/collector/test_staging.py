"""What waits to be staged: it goes together, before anybody reads it back and before the checkpoint tells of it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import pytest

from reentra.collector.operations.staging import Staged, Staging
from reentra.common.errors import RetryLater
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Place, SegmentEntry, VersionRow
from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database

T = TenantId("11111111-1111-4111-8111-111111111111")
USER, GROUP = ObjectTypeName("user"), ObjectTypeName("group")


class Watched(SqliteCatalogue):
    staged = 0
    is_away = False

    async def stage(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        epoch: int,
        segment: SegmentEntry | None,
        rows: Sequence[VersionRow],
        touched: Iterable[tuple[ObjectTypeName, ObjectId]] = (),
    ) -> None:
        if self.is_away:
            raise RetryLater("The store is away.")
        self.staged += 1
        await super().stage(tenant_id, number, epoch, segment, rows, touched)


@pytest.fixture
async def catalogue(tmp_path: Path) -> AsyncIterator[Watched]:
    database = Database(tmp_path / "reentra.db")
    yield Watched(database)
    database.close()


async def begun(catalogue: Watched) -> tuple[Staging, SnapshotNumber]:
    number = await catalogue.begin(T, "job", "2026-01-01T00:00:00.000000Z")
    return Staging(catalogue, T, number, 1), number


def page(object_type: ObjectTypeName, *ids: str) -> Staged:
    place = Place(SegmentId("segment"), 0, 10, 0)
    return Staged(object_type, None, [VersionRow(object_type, ObjectId(id), "1" * 32, place) for id in ids], [])


async def test_pages_that_may_wait_go_with_one_that_may_not(catalogue: Watched) -> None:
    staging, number = await begun(catalogue)
    await staging.stage(page(USER, "a"), may_wait=True)
    await staging.stage(page(GROUP, "b"), may_wait=True)
    assert catalogue.staged == 0
    await staging.stage(page(GROUP, "c"))
    assert catalogue.staged == 3
    assert await catalogue.seen(T, GROUP, number) == ["b", "c"]


async def test_what_waits_is_staged_before_its_type_is_read_back_and_before_all_are_counted(catalogue: Watched) -> None:
    staging, number = await begun(catalogue)
    await staging.stage(page(USER, "a"), may_wait=True)
    assert not await staging.heads(T, GROUP, [ObjectId("a")])
    assert catalogue.staged == 0, "another type's page need not be there"
    assert set(await staging.heads(T, USER, [ObjectId("a")])) == {"a"}
    await staging.stage(page(GROUP, "b"), may_wait=True)
    assert set(await staging.counts(T, number)) == {USER, GROUP}


async def test_much_does_not_wait(catalogue: Watched) -> None:
    staging, _ = await begun(catalogue)
    await staging.stage(page(USER, *map(str, range(501))), may_wait=True)
    assert catalogue.staged == 1


async def test_what_the_store_did_not_take_is_staged_later(catalogue: Watched) -> None:
    staging, number = await begun(catalogue)
    await staging.stage(page(USER, "a"), may_wait=True)
    catalogue.is_away = True
    with pytest.raises(RetryLater):
        await staging.flush()
    catalogue.is_away = False
    await staging.flush()
    assert await catalogue.seen(T, USER, number) == ["a"]
