"""Several collectors over real servers: `python -m bench.fleet [--tenants 200] [--collectors 1 2 4]`.
With `--latency-ms 1000 --at-once 1` Graph is so slow that few cores suffice for all the servers. The tests' server in
MongoDB's place does one thing at a time; `--mongo mongodb://127.0.0.1:27017` takes one of yours, in new databases.

Prints, per number of collectors: backups per hour, CPU of each kind of process per backup, how busy the machine's cores
were and with whose work, messages and bytes on the bus per backup, and the time from the request for a backup to the
first request that Graph sees of it, on a fleet without other work; and, with several, how many each collector began.
Graph is simulated, with its quotas and 100 ms for every answer.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from deploy.servers.process import free_ports
from deploy.stack import Stack

from reentra.common.clients.topics import topics

_SAMPLES = 3
_PAUSE = 0.5
_FINISHED = ("succeeded", "partial", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Bus:
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of CPU so far: by kind of process, and of the whole machine."""

    by_kind: Mapping[str, float]
    machine: float

    def since(self, before: "Used") -> "Used":
        spent = {kind: seconds - before.by_kind[kind] for kind, seconds in self.by_kind.items()}
        return Used(spent, self.machine - before.machine)


@dataclass(frozen=True, slots=True)
class Conditions:
    tenants: int
    users: int
    latency_ms: int
    at_once: int
    """Tenants that one collector works on."""
    mongo: str = field(default="", repr=False)
    """Its address; '' for the server of tests."""


@dataclass(frozen=True, slots=True)
class Cloud:
    facts: Any
    pid: int


@dataclass(frozen=True, slots=True)
class Fleet:
    stack: Stack
    facts: Any
    simulator: int
    api: httpx.Client
    cloud: httpx.Client
    conditions: Conditions

    @property
    def tenants(self) -> list[str]:
        return [tenant["tenant_id"] for tenant in self.facts["tenants"]]

    @property
    def kafka(self) -> str:
        return str(json.loads(self.stack.environment["REENTRA_KAFKA__BOOTSTRAP_SERVERS"])[0])

    def connect_all(self) -> None:
        app = next(app for app in self.facts["apps"] if app["name"] == "Demo reader")
        backup = {"client_id": app["client_id"], "kind": "secret", "value": app["client_secret"]}
        for number, tenant_id in enumerate(self.tenants):
            wanted = {"name": f"Tenant {number}", "tenant_id": tenant_id, "cloud": "custom", "backup": backup}
            self.api.post("/tenants", json=wanted).raise_for_status()

    def back_up(self, tenants: Sequence[str]) -> float:
        """Seconds from the first request to the last end."""
        began = time.monotonic()
        jobs = [self.api.post(f"/tenants/{id}/backups").raise_for_status().json()["id"] for id in tenants]
        while not self._ended(jobs):
            time.sleep(_PAUSE)
        return time.monotonic() - began

    def _ended(self, jobs: list[str]) -> bool:
        for job_id in jobs[:]:
            job = self.api.get(f"/jobs/{job_id}").raise_for_status().json()
            if job["status"] not in _FINISHED:
                return False
            if job["status"] != "succeeded":
                raise SystemExit(f"a backup {job['status']}: {job['error']}")
            jobs.remove(job_id)
        return True

    def first_request_after(self, tenant_id: str) -> float:
        """Seconds from the request for a backup until the first of its requests reached Graph."""
        self.cloud.delete("/counters").raise_for_status()
        asked = time.time()
        self.back_up([tenant_id])
        log = self.cloud.get("/log").raise_for_status().json()
        first = min(datetime.fromisoformat(entry["at"]).timestamp() for entry in log if entry["tenant_id"] == tenant_id)
        return first - self.conditions.latency_ms / 1000 - asked  # the simulated Graph waits before it looks

    def began(self) -> list[int]:
        """Backups that each collector claimed so far."""
        collectors = [process for name, process in self.stack.processes.items() if name.startswith("collector")]
        return [process.output.read_bytes().count(b'"event": "job claimed"') for process in collectors]

    def used(self) -> Used:
        by_kind: dict[str, float] = defaultdict(float)
        by_kind["simulated Graph"] = _cpu_seconds(self.simulator)
        for name, process in self.stack.processes.items():
            assert process.pid is not None
            by_kind[_kind(name)] += _cpu_seconds(process.pid)
        whole = psutil.cpu_times()
        return Used(by_kind, sum(whole) - whole.idle - whole.iowait - whole.guest - whole.guest_nice)


def _kind(name: str) -> str:
    if name.startswith("collector"):
        return "collectors"
    return name if name in ("kafka", "minio", "mongo") else "other services"


