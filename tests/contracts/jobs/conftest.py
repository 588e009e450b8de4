"""The ledger over every documents adapter: in memory and SQLite here; MongoDB joins with its adapter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.documents import Documents
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.testing.fakes import FakeClock, MemoryDocuments


@pytest.fixture
def clock() -> FakeClock:
    """The store's clock and everybody else's."""
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
async def documents(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Documents]:
    if request.param == "memory":
        yield MemoryDocuments(clock)
        return
    database = Database(tmp_path / "reentra.db")
    yield SqliteDocuments(database, clock)
    database.close()


@pytest.fixture
def jobs(documents: Documents, clock: FakeClock) -> Jobs:
    return Jobs(documents, clock)
