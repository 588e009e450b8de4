"""A key that the store calls taken although no job has it."""

import pytest

from reentra.common.errors import Conflict, RetryLater
from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.documents import Collection, Document, Json
from reentra.common.testing.fakes import FakeClock, MemoryDocuments

BACKUP = NewJob("backup", TenantId("tenant-a"), {}, "somebody", active_key="backup:tenant-a")


class BrokenIndex(MemoryDocuments):
    """Refuses as a unique index does that still holds a document which left it."""

    def __init__(self, clock: FakeClock, refusals: int) -> None:
        super().__init__(clock)
        self.refusals = refusals

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        if self.refusals:
            self.refusals -= 1
            raise Conflict("taken", index="active")
        return await super().insert(collection, id, body)


async def test_holder_that_ends_meanwhile_leaves_the_key() -> None:
    clock = FakeClock()
    job = await Jobs(BrokenIndex(clock, 2), clock).submit(BACKUP)
    assert job.status == "queued"


async def test_key_that_nobody_has_is_not_asked_for_without_end() -> None:
    clock = FakeClock()
    documents = BrokenIndex(clock, 1000)
    with pytest.raises(RetryLater, match=r"refuses another backup .* and shows"):
        await Jobs(documents, clock).submit(BACKUP)
    assert documents.refusals > 900
