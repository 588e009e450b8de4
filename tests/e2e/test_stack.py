"""The whole road of `make smoke`, with every service in a process of its own over Kafka, MongoDB's protocol and S3; at
its end something stored is changed, and the database is lost."""

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from deploy.servers import Unavailable
from deploy.servers.process import free_ports
from deploy.stack import SERVERS, Stack
from minio import Minio
from pymongo import MongoClient
from tests.e2e.smoke import walk_the_road
from tests.e2e.world import Reentra, Simulator, simulated_cloud
from tests.scraping import ask_json, scrape

from reentra.common.jobs.census import WORKERS

_CLOUD = "REENTRA_CLOUD_CUSTOM_"


@dataclass(slots=True)
class StackedReentra(Reentra):
    """The same installation to its users."""

    stack: Stack | None = None
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def place(self) -> tuple[str, ...]:
        assert self.stack is not None
        return "--keys", str(self.stack.keys)

    def start(self, **extra: str) -> None:
        cloud = {name: value for name, value in self.environment.items() if name.startswith(_CLOUD)}
        self.stack = Stack(self.folder, self.port, settings={**cloud, **extra})
        self.running.enter_context(self.stack)
        self.extra |= self.stack.environment

    def stop(self) -> None:
        self.running.close()

    def stop_services(self) -> None:
        assert self.stack is not None
        services = [process for name, process in self.stack.processes.items() if name not in SERVERS]
        for process in services:
            process.ask_to_stop()
        for process in services:
            process.stop()

    def log(self) -> str:
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text()[-2000:]}" for path in logs)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Simulator]:
    with simulated_cloud(tmp_path, users=40) as simulator:
        yield simulator


@pytest.mark.timeout(900)
def test_the_whole_road_is_true_over_real_servers_with_a_process_per_service(tmp_path: Path, cloud: Simulator) -> None:
    said: list[Any] = []
    reentra = StackedReentra(tmp_path, cloud, free_ports(1)[0])
    try:
        walk_the_road(cloud, reentra, tmp_path, said.append)
        assert "verified: everything stored is as it was written" in said
        _every_process_tells_how_it_does(reentra)
        _two_gateways_are_one_door(reentra)
        _a_doctor_finds_everything_well(reentra)
        _what_is_damaged_is_named(reentra)
        _a_lost_database_comes_back(reentra)
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    finally:
        reentra.stop()
    assert "planned again: identical" in said


def _every_process_tells_how_it_does(reentra: StackedReentra) -> None:
    assert reentra.stack is not None
    health, kafka = reentra.stack.health, reentra.stack.processes["kafka"]
    checks = {"documents": "ok", "bytes": "ok", "bus": "ok"}
    for port in health.values():
        assert ask_json(port, "/readyz") == (200, {"status": "ready", "checks": checks})
    assert ask_json(health["scheduler"], "/work") == (200, dict.fromkeys(WORKERS, 0))
    told = {name: scrape(port) for name, port in health.items()}
    assert told["collector"].value("reentra_job_seconds_count", kind="backup", status="succeeded") >= 2
    assert told["collector"].total("reentra_graph_requests_total", status="200") > 0
    assert told["restorer"].total("reentra_graph_requests_total", method="POST") > 0
    assert told["scheduler"].value("reentra_work_jobs", service="restorer") == 0
    assert told["collector"].total("reentra_messages_sent_total") > 0
    assert "reentra_jobs" not in told["gateway"].names
    kafka.kill()
    status, away = ask_json(health["collector"], "/readyz")
    assert (status, away["checks"]["bus"]) == (503, "Kafka does not answer.")
    kafka.start()
    deadline = time.monotonic() + 120
    while ask_json(health["collector"], "/readyz")[0] != 200:
        assert time.monotonic() < deadline, "not ready again although Kafka is back"


