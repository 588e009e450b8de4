from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.testing.contracts.documents import DocumentsContract


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[SqliteDocuments]:
    database = Database(tmp_path / "reentra.db")
    yield SqliteDocuments(database)
    database.close()


class TestSqliteDocuments(DocumentsContract):
    pass
