from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database
from reentra.common.testing.contracts.catalogue import CatalogueContract


@pytest.fixture
async def catalogue(tmp_path: Path) -> AsyncIterator[SqliteCatalogue]:
    database = Database(tmp_path / "reentra.db")
    yield SqliteCatalogue(database)
    database.close()


class TestSqliteCatalogue(CatalogueContract):
    pass
