"""Many tenants, several collectors, real servers, and trouble in the middle of each round of backups.

A round: every tenant is changed a little and backed up once, something breaks meanwhile, all backups end. Then
`fleet_proof` holds what was stored against the cloud's truth.

`python -m tests.e2e.fleet [--tenants 40] [--minutes 1]` runs all rounds and says what happens; `--minutes` is how long
Kafka stays away.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import orjson
from deploy.servers.process import free_ports
from deploy.stack import Stack
from tests.e2e import fleet_proof as proof
from tests.e2e.world import Simulator, simulated_cloud

LEASE_SECONDS = 15
"""Shorter ones are lost on a machine that has much else to do, and their jobs go from hand to hand."""
COLLECTORS = ("collector", "collector-2", "collector-3")
_FINISHED = ("succeeded", "partial", "failed", "cancelled")
_PAUSE = 0.1
_AT_ONCE = 4
"""Tenants that are being connected."""
Say = Callable[[str], None]
Line = dict[str, Any]


@dataclass(slots=True)
class Fleet:
    stack: Stack
    cloud: Simulator
    api: httpx.Client
    say: Say
    deadline_seconds: float = 600.0
    rounds: Counter[str] = field(default_factory=Counter)
    """How often each tenant was backed up."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Of this round: tenant -> job."""

    @property
    def tenants(self) -> list[str]:
        return [tenant["tenant_id"] for tenant in self.cloud.facts["tenants"]]

    def connect_all(self) -> None:
        app = self.cloud.app("Demo reader")
        backup = {"client_id": app["client_id"], "kind": "secret", "value": app["client_secret"]}

        def connect(number: int, tenant_id: str) -> None:
            wanted = {"name": f"Tenant {number}", "tenant_id": tenant_id, "cloud": "custom", "backup": backup}
            self.api.post("/tenants", json=wanted).raise_for_status()

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(connect, count(1), self.tenants))

    def back_up(self, trouble: Callable[[], None], *, tenants: int | None = None) -> None:
        """Every tenant once, or the first so many, `trouble` in the middle; then everything is proven."""
        chosen = self.tenants[:tenants]
        self.rounds.update(chosen)
        for number, tenant_id in enumerate(chosen):
            change = {"type": "user", "percentage": 20, "seed": 100 * self.rounds[tenant_id] + number}
            self.cloud.control("POST", f"/tenants/{tenant_id}/mutate", change)
        self.cloud.control("DELETE", "/counters")
        began = time.monotonic()
        self.jobs = {tenant_id: self._ask_for_backup(tenant_id) for tenant_id in chosen}
        trouble()
        self.until("all backups ended", self._all_ended, pause=1.0)
        shares = ", ".join(f"{len(self.claimed_by(name))} by {name}" for name in COLLECTORS)
        self.say(f"{len(self.jobs)} backups ended after {time.monotonic() - began:.0f} s; claimed: {shares}")
        proof.prove_round(self)
        self.until("every message was heard", lambda: not self._unheard())
        self.say("proven: read by one at a time, sealed once, as the tenants are; every message was heard")

    def until(self, what: str, holds: Callable[[], bool], pause: float = _PAUSE) -> None:
        deadline = time.monotonic() + self.deadline_seconds
        while not holds():
            assert time.monotonic() < deadline, f"not in {self.deadline_seconds:.0f} s: {what}\n{self._state()}"
            time.sleep(pause)

    def job(self, tenant_id: str) -> Any:
        return self.api.get(f"/jobs/{self.jobs[tenant_id]}").raise_for_status().json()

    def said(self, *collectors: str, event: str) -> list[Line]:
        """What collectors logged of this round's jobs, each by its time."""
        of_round = set(self.jobs.values())
        lines = [line | {"by": name} for name in collectors or COLLECTORS for line in self._lines(name)]
        return [line for line in lines if line["event"] == event and line.get("job_id") in of_round]

    def at_work(self, collector: str) -> set[str]:
        """Jobs that it claimed and did not end."""
        return self.claimed_by(collector) - {line["job_id"] for line in self.said(event="snapshot sealed")}

    def claimed_by(self, collector: str) -> set[str]:
        return {line["job_id"] for line in self.said(collector, event="job claimed")}

    def sealed(self) -> int:
        return len(self.said(event="snapshot sealed"))

    def _unheard(self) -> list[str]:
        (server,) = cast("list[str]", json.loads(self.stack.environment["REENTRA_KAFKA__BOOTSTRAP_SERVERS"]))
        return asyncio.run(proof.unheard(server))

    def _ask_for_backup(self, tenant_id: str) -> str:
        answer = self.api.post(f"/tenants/{tenant_id}/backups")
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    def have_ended(self, jobs: set[str]) -> bool:
        return all(self.api.get(f"/jobs/{id}").raise_for_status().json()["status"] in _FINISHED for id in jobs)

    def _all_ended(self) -> bool:
        try:
            listed = self.api.get("/jobs", params={"kind": "backup", "limit": len(self.jobs)})
        except httpx.TransportError:
            return False
        if listed.status_code != httpx.codes.OK:
            return False
        found = {job["id"]: job["status"] for job in listed.json()["value"]}
        return all(found.get(id) in _FINISHED for id in self.jobs.values())

    def _lines(self, name: str) -> Iterator[Line]:
        for path in self.stack.processes[name].outputs:
            for text in path.read_bytes().splitlines():
                if text.startswith(b"{") and text.endswith(b"}"):
                    yield orjson.loads(text)

    def _state(self) -> str:
        logs = sorted(self.stack.logs.glob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in logs)


