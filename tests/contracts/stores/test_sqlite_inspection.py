import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from reentra.common.ids import ObjectId, SnapshotNumber, TenantId
from reentra.common.stores.documents import Collection
from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.stores.sqlite.inspection import SqliteInspection
from reentra.common.testing.contracts.inspection import InspectionContract


class SqliteHarm:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def body(self, collection: Collection, id: str) -> None:
        await self._run(f"UPDATE documents_{collection.name} SET body = replace(body, '{id}', 'x') WHERE id = '{id}'")

    async def revision(self, collection: Collection, id: str) -> None:
        await self._run(f"UPDATE documents_{collection.name} SET revision = 7 WHERE id = '{id}'")

    async def counter(self, name: str, value: int) -> None:
        await self._run(f"UPDATE counters SET value = {value} WHERE name = '{name}'")

    async def name(self, tenant_id: TenantId, object_id: ObjectId) -> None:
        await self._run(f"UPDATE versions SET display_name = 'x' WHERE object_id = '{object_id}' AND first = 1")

    async def end(self, tenant_id: TenantId, object_id: ObjectId, last: int | None) -> None:
        value = "NULL" if last is None else last
        for table in ("versions", "listing"):
            await self._run(f"UPDATE {table} SET last = {value} WHERE object_id = '{object_id}' AND first = 1")

    async def started(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        await self._run(f"UPDATE snapshots SET started_at = 'x' WHERE tenant_id = '{tenant_id}' AND number = {number}")

    async def status(self, tenant_id: TenantId, number: SnapshotNumber, status: str) -> None:
        await self._run(
            f"UPDATE snapshots SET status = '{status}' WHERE tenant_id = '{tenant_id}' AND number = {number}"
        )

    async def number(self, tenant_id: TenantId, last: int) -> None:
        await self._run(f"UPDATE numbers SET last = {last} WHERE tenant_id = '{tenant_id}'")

    async def _run(self, statement: str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(statement)

        await self._database.write(work)


class TestSqliteInspection(InspectionContract):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        database = Database(tmp_path / "reentra.db")
        yield database
        database.close()

    @pytest.fixture
    def documents(self, database: Database) -> SqliteDocuments:
        return SqliteDocuments(database)

    @pytest.fixture
    def catalogue(self, database: Database) -> SqliteCatalogue:
        return SqliteCatalogue(database)

    @pytest.fixture
    def inspection(self, database: Database, catalogue: SqliteCatalogue) -> SqliteInspection:
        return SqliteInspection(database, catalogue)

    @pytest.fixture
    def harm(self, database: Database) -> SqliteHarm:
        return SqliteHarm(database)