def _two_gateways_are_one_door(reentra: StackedReentra) -> None:
    assert reentra.stack is not None
    password = reentra.json("password", *reentra.place)["password"]
    ports = (reentra.port, reentra.stack.another_gateway())
    here, there = (httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) for port in ports)
    with here, there:
        me = here.post("/api/v1/session", json={"username": "admin", "password": password}).json()
        there.cookies = here.cookies
        assert there.get("/api/v1/session").json()["csrf_token"] == me["csrf_token"]

        same = {"X-CSRF-Token": me["csrf_token"], "Idempotency-Key": "the same at both"}
        path, wish = (
            f"/api/v1/tenants/{reentra.simulator.tenant_id}/downloads",
            {"snapshot": "1", "object_types": ["group"]},
        )
        jobs = {client.post(path, headers=same, json=wish).json()["id"] for client in (here, there)}
        assert len(jobs) == 1
        assert _events_until_ready(here, *jobs) == _events_until_ready(there, *jobs)

        assert there.delete("/api/v1/session", headers=same).status_code == 204
        assert here.get("/api/v1/session").status_code == 401


def _events_until_ready(gateway: httpx.Client, job_id: str) -> list[str]:
    """The numbers of all events from the first to the end of this download."""
    seen: list[str] = []
    with gateway.stream("GET", "/api/v1/events", params={"after": "0"}) as answer:
        topic = ""
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                seen.append(value)
            elif name == "event":
                topic = value
            elif name == "data" and topic == "exporter.export-ready.v1" and job_id in value:
                return seen
    raise AssertionError(f"the stream ended after {seen[-1:]}")


def _a_doctor_finds_everything_well(reentra: StackedReentra) -> None:
    checks = {check["name"]: check["verdict"] for check in reentra.json("doctor", *reentra.place)}
    assert set(checks.values()) == {"ok"}, checks
    assert {"MongoDB", "object store", "Kafka", "keys"} <= checks.keys()


def _what_is_damaged_is_named(reentra: StackedReentra) -> None:
    settings = reentra.extra
    s3 = Minio(
        settings["REENTRA_S3__ENDPOINT"].removeprefix("http://"),
        access_key=settings["REENTRA_S3__ACCESS_KEY"],
        secret_key=settings["REENTRA_S3__SECRET_KEY"],
        secure=False,
    )
    keys = [str(found.object_name) for found in s3.list_objects("reentra", "tenants/", recursive=True)]
    key = next(key for key in keys if "/segments/" in key)
    whole = s3.get_object("reentra", key).read()
    flipped = bytes([*whole[:100], whole[100] ^ 4, *whole[101:]])
    s3.put_object("reentra", key, io.BytesIO(flipped), len(flipped))
    with MongoClient[dict[str, Any]](settings["REENTRA_MONGO__URL"]) as mongo:
        versions = mongo["reentra"]["catalogue_versions"]
        row = versions.find_one({"type": "user", "segment": {"$ne": key.rpartition("/")[2]}})
        assert row is not None
        versions.update_one({"_id": row["_id"]}, {"$set": {"name": "Somebody else"}})
        report = reentra.json("verify", "--all-data", *reentra.place, expect=1)
        versions.update_one({"_id": row["_id"]}, {"$set": {"name": row["name"]}})
    s3.put_object("reentra", key, io.BytesIO(whole), len(whole))
    errors = {finding["where"]: finding["message"] for finding in report["findings"] if finding["severity"] == "error"}
    assert key in errors
    assert row["object_id"] in errors["versions/user"]
    assert len(errors) == 2


def _a_lost_database_comes_back(reentra: StackedReentra) -> None:
    snapshots = reentra.json("snapshots", "list", "Contoso")["value"]
    reentra.stop_services()
    with MongoClient[dict[str, Any]](reentra.extra["REENTRA_MONGO__URL"]) as mongo:
        mongo.drop_database("reentra")
    refused = reentra.cli("serve", "scheduler", *reentra.place, expect=1)
    assert f"Run `reentra rebuild --keys {reentra.place[1]}`" in refused.err
    rebuilt = reentra.json("rebuild", *reentra.place)["rebuilt"]
    assert {tenant_id: len(numbers) for tenant_id, numbers in rebuilt.items()} == {
        reentra.simulator.tenant_id: len(snapshots)
    }
    assert reentra.json("verify", "--all-data", *reentra.place)["ok"] is True
