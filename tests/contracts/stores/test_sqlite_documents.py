from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reentra.common.errors import Rejected
from reentra.common.stores.documents import Collection, Query
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.testing.contracts.documents import DocumentsContract


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[SqliteDocuments]:
    database = Database(tmp_path / "reentra.db")
    yield SqliteDocuments(database)
    database.close()


class TestSqliteDocuments(DocumentsContract):
    @pytest.mark.parametrize("path", ["a') OR ('1", "", "a..b", '"', "$.a", "a b"])
    async def test_a_path_that_is_none_is_rejected(self, documents: SqliteDocuments, path: str) -> None:
        with pytest.raises(Rejected):
            await documents.find(Collection("notes"), Query({path: 1}))

    async def test_the_clock_is_about_right(self, documents: SqliteDocuments) -> None:
        assert abs(await documents.now() - datetime.now(UTC)) < timedelta(minutes=1)
