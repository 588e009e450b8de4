"""MongoDB did what it was told, and the connection was cut before its answer came."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from tests.cutting import Way, cutting

from reentra.common.clock import SystemClock
from reentra.common.errors import Conflict, RetryLater, Stale
from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.documents import Collection, Document, Index
from reentra.common.stores.mongo import MongoConnection, MongoDocuments, MongoSettings, connect

NOTES = Collection("notes", (Index(("key",), unique=True),))
DRIVER = [("pymongo", "true"), ("motor", "false")]


@pytest.fixture
def way(mongo_address: str) -> Iterator[Way]:
    with cutting(mongo_address) as made:
        yield made


@pytest.fixture(params=DRIVER, ids=lambda param: f"{param[0]}-retry-{param[1]}")
async def connection(way: Way, request: pytest.FixtureRequest) -> AsyncIterator[MongoConnection]:
    """With the driver asking once more by itself, and without."""
    driver, retry = request.param
    url = SecretStr(f"{way.url}{'&' if '?' in way.url else '/?'}retryWrites={retry}")
    connection = await connect(MongoSettings(url=url, database=f"test-{uuid4().hex}", driver=driver))
    yield connection
    await connection.database.client.drop_database(connection.database.name)
    await connection.close()


@pytest.fixture
async def documents(connection: MongoConnection) -> MongoDocuments:
    documents = MongoDocuments(connection.database)
    await documents.insert(NOTES, "a", {"n": 1, "key": "a"})
    return documents


async def test_who_replaced_a_document_knows_it(documents: MongoDocuments, way: Way) -> None:
    way.lose("update")
    assert await documents.replace(NOTES, "a", {"n": 2}, revision=1) == Document("a", 2, {"n": 2})
    assert way.lost == 1
    assert await documents.replace(NOTES, "a", {"n": 3}, revision=2) == Document("a", 3, {"n": 3})
    assert await documents.get(NOTES, "a") == Document("a", 3, {"n": 3})


async def test_who_replaced_a_document_knows_it_although_somebody_changed_it_again(
    documents: MongoDocuments, connection: MongoConnection, way: Way, mongo_address: str
) -> None:
    async def another() -> None:
        settings = MongoSettings(url=SecretStr(mongo_address), database=connection.database.name)
        other = await connect(settings)
        await MongoDocuments(other.database).replace(NOTES, "a", {"n": 3}, revision=2)
        await other.close()

    way.lose("update", lambda: asyncio.run(another()))
    assert (await documents.replace(NOTES, "a", {"n": 2}, revision=1)).revision == 2
    assert await documents.get(NOTES, "a") == Document("a", 3, {"n": 3})
    with pytest.raises(Stale):
        await documents.replace(NOTES, "a", {"n": 4}, revision=2)


async def test_who_was_late_is_stale_whatever_was_lost(documents: MongoDocuments, way: Way) -> None:
    await documents.replace(NOTES, "a", {"n": 2}, revision=1)
    way.lose("update")
    with pytest.raises((Stale, RetryLater)):
        await documents.replace(NOTES, "a", {"n": 2}, revision=1)
    assert await documents.get(NOTES, "a") == Document("a", 2, {"n": 2})


async def test_who_inserted_a_document_is_no_rival_of_it(documents: MongoDocuments, way: Way) -> None:
    way.lose("insert")
    assert await documents.insert(NOTES, "b", {"key": "b"}) == Document("b", 1, {"key": "b"})
    assert way.lost == 1
    for id, key in (("b", "c"), ("c", "b")):
        way.lose("insert")
        with pytest.raises((Conflict, RetryLater)):
            await documents.insert(NOTES, id, {"key": key})
    assert await documents.get(NOTES, "c") is None


async def test_who_claimed_a_job_has_it(connection: MongoConnection, way: Way) -> None:
    jobs = Jobs(MongoDocuments(connection.database), SystemClock())
    submitted = await jobs.submit(NewJob("backup", TenantId(str(uuid4())), {}, "somebody"))
    way.lose("update")
    lease: Any = await jobs.claim(["backup"], "worker")
    assert way.lost == 1
    assert lease.job.id == submitted.id
    way.lose("update")
    await lease.finish("succeeded")
    assert way.lost == 2
    assert (await jobs.get(submitted.id)).status == "succeeded"
