"""A crash, or a worker that woke up late, between the portions in which a sealed snapshot is listed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.errors import Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Place, Snapshot, VersionRow
from reentra.common.stores.sqlite import listing
from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
USER = ObjectTypeName("user")
STARTED = "2026-01-01T00:00:00.000000Z"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path / "reentra.db")
    yield opened
    opened.close()


def row(id: str, name: str) -> VersionRow:
    return VersionRow(USER, ObjectId(id), "ab", Place(SegmentId("s"), 0, 9, 0), None, name, name.lower())


async def list_portion(database: Database, number: int, position: listing.Position) -> listing.Position | None:
    return await database.write(
        lambda connection: listing.list_portion(connection, TENANT, SnapshotNumber(number), position)
    )


async def seal(catalogue: SqliteCatalogue, number: SnapshotNumber) -> None:
    await catalogue.seal(Snapshot(TENANT, number, "sealed", "complete", "j", STARTED, STARTED, {}, "k", "m", {}))


async def half_sealed(catalogue: SqliteCatalogue, database: Database) -> SnapshotNumber:
    """Snapshot 1 has Anna; snapshot 2, in which she is called Zoe, is listed but not flipped."""
    one = await catalogue.begin(TENANT, "job-1", STARTED)
    await catalogue.stage(TENANT, one, 1, None, [row("a", "Anna")])
    await seal(catalogue, one)
    two = await catalogue.begin(TENANT, "job-2", STARTED)
    await catalogue.stage(TENANT, two, 1, None, [row("a", "Zoe")])
    assert await list_portion(database, two, listing.START) is None
    return two


async def names(catalogue: SqliteCatalogue, number: int) -> list[str]:
    return [version.display_name for version in await catalogue.objects(TENANT, USER, SnapshotNumber(number))]


async def test_what_is_listed_is_invisible_until_the_flip(database: Database) -> None:
    catalogue = SqliteCatalogue(database)
    two = await half_sealed(catalogue, database)
    assert await names(catalogue, 1) == ["Anna"]
    await seal(catalogue, two)
    assert await names(catalogue, 1) == ["Anna"]
    assert await names(catalogue, 2) == ["Zoe"]


async def test_abandoning_undoes_the_listing(database: Database) -> None:
    catalogue = SqliteCatalogue(database)
    two = await half_sealed(catalogue, database)
    await catalogue.abandon(TENANT, two)
    three = await catalogue.begin(TENANT, "job-3", STARTED)
    await seal(catalogue, three)
    assert await names(catalogue, 3) == ["Anna"]


async def test_staging_after_listing_began_undoes_it_and_the_seal_starts_over(database: Database) -> None:
    catalogue = SqliteCatalogue(database)
    two = await half_sealed(catalogue, database)
    await catalogue.stage(TENANT, two, 1, None, [row("a", "Yan")])
    with pytest.raises(Stale):
        await list_portion(database, two, (1, 2))
    await seal(catalogue, two)
    assert await names(catalogue, 2) == ["Yan"]
    assert await names(catalogue, 1) == ["Anna"]
