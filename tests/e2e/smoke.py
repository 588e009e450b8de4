"""The whole road without a person: `python -m tests.e2e.smoke` (`make smoke`). Exit status 0 only if it is true.

1. Connect a simulated tenant with two app registrations of its own; full backup.
2. Break it: delete users softly and one group for good, blank an attribute on many users, change Conditional Access,
   remove members.
3. Incremental backup: its Graph requests follow the changes. List what changed.
4. Download at three levels; every hash, and the whole content against the cloud's truth of then.
5. Plan, restore, and compare the cloud's truth of now with the truth of then, property by property, link by link.
6. Plan again: nothing to do. Verify every stored byte. The cloud has seen no rule broken.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.truth import archive_files, differences_after_restore, differences_with_archive
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud

Say = Callable[[str], None]
_SHOWN = 12


@dataclass(slots=True)
class Damage:
    """What was done to the tenant, by id."""

    deleted_users: list[str] = field(default_factory=list)
    purged_group: str = ""
    blanked: list[str] = field(default_factory=list)
    policy: str = ""
    thinned_group: str = ""


def walk(folder: Path, users: int, say: Say) -> None:
    with simulated_cloud(folder, users=users) as cloud, installation(folder, cloud) as reentra:
        walk_the_road(cloud, reentra, folder, say)


def walk_the_road(cloud: Simulator, reentra: Reentra, folder: Path, say: Say) -> None:
    """Any cloud that has the simulator's control API will do."""
    reentra.start()
    say(f"connected: {reentra.connect()['name']}")
    then = cloud.truth()
    first = _back_up(reentra, cloud, say)
    damage = _break(cloud, then)
    say(f"broken: {len(damage.deleted_users)} users deleted, 1 group purged, {len(damage.blanked)} blanked, ...")
    second = _back_up(reentra, cloud, say)
    assert second["requests"] < first["requests"], f"an incremental backup asks less: {second}, {first}"
    _list_changes(reentra, damage, say)
    _download(reentra, folder, then, damage, say)
    new_ids = _restore(reentra, say)
    problems = differences_after_restore(then, cloud.truth(), new_ids)
    _none(problems, "after the restore")
    say("restored: every property and link is as it was")
    again = reentra.json("restore", "plan", "Contoso", "--snapshot", "1")
    assert again["identical"], f"a second plan still finds {again['counts']}: {again['steps'][:3]}"
    say("planned again: identical")
    reentra.cli("verify", "--all-data", *reentra.place)
    say("verified: everything stored is as it was written")
    _none([json.dumps(v) for v in cloud.control("GET", "/counters")["violations"]], "rules of Graph")


def _back_up(reentra: Reentra, cloud: Simulator, say: Say) -> dict[str, Any]:
    before = cloud.requests()
    job = reentra.json("backup", "start", "Contoso", "--wait")
    asked = cloud.requests() - before
    assert job["status"] == "succeeded", job["error"]
    say(f"backed up: snapshot {job['result']['snapshot']}, {asked} Graph requests")
    return {"requests": asked, "number": job["result"]["snapshot"]}


