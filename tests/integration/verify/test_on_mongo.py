"""The same checks and the same rebuild over MongoDB's protocol. Real S3 is in tests/e2e/test_stack.py."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from tests.integration.verify.conftest import TENANT, fill
from tests.integration.verify.test_rebuild import contents

from reentra.common.clock import SystemClock
from reentra.common.errors import Rejected
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import Installation, create_installation
from reentra.common.stores.folder import FolderBlobs
from reentra.common.stores.mongo import MongoCatalogue, MongoDocuments, MongoInspection, MongoSettings, connect
from reentra.common.stores.mongo.driver import Database
from reentra.common.testing.backups import BackupWriter, user
from reentra.standalone.findings import VerifyReport
from reentra.standalone.lost_database import require_the_database_of_its_backups
from reentra.standalone.opening import require_rest
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify


@dataclass
class Shared:
    documents: MongoDocuments
    blobs: FolderBlobs
    catalogue: MongoCatalogue
    inspection: MongoInspection
    installation: Installation
    database: Database

    @property
    def writer(self) -> BackupWriter:
        return BackupWriter(self.blobs, self.catalogue, self.installation, TENANT)

    async def check(self) -> VerifyReport:
        return await verify(self, self.installation, all_data=True)

    async def change(self, collection: str, where: dict[str, Any], **values: Any) -> None:
        assert (await self.database[collection].update_one(where, {"$set": values})).matched_count == 1


@pytest.fixture
async def shared(mongo_address: str, tmp_path: Path) -> AsyncIterator[Shared]:
    settings = MongoSettings(url=SecretStr(mongo_address), database=f"test-{uuid4().hex}")
    connection = await connect(settings)
    database = connection.database
    blobs = FolderBlobs(tmp_path / "objects", reserve_bytes=0)
    installation = create_installation(tmp_path / "keys")
    shared = Shared(
        MongoDocuments(database), blobs, MongoCatalogue(database), MongoInspection(database), installation, database
    )
    await fill(shared.writer)
    yield shared
    await database.client.drop_database(settings.database)
    await connection.close()
    blobs.close()


async def test_a_whole_store_has_no_findings_also_while_a_backup_runs(shared: Shared) -> None:
    assert (await shared.check()).findings == ()
    await shared.writer.backup([user(7, city="Chur")], seal=False)
    report = await shared.check()
    assert report.ok
    assert [finding.code for finding in report.warnings] == ["not-sealed"]


async def test_every_sealed_snapshot_comes_back_when_the_database_is_dropped(shared: Shared) -> None:
    before = await contents(shared.catalogue)
    await shared.database.client.drop_database(shared.database.name)
    places = {"database": "reentra", "bytes_in": "the bucket reentra", "option": "--keys keys"}
    with pytest.raises(Rejected, match="Run `reentra rebuild --keys keys`"):
        await require_the_database_of_its_backups(shared, **places)
    report = await rebuild(shared, shared.installation, SystemClock())
    assert report.findings == ()
    assert report.rebuilt == {TENANT: [1, 2]}
    await require_the_database_of_its_backups(shared, **places)
    assert await contents(shared.catalogue) == before
    assert (await shared.check()).findings == ()
    assert (await shared.writer.backup([user(3, city="Sion")])).number == 3


async def test_what_was_changed_is_found_and_made_anew_by_a_rebuild(shared: Shared) -> None:
    before = await contents(shared.catalogue)
    five, versions = {"name": "Person 5"}, shared.database["catalogue_versions"]
    changes: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        (five, {"name": "Persom 5"}, "row"),
        (five, {"search": "somebody else"}, "row"),
        (five, {"hash": "0" * 32}, "row"),
        (five, {"last": 2}, "database"),
        (five, {"first": 2}, "row"),
        ({"name": "Person 1", "first": 1}, {"live": False}, "row"),
    ]
    for where, values, code in changes:
        row = await versions.find_one(where)
        assert row is not None
        await versions.update_one(where, {"$set": values})
        errors = (await shared.check()).errors
        assert code in {finding.code for finding in errors}, values
        assert all(finding.where and finding.tenant_id == TENANT for finding in errors)
        await versions.replace_one({"_id": row["_id"]}, row)

    job = await Jobs(shared.documents, SystemClock()).submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await shared.change("documents_jobs", {"_id": job.id}, **{"body.created_by": "testr"})
    await shared.change("catalogue_batches", {"number": 1, "segment.object_type": "user"}, **{"segment.sha256": "0"})
    await shared.change("catalogue_versions", five, name="Persom 5")
    found = {(finding.code, finding.where) for finding in (await shared.check()).errors}
    assert ("database", f"jobs/{job.id}") in found
    assert {"segments-differ", "row"} <= {code for code, _ in found}

    report = await rebuild(shared, shared.installation, SystemClock())
    assert [finding.where for finding in report.findings] == [f"jobs/{job.id}", "catalogue"]
    assert report.rebuilt == {TENANT: [1, 2]}
    assert await contents(shared.catalogue) == before
    assert (await shared.check()).findings == ()


async def test_a_rebuild_waits_until_nobody_works(shared: Shared) -> None:
    jobs = Jobs(shared.documents, SystemClock())
    await require_rest(shared.documents)
    await jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await require_rest(shared.documents)
    lease = await jobs.claim(("export",), "tests")
    assert lease is not None
    with pytest.raises(Rejected, match=lease.job.id):
        await require_rest(shared.documents)
    await lease.hand_back()
    await require_rest(shared.documents)
