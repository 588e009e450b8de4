"""`reentra serve` starts before its servers do: it says for which one it waits, and ends in order when told to."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from deploy.servers.process import free_ports
from tests.servers import S3Address

from reentra.common.snapshot.keys import create_installation


@dataclass(frozen=True)
class Absent:
    """Nobody listens there."""

    mongo: str
    s3: str
    kafka: str


@pytest.fixture
def absent() -> Absent:
    mongo, s3, kafka = free_ports(3)
    return Absent(
        f"mongodb://127.0.0.1:{mongo}/?serverSelectionTimeoutMS=200",
        f"http://127.0.0.1:{s3}",
        f"127.0.0.1:{kafka}",
    )


def environment(mongo: str, s3: str, kafka: str, keys: S3Address | None = None) -> dict[str, str]:
    return {
        "REENTRA_MONGO__URL": mongo,
        "REENTRA_MONGO__DATABASE": f"waits-{uuid4().hex}",
        "REENTRA_S3__ENDPOINT": s3,
        "REENTRA_S3__BUCKET": f"waits-{uuid4().hex}",
        "REENTRA_S3__ACCESS_KEY": keys.access_key if keys else "nobody",
        "REENTRA_S3__SECRET_KEY": keys.secret_key if keys else "s3cret",
        "REENTRA_KAFKA__BOOTSTRAP_SERVERS": json.dumps([kafka]),
    }


@asynccontextmanager
async def served(service: str, folder: Path, settings: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    create_installation(folder / "keys")
    words = ["serve", service, "--keys", str(folder / "keys"), *(("--port", "0") if service == "gateway" else ())]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reentra.standalone.main",
        *words,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said(process: asyncio.subprocess.Process, *words: str) -> str:
    """The first line with all of the words."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(120):
        while line := (await process.stdout.readline()).decode():
            lines.append(line)
            if all(word in line for word in words):
                return line
    raise AssertionError("".join(lines))


async def ended(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        return await process.wait()


async def test_each_server_is_waited_for_in_turn_and_named(
    tmp_path: Path, absent: Absent, mongo_address: str, s3_address: S3Address
) -> None:
    async def waits(service: str, what: str, settings: dict[str, str]) -> None:
        async with served(service, tmp_path / service, settings) as process:
            await said(process, "the start waits", what)
            assert await ended(process) == 0

    s3 = s3_address.endpoint
    await asyncio.gather(
        waits("scheduler", "MongoDB", environment(absent.mongo, absent.s3, absent.kafka)),
        waits("gateway", "MongoDB", environment(absent.mongo, absent.s3, absent.kafka)),
        waits("exporter", "the object store", environment(mongo_address, absent.s3, absent.kafka, s3_address)),
        waits("collector", "Kafka and its topics", environment(mongo_address, s3, absent.kafka, s3_address)),
    )