@contextmanager
def fleet(folder: Path, say: Say, *, tenants: int = 40, users: int = 10) -> Iterator[Fleet]:
    """Raises deploy.servers.Unavailable where a server is not there."""
    with simulated_cloud(folder, users=users, words=("--tenants", str(tenants), "--latency-ms", "20")) as cloud:
        settings = {
            "REENTRA_CLOUD_CUSTOM_LOGIN_URL": cloud.facts["login_url"],
            "REENTRA_CLOUD_CUSTOM_GRAPH_URL": cloud.facts["graph_url"],
            "REENTRA_CLOUD_CUSTOM_CA_FILE": str(cloud.facts["ca_file"]),
            "REENTRA_JOBS__LEASE_SECONDS": str(LEASE_SECONDS),
        }
        port = free_ports(1)[0]
        with Stack(folder / "stack", port, settings=settings, collectors=len(COLLECTORS)) as stack:
            headers = {"Authorization": f"Bearer {stack.token_file.read_text().strip()}"}
            address = f"http://127.0.0.1:{port}/api/v1"
            with httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as api:
                made = Fleet(stack, cloud, api, say)
                made.connect_all()
                say(f"{tenants} tenants connected, {len(COLLECTORS)} collectors run")
                yield made


def one_killed_one_frozen(fleet: Fleet) -> None:
    """The frozen one wakes just when another works on what it held."""
    processes = fleet.stack.processes
    fleet.until("collector-2 works", lambda: bool(fleet.at_work("collector-2")))
    processes["collector-2"].kill()
    left = fleet.at_work("collector-2")
    while not (held := _taken_from_frozen(fleet)):
        pass
    fleet.say(f"killed with {len(left)} jobs, frozen with {len(held)}")
    processes["collector-2"].start()


def _taken_from_frozen(fleet: Fleet) -> set[str]:
    """What collector-3 held when it was frozen, awake again now that another has some of it. Nothing when it had just
    ended all of that and could not say so any more."""
    frozen = fleet.stack.processes["collector-3"]
    fleet.until("collector-3 works", lambda: bool(fleet.at_work("collector-3")))
    frozen.freeze()
    held = fleet.at_work("collector-3")

    def taken() -> bool:
        return bool(held & fleet.claimed_by("collector"))

    fleet.until("another has what the frozen one held, or it had ended", lambda: taken() or fleet.have_ended(held))
    frozen.thaw()
    return held if taken() else set()


def kafka_away(fleet: Fleet, seconds: float = 0.0) -> None:
    """Until some backups ended without it, and at least so long."""
    kafka = fleet.stack.processes["kafka"]
    kafka.kill()
    gone = time.monotonic()
    _until_more_is_sealed(fleet)
    fleet.until("the time is over", lambda: time.monotonic() - gone >= seconds)
    kafka.start()
    fleet.say(f"Kafka is back after {time.monotonic() - gone:.0f} s")


def kafka_wiped(fleet: Fleet) -> None:
    fleet.stack.lose_kafka()
    fleet.say("Kafka is back, empty")
    _until_more_is_sealed(fleet)
    fleet.stack.run_once("topics", "apply")
    fleet.say("`reentra topics apply` was run")


def stores_restarted(fleet: Fleet) -> None:
    for name in ("mongo", "minio"):
        _until_more_is_sealed(fleet)
        fleet.stack.processes[name].kill()
        fleet.stack.processes[name].start()
        fleet.say(f"{name} restarted")


def _until_more_is_sealed(fleet: Fleet) -> None:
    enough = min(fleet.sealed() + len(COLLECTORS), len(fleet.jobs))
    fleet.until("some backups end", lambda: fleet.sealed() >= enough)


def walk(fleet: Fleet, minutes: float) -> None:
    fleet.back_up(lambda: one_killed_one_frozen(fleet))
    fleet.back_up(lambda: kafka_away(fleet, 60 * minutes))
    fleet.back_up(lambda: kafka_wiped(fleet))
    fleet.back_up(lambda: stores_restarted(fleet))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tests.e2e.fleet", description=__doc__)
    parser.add_argument("--tenants", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=1.0)
    chosen = parser.parse_args(words)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    with (
        tempfile.TemporaryDirectory(prefix="reentra-fleet-") as folder,
        fleet(Path(folder), say, tenants=chosen.tenants) as running,
    ):
        walk(running, chosen.minutes)


if __name__ == "__main__":
    main()
