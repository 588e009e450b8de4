"""`kill -9` of `reentra up` at every named step of a restore, and at random moments: it continues by itself."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.truth import differences_after_restore
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud

pytestmark = pytest.mark.timeout(900)
"""A minute on an idle machine; a dozen starts of the server take their time on a busy one."""

KILLED = 137
PLANNING = ("restorer.after-draft", "restorer.after-plan")
APPLYING = (
    "restorer.after-begin",
    "restorer.after-intent",
    "restorer.after-send",
    "restorer.after-send:2",
    "restorer.after-outcome",
    "restorer.after-chunk",
    "restorer.after-steps",
    "restorer.after-read-back",
)
QUICK = {
    "REENTRA_RESTORER__PROBE_PATIENCE_SECONDS": "1",
    "REENTRA_RESTORER__GLANCE_SECONDS": "0.3",
    "REENTRA_RESTORER__FIRST_PAUSE_SECONDS": "0.1",
}


@dataclass(frozen=True, slots=True)
class Road:
    cloud: Simulator
    reentra: Reentra

    def damage(self, then: Any, number: int) -> str:
        """A group for good with everything that refers to it, people to the bin and changed ones. The group's name."""
        objects, links = then["objects"], then["links"]
        holders = {a["principalId"] for a in objects["roleAssignment"].values()}
        groups = [
            i for i, g in objects["group"].items()
            if not g.get("onPremisesSyncEnabled") and not g["groupTypes"] and not g["mailEnabled"]
            and not g.get("assignedLicenses") and not g.get("isAssignableToRole")
        ]  # fmt: skip
        group = sorted(groups, key=lambda i: len(links["members"].get(i, ())), reverse=True)[number]
        people = [i for i, u in objects["user"].items() if not u.get("onPremisesSyncEnabled") and i not in holders]
        self.cloud.in_tenant("DELETE", f"/object/{group}?hard=true")
        for user in people[number * 8 : number * 8 + 3]:
            self.cloud.in_tenant("DELETE", f"/object/{user}")
        for user in people[number * 8 + 3 : number * 8 + 8]:
            self.cloud.in_tenant("PATCH", f"/object/{user}", {"jobTitle": f"Changed {number}"})
        return str(objects["group"][group]["displayName"])

    def begin(self, *words: str) -> "subprocess.Popen[str]":
        """A command that is given to the running server and goes on waiting while that dies and comes back."""
        command = [sys.executable, "-m", "reentra.standalone.main", "--json", *words]
        return subprocess.Popen(
            command, env=self.reentra.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def killed_at(self, steps: Sequence[str], *words: str) -> Any:
        """What the command says in the end, after the server was killed once at each of these steps."""
        self.reentra.stop()
        self.start(steps[0])
        process = self.begin(*words)
        for step, following in zip(steps, [*steps[1:], ""], strict=True):
            assert self.reentra.wait_for_exit(60) == KILLED, f"{step} was not passed"
            self.start(following)
        return self.finish(process)

    def start(self, failpoint: str) -> None:
        """It may be killed before it ever answers: what was running goes on at once."""
        try:
            self.reentra.start(REENTRA_FAILPOINT=failpoint)
        except AssertionError:
            assert self.reentra.process is not None
            if self.reentra.process.poll() != KILLED:
                raise

    def killed_at_random(self, chance: random.Random, times: int) -> None:
        for _ in range(times):
            self.reentra.kill()
            self.reentra.start()
            time.sleep(chance.random() * 0.6)

    def finish(self, process: "subprocess.Popen[str]") -> Any:
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, (out[-3000:], err[-3000:], self.reentra.log())
        return json.loads(out)

    def check(self, then: Any, plan: Any, group: str) -> None:
        """Everything is as it was, nothing is there twice, and nothing is left to do or damaged."""
        shown = self.reentra.json("restore", "show", plan["id"])
        new_ids = {s["object_id"]: s["new_id"] for s in shown["steps"] if s["new_id"] and s["new_id"] != s["object_id"]}
        now = self.cloud.truth()
        assert differences_after_restore(then, now, new_ids) == []
        assert len([g for g in now["objects"]["group"].values() if g["displayName"] == group]) == 1
        for name in ("user", "group", "roleAssignment", "appRoleAssignment", "oauth2PermissionGrant"):
            assert len(now["objects"][name]) == len(then["objects"][name]), f"{name}: twins"
        assert self.reentra.json("restore", "plan", "Contoso", "--snapshot", "1")["identical"]
        self.reentra.cli("verify", "--all-data", "--data", str(self.reentra.data))
        assert self.cloud.control("GET", "/counters")["violations"] == []


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("killed")
    with simulated_cloud(folder, users=40) as cloud, installation(folder, cloud, **QUICK) as reentra:
        reentra.start()
        reentra.connect()
        reentra.json("backup", "start", "Contoso", "--wait")
        yield Road(cloud, reentra)


def test_killed_at_every_named_step_a_restore_continues_and_is_whole(road: Road) -> None:
    then = road.cloud.truth()
    group = road.damage(then, 0)
    plan = road.killed_at(PLANNING, "restore", "plan", "Contoso", "--snapshot", "1")
    done = road.killed_at(APPLYING, "restore", "apply", plan["id"], "--wait")
    assert done["status"] == "succeeded"
    road.check(then, plan, group)


def test_killed_at_random_moments_a_restore_continues_and_is_whole(road: Road) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    then = road.cloud.truth()
    backup = road.reentra.json("backup", "start", "Contoso", "--wait")
    group = road.damage(then, 1)
    plan = road.reentra.json("restore", "plan", "Contoso", "--snapshot", str(backup["result"]["snapshot"]))
    job = road.reentra.json("restore", "apply", plan["id"])
    road.killed_at_random(random.Random(seed), 3)
    assert road.reentra.json("jobs", "watch", job["id"])["status"] == "succeeded"
    road.check(then, plan, group)
