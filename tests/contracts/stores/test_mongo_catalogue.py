import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from reentra.common.errors import Rejected, Stale
from reentra.common.ids import ObjectId, TenantId
from reentra.common.stores.catalogue import TypeCount
from reentra.common.stores.mongo import MongoCatalogue, MongoConnection, MongoSettings, connect
from reentra.common.stores.mongo.batches import Batches
from reentra.common.stores.mongo.tables import Tables
from reentra.common.stores.mongo.writing import commit_seal
from reentra.common.testing.contracts import SHARED_SUITE
from reentra.common.testing.contracts.catalogue import (
    STARTED,
    TENANT,
    USER,
    CatalogueContract,
    backup,
    ids,
    row,
    sealed,
    segment,
)
from reentra.common.testing.contracts.catalogue_model import RUNS, Run, play


async def _opened(address: str, driver: str) -> AsyncIterator[MongoConnection]:
    config = MongoSettings(url=SecretStr(address), database=f"test-{uuid4().hex}", driver=driver)  # type: ignore[arg-type]
    connection = await connect(config)
    yield connection
    await connection.database.client.drop_database(config.database)
    await connection.close()


class AsksAgain(Tables):
    """The first change of a snapshot is made, and then asked for once more."""

    def __init__(self, database: Any, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(database)
        object.__setattr__(self, "_changes", _AskingAgain(super().snapshots, meanwhile))

    @property
    def snapshots(self) -> Any:
        return self.__dict__["_changes"]


class Counting(Tables):
    """How often a snapshot was changed, or tried to be, and looked at."""

    changes = 0
    looks = 0
    read_back = 0

    @property
    def snapshots(self) -> Any:
        return _Counting(super().snapshots, self)

    @property
    def batches(self) -> Any:
        return _Counting(super().batches, self)


class _Counting:
    def __init__(self, stored: Any, tables: Any) -> None:
        self._stored, self._tables = stored, tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)

    async def update_one(self, condition: Any, change: Any) -> Any:
        object.__setattr__(self._tables, "changes", self._tables.changes + 1)
        return await self._stored.update_one(condition, change)

    def find(self, *wanted: Any, **how: Any) -> Any:
        object.__setattr__(self._tables, "read_back", self._tables.read_back + 1)
        return self._stored.find(*wanted, **how)

    async def find_one(self, *wanted: Any) -> Any:
        object.__setattr__(self._tables, "looks", self._tables.looks + 1)
        return await self._stored.find_one(*wanted)


class _AskingAgain:
    def __init__(self, stored: Any, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._stored, self._meanwhile, self._lost = stored, meanwhile, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)

    async def update_one(self, condition: Any, change: Any) -> Any:
        if not self._lost:
            self._lost = True
            await self._stored.update_one(condition, change)
            await self._meanwhile()
        return await self._stored.update_one(condition, change)


