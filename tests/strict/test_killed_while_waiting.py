"""A process that is killed in the middle of Retry-After: the one that takes its place waits for the rest of it."""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from bench.cloud import SimulatedCloud
from tests.strict.serving import StrictCloud, strict_cloud
from tests.strict.weather import Storm

from reentra.common.errors import NotFound, Rejected
from reentra.common.ids import TenantId
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.waits import StoredWaits

_PATIENCE_SECONDS = 60


def described(strict: StrictCloud) -> SimulatedCloud:
    app = next(app for app in strict.apps if app["name"] == "Demo reader")
    tenant = strict.served.tenants[0]
    return SimulatedCloud(
        strict.served.graph_url,
        strict.served.login_url,
        tenant.tenant_id,
        tenant.directory.domain,
        app["client_id"],
        app["client_secret"],
    )


def start(cloud: SimulatedCloud, data: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.integration.collector.process", json.dumps(asdict(cloud)), str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def stored_wait(data: Path, tenant_id: TenantId) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await _is_waiting(data, tenant_id):
            await asyncio.sleep(0.05)


async def _is_waiting(data: Path, tenant_id: TenantId) -> bool:
    try:
        async with open_stores(data, read_only=True) as stores:
            return bool(await StoredWaits(stores.documents).remaining("custom", tenant_id))
    except (NotFound, Rejected):  # not there, or being made
        return False


@pytest.mark.parametrize("items", [False, True], ids=["a request", "an item of a batch"])
async def test_nothing_is_asked_before_the_wait_of_the_killed_process_is_over(tmp_path: Path, items: bool) -> None:
    storm = Storm(3, 429, retry_after=6, items=items, most=1)
    with strict_cloud(users=30, seed=3) as strict:
        strict.examiner.weather = [storm]
        cloud = described(strict)
        process = start(cloud, tmp_path)
        await stored_wait(tmp_path, TenantId(cloud.tenant_id))
        process.kill()
        process.communicate()
        assert storm.struck == 1
        out, err = await asyncio.to_thread(start(cloud, tmp_path).communicate, timeout=_PATIENCE_SECONDS)
        assert json.loads(out.splitlines()[-1])["status"] == "succeeded", err[-3000:]
        assert strict.examiner.violations == []