def _break(cloud: Simulator, truth: Any) -> Damage:
    links, objects = truth["links"], truth["objects"]
    role_holders = {a["principalId"] for a in objects["roleAssignment"].values()}
    people = [i for i, u in objects["user"].items() if not u.get("onPremisesSyncEnabled") and i not in role_holders]
    plain = [
        i
        for i, g in objects["group"].items()
        if not g.get("onPremisesSyncEnabled")
        and "DynamicMembership" not in (g.get("groupTypes") or [])
        and not (g.get("mailEnabled") and "Unified" not in (g.get("groupTypes") or []))
        and not g.get("assignedLicenses")
    ]
    used = json.dumps(objects["conditionalAccessPolicy"])
    by_use = sorted(plain, key=lambda i: (i in used, len(links["members"].get(i, []))), reverse=True)
    damage = Damage(deleted_users=people[:5], purged_group=by_use[0])
    damage.blanked = [i for i in people[5:] if objects["user"][i].get("jobTitle")][: max(10, len(people) // 5)]
    damage.thinned_group = next(i for i in by_use[1:] if len(links["members"].get(i, [])) >= 2)
    damage.policy = next(iter(objects["conditionalAccessPolicy"]))
    for user in damage.deleted_users:
        cloud.in_tenant("DELETE", f"/object/{user}")
    cloud.in_tenant("DELETE", f"/object/{damage.purged_group}?hard=true")
    for user in damage.blanked:
        cloud.in_tenant("PATCH", f"/object/{user}", {"jobTitle": None})
    cloud.in_tenant("PATCH", f"/object/{damage.policy}", {"displayName": "Changed by an intruder", "state": "disabled"})
    for member in links["members"][damage.thinned_group][:3]:
        cloud.in_tenant("DELETE", f"/links/members/{damage.thinned_group}/{member}")
    return damage


def _list_changes(reentra: Reentra, damage: Damage, say: Say) -> None:
    deleted = {o["id"] for o in reentra.json("objects", "list", "Contoso", "--type", "user", "--deleted")["value"]}
    assert set(damage.deleted_users) <= deleted
    groups = {o["id"] for o in reentra.json("objects", "list", "Contoso", "--type", "group", "--deleted")["value"]}
    assert damage.purged_group in groups
    history = reentra.json("objects", "history", "Contoso", "--type", "user", "--id", damage.blanked[0])["value"]
    assert len(history) == 2
    say(f"listed: {len(deleted)} deleted users, {len(groups)} deleted groups, history of a blanked user")


def _download(reentra: Reentra, folder: Path, then: Any, damage: Damage, say: Say) -> None:
    whole, groups, both, chosen = (folder / f"{name}.zip" for name in ("tenant", "groups", "both", "chosen"))
    at = ("--snapshot", "1", "--wait", "--output")
    reentra.json("download", "create", "Contoso", *at, str(whole))
    reentra.json("download", "create", "Contoso", "--type", "group", *at, str(groups))
    reentra.json("download", "create", "Contoso", "--type", "group", "--type", "user", *at, str(both))
    ids = [word for user in damage.deleted_users[:2] for word in ("--id", user)]
    reentra.json("download", "create", "Contoso", "--type", "user", *ids, *at, str(chosen))
    _none(differences_with_archive(then, whole), "between archive and truth")
    assert archive_files(groups) == len(then["objects"]["group"])
    assert archive_files(both) == len(then["objects"]["group"]) + len(then["objects"]["user"])
    assert archive_files(chosen) == 2
    say(f"downloaded: {archive_files(whole)} objects, all as they were; one type, two types; two chosen objects")


def _restore(reentra: Reentra, say: Say) -> dict[str, str]:
    plan = reentra.json("restore", "plan", "Contoso", "--snapshot", "1", expect=None)
    say(f"planned: {plan['counts']}")
    for note in plan["blockers"]:
        say(f"  blocked: {note['object_type']} {note['display_name']}: {note['reason']}")
    done = reentra.cli("--json", "restore", "apply", plan["id"], "--wait", expect=None)
    job = done.json()
    steps = reentra.json("restore", "show", plan["id"])["steps"]
    troubled = [s for s in steps if s["state"] not in ("confirmed", "skipped")]
    assert job["status"] == "succeeded", f"{job['error']} {troubled[:5]} {done.err[-2000:]}"
    assert done.status == 0
    say(f"restored: {job['result'].get('counts', {})}")
    return {s["object_id"]: s["new_id"] for s in steps if s["new_id"] and s["new_id"] != s["object_id"]}


def _none(problems: list[str], where: str) -> None:
    assert not problems, f"{len(problems)} differences {where}:\n" + "\n".join(problems[:_SHOWN])


def main() -> None:
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reentra-smoke-") as folder:
        walk(Path(folder), users, lambda text: print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True))
    print("The whole road is true.")


if __name__ == "__main__":
    main()
