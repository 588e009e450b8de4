"""The exporter's process dies as by `kill -9`, at every named step and at random times; the next start ends the job."""

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from reentra.common.clock import SystemClock
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import create_installation, open_installation
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.backups import BackupWriter, group, user
from reentra.common.testing.failpoints import ENVIRONMENT_VARIABLE, EXIT_STATUS
from reentra.standalone.verify import verify

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
WORKER = Path(__file__).with_name("worker.py")
OBJECTS = 61


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    async with open_stores(data, reserve_bytes=0) as stores:
        installation = create_installation(data / "keys")
        writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
        people = [user(n) for n in range(OBJECTS - 1)]
        await writer.backup(people, [group(1, people)])
    return data


async def submit(folder: Path) -> JobId:
    async with open_stores(folder, reserve_bytes=0) as stores:
        job = await Jobs(stores.documents, SystemClock()).submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    return job.id


def start(folder: Path, failpoint: str = "") -> "subprocess.Popen[bytes]":
    environment = os.environ | {ENVIRONMENT_VARIABLE: failpoint}
    return subprocess.Popen([sys.executable, str(WORKER), str(folder)], env=environment, stderr=subprocess.DEVNULL)


async def finished(folder: Path, job_id: JobId) -> Job:
    """The job as it ended; its archive is whole and verify finds nothing."""
    async with open_stores(folder, reserve_bytes=0) as stores:
        job = await Jobs(stores.documents, SystemClock()).get(job_id)
        assert job.status == "succeeded", job.error
        assert [key async for key in stores.blobs.list("exports/")] == [job.result["key"]]
        data = await stores.blobs.read(job.result["key"])
        report = await verify(stores, open_installation(folder / "keys"), all_data=True)
    assert report.findings == ()
    assert hashlib.sha256(data).hexdigest() == job.result["sha256"]
    archive = zipfile.ZipFile(io.BytesIO(data))
    files = json.loads(archive.read("manifest.json"))["files"]
    assert all(hashlib.sha256(archive.read(f["path"])).hexdigest() == f["sha256"] for f in files)
    assert len(files) == OBJECTS + 1
    return job


@pytest.mark.parametrize(
    "failpoint",
    ["exporter.after-claim", "exporter.after-batch", "exporter.after-batch:9", "exporter.after-archive"],
)
async def test_an_export_killed_at_a_named_step_ends_well_after_the_next_start(folder: Path, failpoint: str) -> None:
    job_id = await submit(folder)
    assert start(folder, failpoint).wait(60) == EXIT_STATUS
    async with open_stores(folder, reserve_bytes=0) as stores:
        assert (await Jobs(stores.documents, SystemClock()).get(job_id)).status == "running"
        stored = [key async for key in stores.blobs.list("exports/")]
    assert len(stored) == (failpoint == "exporter.after-archive")

    assert start(folder).wait(60) == 0

    assert (await finished(folder, job_id)).attempts <= 2


async def test_an_export_killed_at_random_times_ends_well(folder: Path) -> None:
    job_id = await submit(folder)
    times = random.Random(3)
    for _ in range(4):
        process = start(folder)
        time.sleep(times.uniform(0.3, 1.2))
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    assert start(folder).wait(60) == 0
    await finished(folder, job_id)
