from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from reentra.common.errors import Rejected, Unreadable
from reentra.common.ids import ObjectId, SnapshotNumber, TenantId
from reentra.common.stores.documents import Collection
from reentra.common.stores.mongo import (
    MongoCatalogue,
    MongoConnection,
    MongoDocuments,
    MongoInspection,
    MongoSettings,
    bring_up_to_date,
    connect,
    require_format,
)
from reentra.common.stores.mongo.batches import Batches
from reentra.common.stores.mongo.tables import Tables
from reentra.common.stores.mongo.writing import commit_seal, go_on_sealing
from reentra.common.testing.contracts.catalogue import STARTED, TENANT, USER, backup, row, sealed, segment
from reentra.common.testing.contracts.inspection import NOTES, InspectionContract


class MongoHarm:
    def __init__(self, connection: MongoConnection) -> None:
        self._database = connection.database

    async def body(self, collection: Collection, id: str) -> None:
        await self._set(f"documents_{collection.name}", {"_id": id}, {"body.word": "x"})

    async def revision(self, collection: Collection, id: str) -> None:
        await self._set(f"documents_{collection.name}", {"_id": id}, {"revision": 7})

    async def counter(self, name: str, value: int) -> None:
        await self._set("counters", {"_id": name}, {"value": value})

    async def name(self, tenant_id: TenantId, object_id: ObjectId) -> None:
        await self._set("catalogue_versions", _first(tenant_id, object_id), {"name": "x"})

    async def end(self, tenant_id: TenantId, object_id: ObjectId, last: int | None) -> None:
        await self._set("catalogue_versions", _first(tenant_id, object_id), {"last": last})

    async def started(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        await self._set("catalogue_snapshots", {"_id": f"{tenant_id}/{number}"}, {"started_at": "x"})

    async def status(self, tenant_id: TenantId, number: SnapshotNumber, status: str) -> None:
        await self._set("catalogue_snapshots", {"_id": f"{tenant_id}/{number}"}, {"status": status})

    async def number(self, tenant_id: TenantId, last: int) -> None:
        await self._set("catalogue_tenants", {"_id": tenant_id}, {"last": last})

    async def _set(self, name: str, where: dict[str, object], values: dict[str, object]) -> None:
        assert (await self._database[name].update_one(where, {"$set": values})).matched_count == 1


def _first(tenant_id: TenantId, object_id: ObjectId) -> dict[str, object]:
    return {"tenant": tenant_id, "object_id": object_id, "first": 1}


class TestPyMongoInspection(InspectionContract):
    driver = "pymongo"

    @pytest.fixture
    async def connection(self, mongo_address: str) -> AsyncIterator[MongoConnection]:
        settings = MongoSettings(url=SecretStr(mongo_address), database=f"test-{uuid4().hex}", driver=self.driver)  # type: ignore[arg-type]
        connection = await connect(settings)
        yield connection
        await connection.database.client.drop_database(settings.database)
        await connection.close()

    @pytest.fixture
    def documents(self, connection: MongoConnection) -> MongoDocuments:
        return MongoDocuments(connection.database)

    @pytest.fixture
    def catalogue(self, connection: MongoConnection) -> MongoCatalogue:
        return MongoCatalogue(connection.database)

    @pytest.fixture
    def inspection(self, connection: MongoConnection) -> MongoInspection:
        return MongoInspection(connection.database)

    @pytest.fixture
    def harm(self, connection: MongoConnection) -> MongoHarm:
        return MongoHarm(connection)

    async def test_a_seal_that_is_going_on_is_no_damage(
        self, catalogue: MongoCatalogue, connection: MongoConnection, inspection: MongoInspection
    ) -> None:
        tables = Tables(connection.database)
        await backup(catalogue, [row("a"), row("b")])
        two = await catalogue.begin(TENANT, "job", STARTED)
        await catalogue.stage(TENANT, two, 1, segment("s", 1), [row("a", "2")])
        await commit_seal(tables, sealed(two))
        assert await inspection.damage(all_rows=True) == []
        # The new version is there, and the one before it has not ended yet.
        page = await tables.batches.find_one({"number": two})
        assert page is not None
        staged = {name: value for name, value in page["rows"][0].items() if name != "key"}
        await tables.versions.insert_one(
            {"_id": f"{TENANT}/user/a/2", "tenant": TENANT, "first": two, "last": None, **staged}
        )
        assert await inspection.damage(all_rows=True) == []
        await go_on_sealing(tables, Batches(tables), TENANT, two)
        assert await inspection.damage(all_rows=True) == []

    async def test_what_no_list_and_no_snapshot_knows_is_named(
        self, catalogue: MongoCatalogue, connection: MongoConnection, inspection: MongoInspection
    ) -> None:
        await backup(catalogue, [row("a")])
        tables = Tables(connection.database)
        await tables.tenants.update_one({"_id": TENANT}, {"$set": {"types": []}})
        version = await tables.versions.find_one({})
        assert version is not None
        await tables.versions.insert_one(version | {"_id": "stray", "object_id": "b", "first": 9})
        found = {damage.where for damage in await inspection.damage(all_rows=True)}
        assert found == {"catalogue/tenants", "catalogue/versions"}

    async def test_pages_that_hang_together_no_more_are_refused(
        self, catalogue: MongoCatalogue, connection: MongoConnection
    ) -> None:
        one = await catalogue.begin(TENANT, "job", STARTED)
        for ordinal in (1, 2):
            await catalogue.stage(TENANT, one, 1, segment(f"s{ordinal}", ordinal), [row(f"{ordinal}")])
        await Tables(connection.database).batches.delete_one({"segment.ordinal": 1})
        with pytest.raises(Unreadable, match="rebuild"):
            await MongoCatalogue(connection.database).segments(TENANT, one)

    async def test_a_database_from_before_the_checksums_is_brought_up_to_date(
        self,
        catalogue: MongoCatalogue,
        documents: MongoDocuments,
        connection: MongoConnection,
        inspection: MongoInspection,
    ) -> None:
        database, tables = connection.database, Tables(connection.database)
        await backup(catalogue, [row("a"), row("b", removed="deleted")])
        two = await catalogue.begin(TENANT, "running", STARTED)
        await catalogue.stage(TENANT, two, 1, None, [row("c")])
        await documents.insert(NOTES, "a", {"word": "a"})
        await documents.next_number("notes")
        for name in ("documents_notes", "catalogue_snapshots", "catalogue_versions"):
            await database[name].update_many({}, {"$unset": {"checksum": ""}})
        page = await tables.batches.find_one({"number": two})
        assert page is not None
        bare = [{name: value for name, value in page["rows"][0].items() if name != "checksum"}]
        await tables.batches.update_one({"_id": page["_id"]}, {"$set": {"rows": bare}})
        await database["counters"].update_many({}, {"$unset": {"opposite": ""}})

        with pytest.raises(Rejected, match="older Reentra"):
            await require_format(database)
        for _ in range(2):
            await bring_up_to_date(database)
        await require_format(database)
        assert await inspection.damage(all_rows=True) == []
        assert list(await catalogue.heads(TENANT, USER, [ObjectId("a"), ObjectId("c")])) == ["a", "c"]
        assert await documents.next_number("notes") == 2

    async def test_a_database_of_a_later_form_is_refused(self, connection: MongoConnection) -> None:
        await require_format(connection.database)
        await bring_up_to_date(connection.database)
        await connection.database["formats"].update_one({}, {"$set": {"version": 3}})
        for ask in (bring_up_to_date, require_format):
            with pytest.raises(Rejected, match="newer"):
                await ask(connection.database)


class TestMotorInspection(TestPyMongoInspection):
    driver = "motor"