def _cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def bus_of(server: str) -> Bus:
    """All that ever went over it: bodies, keys and headers."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(bootstrap_servers=server, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(spec.name, number) for spec in topics() for number in range(spec.partitions)]
        consumer.assign(places)
        ends = {place: end for place, end in (await consumer.end_offsets(places)).items() if end}
        messages, size = 0, 0
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                messages += len(records)
                size += sum(_size(record) for record in records)
        return Bus(messages, size)
    finally:
        await consumer.stop()


def _size(record: Any) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers


@contextmanager
def fleet(
    folder: Path, conditions: Conditions, collectors: int, more_settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Fleet]:
    with ExitStack() as stack:
        simulator = stack.enter_context(_cloud(folder, conditions))
        facts = simulator.facts
        settings = {
            "REENTRA_CLOUD_CUSTOM_LOGIN_URL": facts["login_url"],
            "REENTRA_CLOUD_CUSTOM_GRAPH_URL": facts["graph_url"],
            "REENTRA_CLOUD_CUSTOM_CA_FILE": str(facts["ca_file"]),
            "REENTRA_COLLECTOR__CONCURRENT_JOBS": str(conditions.at_once),
            **_of_mongo(conditions.mongo),
            **more_settings,
        }
        port = free_ports(1)[0]
        running = stack.enter_context(Stack(folder / "stack", port, settings=settings, collectors=collectors))
        headers = {"Authorization": f"Bearer {running.token_file.read_text().strip()}"}
        address = f"http://127.0.0.1:{port}/api/v1"
        api = stack.enter_context(httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False))
        cloud = httpx.Client(base_url=facts["control_url"], verify=str(facts["ca_file"]), timeout=120, trust_env=False)
        made = Fleet(running, facts, simulator.pid, api, stack.enter_context(cloud), conditions)
        made.connect_all()
        yield made


def _of_mongo(url: str) -> dict[str, str]:
    database = f"reentra-bench-{secrets.token_hex(4)}"
    return {"REENTRA_MONGO__URL": url, "REENTRA_MONGO__DATABASE": database} if url else {}


@contextmanager
def _cloud(folder: Path, conditions: Conditions) -> Iterator[Cloud]:
    command = [sys.executable, "-m", "reentra.simulator.main", "--users", str(conditions.users)]
    command += ["--tenants", str(conditions.tenants), "--latency-ms", str(conditions.latency_ms)]
    command += ["--ca-folder", str(folder / "ca")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Cloud(json.loads(process.stdout.readline()), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def measured(conditions: Conditions, collectors: int) -> dict[str, float]:
    tenants = conditions.tenants
    cores = psutil.cpu_count() or 1
    with (
        tempfile.TemporaryDirectory(prefix="reentra-bench-") as folder,
        fleet(Path(folder), conditions, collectors) as running,
    ):
        before = asyncio.run(bus_of(running.kafka))
        used_before = running.used()
        seconds = running.back_up(running.tenants)
        used = running.used().since(used_before)
        after = asyncio.run(bus_of(running.kafka))
        began = running.began()
        samples = [running.first_request_after(tenant_id) for tenant_id in running.tenants[:_SAMPLES]]
        return {
            "backups per hour": 3600 * tenants / seconds,
            "began by one collector, most": max(began),
            "began by one collector, fewest": min(began),
            **{f"CPU ms per backup: {kind}": 1000 * spent / tenants for kind, spent in used.by_kind.items()},
            "cores busy with all this, %": 100 * sum(used.by_kind.values()) / seconds / cores,
            "cores busy, anybody's work too, %": 100 * used.machine / seconds / cores,
            "messages per backup": (after.messages - before.messages) / tenants,
            "bytes on the bus per backup": (after.bytes - before.bytes) / tenants,
            "first request after, ms, median": 1000 * statistics.median(samples),
            "first request after, ms, worst": 1000 * max(samples),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.fleet", description=__doc__)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--latency-ms", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=2, help="tenants that one collector works on")
    parser.add_argument("--collectors", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--mongo", default="", help="address of a server of yours")
    chosen = parser.parse_args()
    conditions = Conditions(chosen.tenants, chosen.users, chosen.latency_ms, chosen.at_once, chosen.mongo)
    print(f"{os.cpu_count()} cores; {conditions}", flush=True)
    for collectors in chosen.collectors:
        print(f"{collectors} collectors, load {os.getloadavg()[0]:.1f} before", flush=True)
        for name, value in measured(conditions, collectors).items():
            print(f"  {name:<34} {value:>10,.0f}", flush=True)


if __name__ == "__main__":
    main()
