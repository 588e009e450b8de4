from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr

from reentra.common.errors import Rejected, RetryLater
from reentra.common.stores.documents import Collection, Query
from reentra.common.stores.mongo import MongoDocuments, MongoSettings, connect
from reentra.common.testing.contracts.documents import DocumentsContract


class _OverTheWire(DocumentsContract):
    driver = ""

    @pytest.fixture
    async def documents(self, mongo_address: str) -> AsyncIterator[MongoDocuments]:
        settings = MongoSettings(url=SecretStr(mongo_address), database=f"test-{uuid4().hex}", driver=self.driver)  # type: ignore[arg-type]
        connection = await connect(settings)
        yield MongoDocuments(connection.database)
        await connection.database.client.drop_database(settings.database)
        await connection.close()

    @pytest.mark.parametrize("path", ["$where", "", "a..b", '"', "a.$b", "a b"])
    async def test_a_path_that_is_none_is_rejected(self, documents: MongoDocuments, path: str) -> None:
        with pytest.raises(Rejected):
            await documents.find(Collection("notes"), Query({path: 1}))

    async def test_names_with_dots_and_dollars_are_only_names(self, documents: MongoDocuments) -> None:
        notes, body = Collection("notes"), {"a.b": {"$gt": 1, "$set": [None]}, "$where": "x"}
        await documents.insert(notes, "a", {})
        await documents.replace(notes, "a", body, revision=1)
        found = await documents.get(notes, "a")
        assert found is not None
        assert found.body == body

    async def test_a_number_that_bson_cannot_hold_is_rejected(self, documents: MongoDocuments) -> None:
        with pytest.raises(Rejected):
            await documents.insert(Collection("notes"), "a", {"n": 2**64})

    async def test_the_clock_is_about_right(self, documents: MongoDocuments) -> None:
        assert abs(await documents.now() - datetime.now(UTC)) < timedelta(minutes=1)


class TestPyMongoDocuments(_OverTheWire):
    driver = "pymongo"


class TestMotorDocuments(_OverTheWire):
    driver = "motor"


async def test_an_address_that_is_none_is_rejected_without_its_password() -> None:
    with pytest.raises(Rejected) as caught:
        await connect(MongoSettings(url=SecretStr("mongodb://user:pa/ss@nowhere")))
    assert "pa/ss" not in str(caught.value)


async def test_a_server_that_is_away_is_tried_again_later(unused_tcp_port: int) -> None:
    url = f"mongodb://127.0.0.1:{unused_tcp_port}/?serverSelectionTimeoutMS=200"
    with pytest.raises(RetryLater):
        await connect(MongoSettings(url=SecretStr(url)))