class TestPyMongoCatalogue(CatalogueContract):
    @pytest.fixture
    async def connection(self, mongo_address: str) -> AsyncIterator[MongoConnection]:
        async for connection in _opened(mongo_address, "pymongo"):
            yield connection

    @pytest.fixture
    def catalogue(self, connection: MongoConnection) -> MongoCatalogue:
        return MongoCatalogue(connection.database)

    # The suite's sixty examples are thousands of questions; a test server over the wire answers some hundred a second.
    @settings(max_examples=6, suppress_health_check=SHARED_SUITE)
    @given(runs=RUNS, number=st.integers(0, 2**48))
    async def test_random_backups_read_like_a_dictionary(
        self, catalogue: MongoCatalogue, runs: list[Run], number: int
    ) -> None:
        await play(catalogue, TenantId(f"00000000-0000-4000-8000-{number:012x}"), runs)

    async def test_a_worker_that_died_while_sealing_is_finished_by_the_next(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        one = await backup(catalogue, [row("a", "1"), row("b", "1")])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        await catalogue.stage(TENANT, two, 1, segment("s", 0), [row("a", "2"), row("b", removed="deleted")])
        assert await commit_seal(Tables(connection.database), sealed(two))
        latest = await catalogue.latest(TENANT)
        assert latest is not None
        assert latest.number == one
        with pytest.raises(Stale):
            await catalogue.stage(TENANT, two, 2, None, [row("c")])
        assert await catalogue.begin(TENANT, "job-2", STARTED) == two
        assert await MongoCatalogue(connection.database).begin(TENANT, "job-3", STARTED) == two + 1
        assert ids(await catalogue.objects(TENANT, USER, two)) == ["a"]
        assert ids(await catalogue.objects(TENANT, USER, one)) == ["a", "b"]
        assert [entry.segment for entry in await catalogue.segments(TENANT, two)] == ["s"]
        with pytest.raises(Stale):
            await catalogue.abandon(TENANT, two)

    async def test_several_who_finish_one_seal_do_the_same(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        await backup(catalogue, [row(f"{number}", "1") for number in range(20)])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        for content in "23":
            await catalogue.stage(TENANT, two, 1, None, [row(f"{number}", content) for number in range(10, 30)])
        others = [MongoCatalogue(connection.database) for _ in range(3)]
        await asyncio.gather(*(other.seal(sealed(two)) for other in [catalogue, *others]))
        contents = {
            str(version.object_id): version.content_hash[0] for version in await catalogue.objects(TENANT, USER, two)
        }
        assert contents == {f"{number}": "1" if number < 10 else "3" for number in range(30)}
        for number in range(30):
            history = await catalogue.history(TENANT, USER, ObjectId(f"{number}"))
            assert [version.last for version in history] == [*[two] * (10 <= number < 20), None]

    async def test_a_commit_whose_answer_was_lost_counts_once(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        """The driver asks again, and a server that was killed meanwhile does not know that it had done it; another
        type's page came in between."""
        number = await catalogue.begin(TENANT, "job", STARTED)
        await catalogue.stage(TENANT, number, 1, segment("s", 0), [row("a")])

        async def another() -> None:
            await MongoCatalogue(connection.database).stage(TENANT, number, 1, segment("t", 1), [row("b")])

        unlucky = MongoCatalogue(connection.database)
        unlucky._batches = Batches(AsksAgain(connection.database, meanwhile=another))
        await unlucky.stage(TENANT, number, 1, segment("u", 2), [row("c")])
        await catalogue.stage(TENANT, number, 1, None, [row("d")])
        assert [entry.segment for entry in await catalogue.segments(TENANT, number)] == ["s", "t", "u"]
        await catalogue.seal(sealed(number))
        assert ids(await catalogue.objects(TENANT, USER, number)) == ["a", "b", "c", "d"]

    async def test_nothing_is_untouched_in_a_sealed_snapshot(self, catalogue: MongoCatalogue) -> None:
        """Somebody who lost the lease may still ask; what was touched is not known any more."""
        await backup(catalogue, [row("a"), row("b")])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        await catalogue.stage(TENANT, two, 1, None, [], [(USER, ObjectId("a")), (USER, ObjectId("b"))])
        assert not await catalogue.untouched(TENANT, USER, two, 10)
        await catalogue.seal(sealed(two))
        with pytest.raises(Stale):
            await catalogue.untouched(TENANT, USER, two, 10)

    async def test_a_writer_asks_for_its_snapshot_only_to_take_it_over_and_to_seal_it(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        await backup(catalogue, [row("a")])
        tables = Counting(connection.database)
        catalogue._batches = Batches(tables)
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        for content in "23":
            await catalogue.stage(TENANT, two, 1, segment(content, int(content)), [row("a", content)])
            assert (await catalogue.heads(TENANT, USER, [ObjectId("a")]))[ObjectId("a")].content_hash[0] == content
            assert not await catalogue.untouched(TENANT, USER, two, 10)
        assert tables.looks == 0
        assert [entry.segment for entry in await catalogue.segments(TENANT, two)] == ["2", "3"]
        assert tables.looks == 1

    @pytest.mark.parametrize(("kept", "is_read_back"), [(100, False), (30, True)])
    async def test_what_a_writer_staged_itself_is_read_back_only_when_it_is_much(
        self, catalogue: MongoCatalogue, connection: MongoConnection, kept: int, is_read_back: bool
    ) -> None:
        await backup(catalogue, [row("a"), row("z")])
        tables, rows = Counting(connection.database), 20
        catalogue._batches = Batches(tables, kept=kept)
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        await catalogue.stage(TENANT, two, 1, segment("s", 0), [row("a", "2")], [(USER, ObjectId("z"))])
        for part in range(2):
            many = [row(f"{part}-{number:04}") for number in range(rows)]
            await catalogue.stage(TENANT, two, 1, segment(f"{part}", 1 + part), many)
        assert (await catalogue.heads(TENANT, USER, [ObjectId("a")]))[ObjectId("a")].first == two
        assert not await catalogue.untouched(TENANT, USER, two, 10)
        assert (await catalogue.counts(TENANT, two))[USER] == TypeCount(2 * rows + 2, 0)
        assert len(await catalogue.segments(TENANT, two)) == 3
        await catalogue.seal(sealed(two))
        assert (tables.read_back > 0) == is_read_back
        assert (await catalogue.counts(TENANT, two))[USER] == TypeCount(2 * rows + 2, 0)
        assert len(await MongoCatalogue(connection.database).segments(TENANT, two)) == 3

    async def test_a_writer_that_takes_its_snapshot_back_sees_what_another_wrote_meanwhile(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        await catalogue.stage(TENANT, number, 1, segment("s", 0), [row("a")])
        other = MongoCatalogue(connection.database)
        await other.stage(TENANT, number, 2, segment("t", 1), [row("a", "2"), row("b")])
        with pytest.raises(Stale):
            await catalogue.stage(TENANT, number, 1, segment("u", 2), [row("c")])
        assert set(await catalogue.seen(TENANT, USER, number)) == {"a", "b"}
        await catalogue.stage(TENANT, number, 3, None, [row("c")])
        await other.stage(TENANT, number, 4, segment("v", 3), [row("d")])
        assert [entry.segment for entry in await catalogue.segments(TENANT, number)] == ["s", "t", "v"]
        assert set(await catalogue.seen(TENANT, USER, number)) == {"a", "b", "c", "d"}
        await catalogue.seal(sealed(number))
        assert ids(await catalogue.objects(TENANT, USER, number)) == ["a", "b", "c", "d"]

    async def test_what_is_staged_at_once_is_written_together(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        tables = Counting(connection.database)
        catalogue._batches = Batches(tables)
        await asyncio.gather(
            *(catalogue.stage(TENANT, number, 1, segment(f"{at:02}", at), [row(f"{at:02}")]) for at in range(20))
        )
        assert tables.changes <= 2
        assert [entry.segment for entry in await catalogue.segments(TENANT, number)] == [f"{n:02}" for n in range(20)]
        await catalogue.seal(sealed(number))
        assert ids(await catalogue.objects(TENANT, USER, number)) == [f"{at:02}" for at in range(20)]

    async def test_a_page_that_cannot_be_stored_does_not_take_others_along(self, catalogue: MongoCatalogue) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        ends = await asyncio.gather(
            *(
                catalogue.stage(TENANT, number, 1, None, [row(id, name=name)])
                for id, name in [("a", ""), ("b", ""), ("c", "x" * (17 << 20)), ("d", "")]
            ),
            return_exceptions=True,
        )
        assert [type(end) for end in ends] == [type(None), type(None), Rejected, type(None)]
        await catalogue.seal(sealed(number))
        assert ids(await catalogue.objects(TENANT, USER, number)) == ["a", "b", "d"]

    async def test_who_stops_staging_does_not_stop_the_others(self, catalogue: MongoCatalogue) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        staging = [asyncio.create_task(catalogue.stage(TENANT, number, 1, None, [row(f"{at}")])) for at in range(3)]
        await asyncio.sleep(0)
        staging[0].cancel()
        ends = await asyncio.gather(*staging, return_exceptions=True)
        assert [type(end) for end in ends[1:]] == [type(None)] * 2
        await catalogue.seal(sealed(number))
        assert {"1", "2"} <= set(ids(await catalogue.objects(TENANT, USER, number)))

    async def test_stages_and_begins_at_once_lose_nothing(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        others = [MongoCatalogue(connection.database) for _ in range(3)]
        numbers = await asyncio.gather(*(other.begin(TENANT, "job", STARTED) for other in others))
        number = max(numbers)
        await asyncio.gather(
            *(other.stage(TENANT, number, 1, None, [row(f"{at}")]) for at, other in enumerate([*others, *others]))
        )
        await catalogue.seal(sealed(number))
        assert ids(await catalogue.objects(TENANT, USER, number)) == [f"{at}" for at in range(6)]


class TestMotorCatalogue(TestPyMongoCatalogue):
    @pytest.fixture
    async def connection(self, mongo_address: str) -> AsyncIterator[MongoConnection]:
        async for connection in _opened(mongo_address, "motor"):
            yield connection
