"""Killed at every named step of planning and applying, a restore continues by itself and makes nothing twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of
from .furniture import furnished_group
from .process import BUGS
from .station import Cloud, opened

ROOT = Path(__file__).parents[3]
KILLED = 137
APPLYING = [
    "restorer.after-begin",
    "restorer.after-intent",
    "restorer.after-intent:3",
    "restorer.after-send",
    "restorer.after-send:2",
    "restorer.after-send:4",
    "restorer.after-outcome",
    "restorer.after-outcome:3",
    "restorer.after-chunk",
    "restorer.after-chunk:3",
    "restorer.after-steps",
    "restorer.after-read-back",
]


def run(cloud: Cloud, folder: Path, *, failpoint: str = "", kill_after: float | None = None, planted: str = "") -> int:
    command = [sys.executable, "-m", "tests.integration.restorer.process", json.dumps(asdict(cloud)), str(folder)]
    command += [planted] if planted else []
    environment = {**os.environ, "REENTRA_FAILPOINT": failpoint}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        process.wait(timeout=kill_after or 60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stderr is not None
    return process.returncode


async def prepared(served: ServedCloud, folder: Path, kind: str) -> tuple[Cloud, str, str]:
    """A group deleted for good, and a queued job that plans or applies its restore. Job id, group id."""
    cloud = cloud_of(served)
    tenant_id = TenantId(cloud.tenant_id)
    async with opened(cloud, folder) as station:
        bench = Bench(served, station.stores, station.jobs, tenant_id, station.pools)
        group, *_ = furnished_group(bench)
        await bench.back_up()
        bench.directory.hard_delete(group)
        params: dict[str, Any] = {"object_types": ["group"], "ids": [group], "snapshot": 1, "links": "replace"}
        if kind == "restore_apply":
            params = {"plan_id": (await bench.plan("group", group)).id}
        for pool in station.pools:
            await pool.stop()
        job = await station.jobs.submit(NewJob(kind, tenant_id, params, "test"))  # type: ignore[arg-type]
    return cloud, job.id, group


async def outcome(served: ServedCloud, cloud: Cloud, folder: Path, job_id: str) -> Any:
    async with opened(cloud, folder) as station:
        bench = Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)
        return await bench.finished(await station.jobs.get(job_id))  # type: ignore[arg-type]


def assert_restored_once(served: ServedCloud, job: Any) -> None:
    assert job.status == "succeeded", (job.error, job.result.get("failures"), job.result.get("differences"))
    directory = served.tenants[0].directory
    made = [g["id"] for g in directory.objects("group") if g["displayName"] == "Führungskreis"]
    assert [row["new_id"] for row in job.result["objects"] if row["object_type"] == "group"] == made
    for name in ("roleAssignment", "appRoleAssignment"):
        assert len([a for a in directory.objects(name) if a["principalId"] == made[0]]) == 1
    assert served.cloud.counters.violations == []


@pytest.mark.parametrize("failpoint", APPLYING)
async def test_killed_while_applying(served: ServedCloud, tmp_path: Path, failpoint: str) -> None:
    cloud, job_id, _ = await prepared(served, tmp_path, "restore_apply")
    assert run(cloud, tmp_path, failpoint=failpoint) == KILLED
    assert_restored_once(served, await outcome(served, cloud, tmp_path, job_id))


@pytest.mark.parametrize("failpoint", ["restorer.after-selection", "restorer.after-plan"])
async def test_killed_while_planning(served: ServedCloud, tmp_path: Path, failpoint: str) -> None:
    cloud, job_id, group = await prepared(served, tmp_path, "restore_plan")
    assert run(cloud, tmp_path, failpoint=failpoint) == KILLED
    job = await outcome(served, cloud, tmp_path, job_id)
    assert job.status == "succeeded"
    async with opened(cloud, tmp_path) as station:
        bench = Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)
        await bench.restore("group", group)


@pytest.mark.parametrize("seed", range(4))
async def test_killed_at_random_moments_again_and_again(served: ServedCloud, tmp_path: Path, seed: int) -> None:
    cloud, job_id, _ = await prepared(served, tmp_path, "restore_apply")
    chance = random.Random(seed)
    for _ in range(3):
        run(cloud, tmp_path, kill_after=1.0 + chance.random())
    assert_restored_once(served, await outcome(served, cloud, tmp_path, job_id))


@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_caught(served: ServedCloud, tmp_path: Path, bug: str) -> None:
    """Would these tests notice? A restorer that stores no intent, and one that does not look, make twins."""
    cloud, job_id, _ = await prepared(served, tmp_path, "restore_apply")
    assert run(cloud, tmp_path, failpoint="restorer.after-send", planted=bug) == KILLED
    assert run(cloud, tmp_path, planted=bug) == 0
    with pytest.raises(AssertionError):
        assert_restored_once(served, await outcome(served, cloud, tmp_path, job_id))
