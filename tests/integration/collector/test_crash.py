"""The collector's process is killed at every named step, and at random moments; it always continues by itself."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from bench.cloud import SimulatedCloud, simulated_cloud

from reentra.common.clock import SystemClock
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.jobs.job import JobFilter
from reentra.common.jobs.ledger import MAX_ATTEMPTS, Jobs
from reentra.common.snapshot.keys import open_installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.embedded import open_stores

STEPS = [
    "collector.after-begin",
    "collector.after-segment",
    "collector.after-segment:9",
    "collector.after-rows:2",
    "collector.after-checkpoint:5",
    "collector.after-rows:14",
    "collector.after-manifest",
    "collector.after-seal",
]
BEYOND_READING = {"collector.after-manifest", "collector.after-seal"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[SimulatedCloud]:
    with simulated_cloud(260) as found:
        yield found


def start(cloud: SimulatedCloud, data: Path, failpoint: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.collector.process", json.dumps(asdict(cloud)), str(data)],
        env={**os.environ, "REENTRA_FAILPOINT": failpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-3000:]
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


async def check(cloud: SimulatedCloud, data: Path, number: int) -> None:
    """One version per object, each readable, none missing: what the tenant has is what the snapshot has."""
    truth = cloud.control("GET", f"/tenants/{cloud.tenant_id}/truth")["objects"]
    tenant_id = TenantId(cloud.tenant_id)
    async with open_stores(data) as stores:
        keys = await open_tenant_keys(stores.blobs, open_installation(data / "keys"), tenant_id)
        reader = RecordReader(stores.blobs, keys)
        for name in ("user", "group", "device", "servicePrincipal", "appRoleAssignment", "conditionalAccessPolicy"):
            found: dict[str, str] = {}
            async for batch in stores.catalogue.scan(tenant_id, SnapshotNumber(number), ObjectTypeName(name)):
                for record in await reader.read_many([v.place for v in batch]):
                    assert record.object_id not in found, f"{name} {record.object_id} is there twice"
                    found[record.object_id] = str(record.properties.get("displayName"))
            assert found.keys() == truth[name].keys()


@pytest.mark.parametrize("step", STEPS)
async def test_a_backup_killed_at_a_named_step_continues_and_is_whole(
    cloud: SimulatedCloud, tmp_path: Path, step: str
) -> None:
    killed = start(cloud, tmp_path, step)
    killed.communicate(timeout=120)
    assert killed.returncode == 137, "the step was not passed"
    if step in BEYOND_READING:
        assert await types_of_the_job(tmp_path) == {"done"}, "nothing is read again for a manifest that is stored"
    outcome = finish(start(cloud, tmp_path))
    assert outcome["status"] == "succeeded", outcome
    await check(cloud, tmp_path, 1)


async def types_of_the_job(data: Path) -> set[str]:
    """How far each type is, as the next process finds it."""
    async with open_stores(data) as stores:
        (job,) = await Jobs(stores.documents, SystemClock()).list(JobFilter())
        return {found["status"] for found in job.state["types"].values()}


async def test_a_backup_killed_at_random_moments_continues_and_is_whole(cloud: SimulatedCloud, tmp_path: Path) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(MAX_ATTEMPTS - 1):  # on a slow machine none of them gets further, and one more would be given up
        process = start(cloud, tmp_path)
        time.sleep(0.8 + chance.random() * 1.5)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    outcome = finish(start(cloud, tmp_path))
    assert outcome["status"] == "succeeded", outcome
    await check(cloud, tmp_path, outcome["result"]["snapshot"])
