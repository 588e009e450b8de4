"""The ledger over every documents adapter: in memory, SQLite and MongoDB's wire protocol."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.documents import Documents
from reentra.common.stores.mongo import MongoDocuments, MongoSettings, connect
from reentra.common.stores.mongo.driver import Database
from reentra.common.stores.sqlite.database import Database as SqliteDatabase
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.testing.fakes import FakeClock, MemoryDocuments


@pytest.fixture
def clock() -> FakeClock:
    """The store's clock and everybody else's."""
    return FakeClock()


class _ClockedMongoDocuments(MongoDocuments):
    """The server's clock cannot be set."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database)
        self._clock = clock

    async def now(self) -> datetime:
        return self._clock.now()


@asynccontextmanager
async def on_mongo(address: str, clock: FakeClock) -> AsyncIterator[Documents]:
    settings = MongoSettings(url=SecretStr(address), database=f"test-{uuid4().hex}")
    connection = await connect(settings)
    try:
        yield _ClockedMongoDocuments(connection.database, clock)
        await connection.database.client.drop_database(settings.database)
    finally:
        await connection.close()


@pytest.fixture(params=["memory", "sqlite", "mongo"])
async def documents(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Documents]:
    match request.param:
        case "memory":
            yield MemoryDocuments(clock)
        case "sqlite":
            database = SqliteDatabase(tmp_path / "reentra.db")
            yield SqliteDocuments(database, clock)
            database.close()
        case "mongo":
            async with on_mongo(request.getfixturevalue("mongo_address"), clock) as documents:
                yield documents


@pytest.fixture
def jobs(documents: Documents, clock: FakeClock) -> Jobs:
    return Jobs(documents, clock)
