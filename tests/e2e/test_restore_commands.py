"""`reentra restore` as scripts use it: exit statuses, one document, and blockers about the restore app itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud

SUCCESS, FAILURE, PARTIAL = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Road:
    cloud: Simulator
    reentra: Reentra
    users: tuple[str, ...]
    device: str
    administrator: str

    @property
    def writer(self) -> str:
        return str(self.cloud.app("Demo writer")["client_id"])

    def damage(self, user: str) -> None:
        self.cloud.in_tenant("PATCH", f"/object/{user}", {"jobTitle": "Changed"})

    def plan(self, *words: str, expect: int) -> Any:
        return self.reentra.json("restore", "plan", "Contoso", "--snapshot", "1", *words, expect=expect)

    def plan_user(self, user: str, *, expect: int) -> Any:
        return self.plan("--type", "user", "--id", user, expect=expect)

    def apply(self, plan: Any, *, expect: int) -> Any:
        return self.reentra.json("restore", "apply", plan["id"], "--wait", expect=expect)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("restores")
    with simulated_cloud(folder, users=30) as cloud, installation(folder, cloud) as reentra:
        reentra.start()
        connect(cloud, reentra, restore_app=False)
        reentra.json("backup", "start", "Contoso", "--wait")
        objects = cloud.truth()["objects"]
        holders = [a["principalId"] for a in objects["roleAssignment"].values() if a["principalId"] in objects["user"]]
        free = [i for i, u in objects["user"].items() if not u.get("onPremisesSyncEnabled") and i not in holders]
        people = [i for i in holders if not objects["user"][i].get("onPremisesSyncEnabled")]
        yield Road(cloud, reentra, tuple(free), next(iter(objects["device"])), people[0])


@pytest.fixture(scope="module")
def connected(bare: Road) -> Road:
    connect(bare.cloud, bare.reentra, restore_app=True)
    return bare


@pytest.fixture
def road(connected: Road) -> Road:
    """With a restore app that may do everything."""
    connected.cloud.in_tenant("PUT", f"/consents/{connected.writer}")
    return connected


def connect(cloud: Simulator, reentra: Reentra, *, restore_app: bool) -> None:
    if restore_app:
        reentra.connect()
        return
    app = cloud.app("Demo reader")
    secret = reentra.folder / "reader.secret"
    secret.write_text(app["client_secret"])
    secret.chmod(0o600)
    reentra.json(
        "tenants", "connect", "--name", "Contoso", "--tenant-id", cloud.tenant_id, "--cloud", "custom",
        "--client-id", app["client_id"], "--secret-file", str(secret),
    )  # fmt: skip


def test_without_a_restore_app_a_plan_is_blocked_and_applying_it_fails_in_one_sentence(bare: Road) -> None:
    """The first of this module: an app that was connected stays."""
    bare.damage(bare.users[0])
    plan = bare.plan_user(bare.users[0], expect=PARTIAL)
    assert [b["code"] for b in plan["blockers"]] == ["restore_app_missing"]
    assert "has no restore app" in plan["blockers"][0]["reason"]
    job = bare.apply(plan, expect=FAILURE)
    assert "has no restore app" in job["error"]["message"]

    connect(bare.cloud, bare.reentra, restore_app=True)
    assert bare.apply(plan, expect=SUCCESS)["status"] == "succeeded", "the same plan, once the app is there"
    assert bare.plan_user(bare.users[0], expect=SUCCESS)["identical"]


def test_a_missing_permission_is_one_blocker_that_names_it(road: Road) -> None:
    lost = ("User.ReadWrite.All", "Directory.ReadWrite.All")
    for user in road.users[:3]:
        road.damage(user)
    for name in lost:
        road.cloud.in_tenant("DELETE", f"/consents/{road.writer}/{name}")
    ids = [word for user in road.users[:3] for word in ("--id", user)]
    plan = road.plan("--type", "user", *ids, expect=PARTIAL)
    assert [b["code"] for b in plan["blockers"]] == ["permission_missing"]
    assert "User.ReadWrite.All; 3 steps need it (user)" in plan["blockers"][0]["reason"]
    refused = road.apply(plan, expect=FAILURE)
    assert "User.ReadWrite.All" in refused["result"]["failures"][0]["message"]

    road.cloud.in_tenant("PUT", f"/consents/{road.writer}")
    assert road.apply(plan, expect=SUCCESS)["result"]["blocked"] == 0
    assert road.plan("--type", "user", *ids, expect=SUCCESS)["identical"]


def test_a_revoked_consent_is_a_blocker(road: Road) -> None:
    road.damage(road.users[4])
    road.cloud.in_tenant("DELETE", f"/consents/{road.writer}")
    plan = road.plan_user(road.users[4], expect=PARTIAL)
    assert [b["code"] for b in plan["blockers"]] == ["restore_app_missing"]
    assert road.writer in plan["blockers"][0]["reason"]
    road.cloud.in_tenant("PUT", f"/consents/{road.writer}")
    plan = road.plan_user(road.users[4], expect=SUCCESS)
    assert "To do it" in road.reentra.cli("restore", "show", plan["id"]).err
    road.apply(plan, expect=SUCCESS)
    assert "To do it" not in road.reentra.cli("restore", "show", plan["id"]).err


def test_only_what_is_named_is_planned(road: Road) -> None:
    user = road.users[6]
    road.damage(user)
    whose = ("--type", "user", "--id", user)
    assert road.plan(*whose, "--only", "department", expect=SUCCESS)["identical"]
    plan = road.plan(*whose, "--only", "department", "--only", f"{user}:jobTitle", expect=SUCCESS)
    assert [list(step["body"]) for step in plan["steps"]] == [["jobTitle"]]
    assert "jobTitel" in road.plan(*whose, "--only", "jobTitel", expect=FAILURE)["error"]["message"]


def test_a_restore_is_undone_and_then_there_is_nothing_to_undo(road: Road) -> None:
    user, other = road.users[7], road.users[8]
    for one in (user, other):
        road.damage(one)
    broken = road.cloud.truth()["objects"]["user"]
    restore = road.apply(road.plan("--type", "user", "--id", user, "--id", other, expect=SUCCESS), expect=SUCCESS)
    plan = road.reentra.json("restore", "undo", restore["id"], expect=SUCCESS)
    assert (plan["undoes"], [step["kind"] for step in plan["steps"]]) == (restore["id"], ["update", "update"])
    undone = road.apply(plan, expect=SUCCESS)
    assert "as before the restore" in undone["result"]["message"]
    now = road.cloud.truth()["objects"]["user"]
    assert [now[one] for one in (user, other)] == [broken[one] for one in (user, other)]
    assert road.reentra.json("restore", "undo", restore["id"], expect=SUCCESS)["identical"]

    again = road.apply(road.reentra.json("restore", "undo", undone["id"], expect=SUCCESS), expect=SUCCESS)
    road.cloud.in_tenant("PATCH", f"/object/{user}", {"jobTitle": "Somebody else's"})
    blocked = road.reentra.json("restore", "undo", again["id"], expect=PARTIAL)
    assert [(b["object_id"], b["code"]) for b in blocked["blockers"]] == [(user, "changed_since")]
    assert "nonsense" in road.reentra.cli("restore", "undo", "nonsense", expect=FAILURE).err


def test_an_object_that_cannot_come_back_makes_plan_and_restore_partial(road: Road) -> None:
    road.cloud.in_tenant("DELETE", f"/object/{road.device}?hard=true")
    plan = road.plan("--type", "device", "--id", road.device, expect=PARTIAL)
    assert [b["code"] for b in plan["blockers"]] == ["cannot_be_created"]
    assert road.apply(plan, expect=PARTIAL)["result"]["blocked"] == 1


def test_a_refused_administrator_is_told_with_the_role_that_it_takes(road: Road) -> None:
    road.cloud.in_tenant("PATCH", f"/object/{road.administrator}", {"mobilePhone": "+41 44 000 00 00"})
    plan = road.plan_user(road.administrator, expect=SUCCESS)
    assert [(w["code"], w["object_id"]) for w in plan["warnings"]] == [("administrator", road.administrator)]
    assert "mobilePhone" in plan["warnings"][0]["reason"]
    job = road.apply(plan, expect=FAILURE)
    assert "needs an Entra role that is at least as high" in job["result"]["failures"][0]["message"]


def test_an_unknown_snapshot_is_an_error(road: Road) -> None:
    answer = road.reentra.cli("--json", "restore", "plan", "Contoso", "--snapshot", "99", expect=FAILURE)
    assert "99" in answer.json()["error"]["detail"]
