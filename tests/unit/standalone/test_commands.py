"""The client verbs: what they print, where, and how they end."""

import asyncio
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from tests.unit.gateway.conftest import TENANT
from tests.unit.standalone.conftest import Shell

from reentra.common.testing.backups import user

ADA = user(1).object_id
EVE = user(3).object_id


@pytest.mark.parametrize(
    "words",
    [
        ("tenants", "list"),
        ("tenants", "show", "contoso"),
        ("snapshots", "list", TENANT),
        ("snapshots", "show", "contoso.example"),
        ("snapshots", "show", "Contoso", "2", "--changes"),
        ("objects", "list", "Contoso", "--type", "user"),
        ("objects", "filters", "Contoso", "--type", "group"),
        ("objects", "show", "Contoso", "--type", "user", "--id", ADA),
        ("objects", "history", "Contoso", "--type", "user", "--id", ADA),
        ("download", "list", "Contoso"),
        ("jobs", "list"),
        ("people", "list"),
        ("people", "role", "viewer", "auditor"),
        ("people", "disable", "viewer"),
        ("people", "enable", "viewer"),
        ("people", "reset", "viewer", "--yes"),
        ("dead-letters", "list"),
        ("dead-letters", "replay", "--topic", "x"),
        ("backup", "start", "Contoso"),
    ],
)
async def test_json_is_one_document_and_nothing_else(shell: Shell, words: tuple[str, ...]) -> None:
    before, after = await shell("--json", *words), await shell(*words, "--json")

    for answer in (before, after):
        assert answer.status == 0, answer.err
        assert isinstance(answer.json(), dict)


async def test_tables_are_for_people(shell: Shell) -> None:
    answer = await shell("objects", "list", "Contoso", "--type", "user")

    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0].split() == ["id", "name", "userPrincipalName", "synced", "licensed"]
    assert "Ada Lovelace" in lines[1]
    assert len(lines) == 4


async def test_objects_are_chosen_by_snapshot_search_and_deleted(shell: Shell) -> None:
    async def names(*words: str) -> list[str]:
        found = (await shell("objects", "list", "Contoso", "--type", "user", "--json", *words)).json()
        return [row["display_name"] for row in found["value"]]

    assert await names("--snapshot", "1") == ["Ada", "Bob", "Eve"]
    assert await names("--search", "love") == ["Ada Lovelace"]
    assert await names("--deleted") == ["Bob"]
    assert await names("--limit", "2") == ["Ada Lovelace", "Eve"]
    assert await names("--filter", "synced=false", "--filter", "userPrincipalName=p4@contoso.example") == ["Person 4"]
    assert await names("--filter", "licensed=true") == []


async def test_filters_are_shown_with_what_there_is(shell: Shell) -> None:
    lines = (await shell("objects", "filters", "Contoso", "--type", "group")).out.splitlines()
    assert lines[0].split() == ["filter", "value", "objects"]
    assert ["kind", "security", "1"] in [line.split() for line in lines]


async def test_a_snapshot_is_shown_type_by_type(shell: Shell) -> None:
    answer = await shell("snapshots", "show", "Contoso", "2")

    assert [line for line in answer.out.splitlines() if line != line.rstrip()] == []
    heading = answer.out.splitlines()[1]
    assert heading.split() == ["type", "status", "objects", "added", "changed", "removed"]


async def test_values_of_an_object_are_shown_for_the_eye(shell: Shell) -> None:
    licences = [{"skuId": "a", "disabledPlans": ["x", "y"]}, {"skuId": "b", "disabledPlans": []}]
    nested = {"division": "Sales", "costCenter": None}
    more = {"assignedLicenses": licences, "employeeOrgData": nested, "businessPhones": ["1", "2"], "passwords": [{}]}
    await shell.world.writer.backup([user(1, **more)])

    shown = (await shell("objects", "show", "Contoso", "--type", "user", "--id", ADA)).out

    lines = [line.split(maxsplit=1) for line in shown.splitlines()]
    assert ["assignedLicenses", "disabledPlans: (x; y), skuId: a"] in lines
    assert ["skuId:", "b"] in lines
    assert ["employeeOrgData", "division: Sales"] in lines
    assert ["businessPhones", "1"] in lines
    assert "passwords" not in shown


async def test_changes_of_a_snapshot_are_shown(shell: Shell) -> None:
    answer = await shell("snapshots", "show", "Contoso", "2", "--changes")

    assert "changed  user  Ada Lovelace" in answer.out
    assert "removed  user  Bob" in answer.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("objects", "list", "Nobody", "--type", "user"), "no tenant 'Nobody'"),
        (("objects", "list", "Contoso", "--type", "spaceship"), "no object type"),
        (("objects", "show", "Contoso", "--type", "user", "--id", "x"), "no user 'x'"),
        (("snapshots", "show", "Contoso", "99"), "no snapshot 99"),
        (("people", "disable", "Nobody"), "nobody called 'Nobody'"),
        (("people", "remove", "", "--yes"), "nobody called ''"),
        (("people", "role", "admin", "viewer"), "last administrator"),
        (("people", "invite", "Viewer", "viewer"), "somebody called Viewer already"),
        (("jobs", "watch", "nonsense"), "no job"),
        (("restore", "apply", "nonsense"), "no restore plan 'nonsense'. `reentra jobs list`"),
        (("restore", "show", "nonsense"), "no restore or restore plan 'nonsense'. `reentra jobs list`"),
        (("restore", "undo", "nonsense"), "no restore or restore plan 'nonsense'. `reentra jobs list`"),
        (("download", "fetch", "nonsense", "--output", "x.zip"), "no download 'nonsense'. `reentra download list`"),
        (("tenants", "show", ""), "no tenant ''"),
        (("backup", "start", "", "--wait"), "no tenant ''"),
        (("jobs", "list", "--tenant", ""), "no tenant ''"),
        (("jobs", "watch", ""), "'' is no id"),
        (("jobs", "watch", ".."), "no job '..'"),
        (("jobs", "watch", "../tenants"), "'../tenants' is no id"),
        (("jobs", "cancel", "../../tenants"), "is no id"),
        (("restore", "apply", "x/../../tenants", "--wait"), "is no id"),
        (("restore", "show", "?x=1#y"), "'?x=1#y'"),
        (("objects", "show", "Contoso", "--type", "user", "--id", f"{ADA}?snapshot=1"), "no user"),
        (("objects", "show", "Contoso", "--type", "..", "--id", "x"), "no object type '..'"),
        (("objects", "history", "Contoso", "--type", "user", "--id", "Zoë %2F 'x' \"y\""), "Zoë %2F"),
        (("objects", "list", "Contoso", "--type", "user", "--search", "x" * 300), "at most 200"),
        (("objects", "list", "Contoso", "--type", "user", "--snapshot", ""), "names no snapshot"),
        (("objects", "list", "Contoso", "--type", "group", "--filter", "kind=team"), "microsoft365"),
        (("snapshots", "show", "Contoso", "0001-01-01T00:00+14:00"), "names no snapshot"),
        (("download", "create", "Contoso", "--type", "", "--wait"), "no object type ''"),
        (("download", "create", "Contoso", "--type", "group", "--id", ADA), "no group"),
        (("restore", "plan", "Contoso", "--snapshot", "1", "--type", ""), "no object type ''"),
        (("restore", "plan", "Contoso", "--snapshot", "", "--type", "user"), "names no snapshot"),
        (("restore", "plan", "Contoso", "--snapshot", "1", "--type", "user", "--id", ""), "no user ''"),
    ],
)
async def test_failure_is_a_sentence_and_status_1(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    plain, as_json = await shell(*words), await shell(*words, "--json")

    assert (plain.status, plain.out) == (1, "")
    assert sentence in plain.err
    assert as_json.status == 1
    assert sentence in as_json.json()["error"]["detail"]


@pytest.mark.parametrize(
    "words",
    [
        ("objects", "list", "Contoso"),
        ("nonsense",),
        ("download", "create", "Contoso", "--id", "x"),
        ("tenants", "connect", "--name", "X", "--tenant-id", TENANT, "--client-id", "y"),
        ("restore", "plan", "Contoso"),
    ],
)
async def test_wrong_usage_is_status_2(shell: Shell, words: tuple[str, ...]) -> None:
    assert (await shell(*words)).status == 2


async def test_list_of_tenants_says_when_the_last_snapshot_is_not_complete(shell: Shell) -> None:
    await shell.world.writer.backup([user(1)], reasons={"group": "Graph does not allow it."})

    assert "Z partial" in (await shell("tenants", "list")).out


async def test_missing_files_are_named(shell: Shell, tmp_path: Path) -> None:
    words = ("tenants", "connect", "--name", "X", "--tenant-id", TENANT, "--client-id", "y")
    file = await shell(*words, "--secret-file", str(tmp_path / "missing"))
    token = await shell("tenants", "list", REENTRA_TOKEN_FILE=str(tmp_path / "missing"))
    none = await shell("tenants", "list", REENTRA_TOKEN_FILE="")

    assert (file.status, token.status, none.status) == (2, 2, 2)
    assert "missing" in file.err
    assert "missing" in token.err
    assert "REENTRA_TOKEN_FILE" in none.err


async def test_refused_connection_stores_nothing_and_says_why(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    client_id = "33333333-3333-4333-8333-333333333333"
    words = ("tenants", "connect", "--name", "X", "--tenant-id", TENANT, "--client-id", client_id)

    answer = await shell(*words, "--certificate-file", str(broken))

    assert answer.status == 1
    assert "damaged" in answer.err


async def test_download_is_fetched_and_its_hash_is_checked(shell: Shell, tmp_path: Path) -> None:
    await shell.work()
    target = tmp_path / "users.zip"

    answer = await shell("download", "create", "Contoso", "--type", "user", "--wait", "--output", str(target), "--json")

    assert answer.status == 0, answer.err
    document = answer.json()
    assert hashlib.sha256(target.read_bytes()).hexdigest() == document["result"]["sha256"]
    with zipfile.ZipFile(target) as opened:
        assert f"user/{ADA}.json" in opened.namelist()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


async def test_targets_that_are_no_files_are_refused_before_any_work(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in ("-", "", str(tmp_path), str(tmp_path / "missing" / "x.zip"), str(pipe)):
        answer = await shell("download", "create", "Contoso", "--type", "user", "--output", target, "--json")

        assert answer.status == 1, target
        assert answer.json()["error"]["detail"] in answer.err
    assert pipe.is_fifo()
    assert (await shell("download", "list", "Contoso", "--json")).json() == {"value": []}
    assert (await shell("download", "list", "--json")).json() == {"value": []}


async def test_file_that_was_there_is_replaced_by_a_whole_archive_only(shell: Shell, tmp_path: Path) -> None:
    await shell.work()
    target = tmp_path / "users.zip"
    target.write_text("something else")

    await shell("download", "create", "Contoso", "--type", "spaceship", "--output", str(target))
    before = target.read_text()
    answer = await shell("download", "create", "Contoso", "--type", "user", "--output", str(target))

    assert (before, answer.status) == ("something else", 0)
    assert zipfile.is_zipfile(target)


async def test_names_from_a_directory_cannot_command_the_terminal(shell: Shell) -> None:
    await shell.world.writer.backup([user(1, displayName="\x1b]52;c;aGk=\x07Ada")])

    listed = await shell("objects", "list", "Contoso", "--type", "user", "--search", "Ada")
    shown = await shell("objects", "show", "Contoso", "--type", "user", "--id", ADA)

    assert "\x1b" not in listed.out + shown.out
    assert "\\x1b]52" in listed.out


@pytest.mark.parametrize("ids", [("--id", ADA, "--id", EVE), ("--id", ADA, EVE)])
async def test_chosen_objects_are_downloaded(shell: Shell, tmp_path: Path, ids: tuple[str, ...]) -> None:
    await shell.work()
    target = tmp_path / "two.zip"

    answer = await shell("download", "create", "Contoso", "--type", "user", *ids, "--output", str(target))

    assert answer.status == 0, answer.err
    with zipfile.ZipFile(target) as opened:
        assert [name for name in opened.namelist() if name.startswith("user/")] == [
            f"user/{ADA}.json",
            f"user/{EVE}.json",
        ]


async def test_interrupted_download_goes_on(shell: Shell, tmp_path: Path) -> None:
    await shell.work()
    made = (await shell("download", "create", "Contoso", "--wait", "--json")).json()
    whole = tmp_path / "whole.zip"
    await shell("download", "fetch", made["id"], "--output", str(whole))
    target = tmp_path / "again.zip"
    part = tmp_path / f".again.zip.{made['id']}.part"
    part.write_bytes(whole.read_bytes()[:100])

    answer = await shell("download", "fetch", made["id"], "--output", str(target))

    assert answer.status == 0
    assert target.read_bytes() == whole.read_bytes()
    rows = (await shell.world.admin.get("/api/v1/audit")).json()["value"]
    assert rows[0]["details"]["start"] == 100


async def test_bytes_that_are_not_the_archive_are_never_kept(shell: Shell, tmp_path: Path) -> None:
    await shell.work()
    made = (await shell("download", "create", "Contoso", "--wait", "--json")).json()
    target = tmp_path / "bad.zip"
    (tmp_path / f".bad.zip.{made['id']}.part").write_bytes(b"x" * 100)

    answer = await shell("download", "fetch", made["id"], "--output", str(target))

    assert answer.status == 1
    assert "SHA-256" in answer.err
    assert list(tmp_path.glob("*bad.zip*")) == []


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", 0), ("partial", 3), ("failed", 1), ("cancelled", 1)])
async def test_waiting_ends_with_the_jobs_outcome(shell: Shell, outcome: str, status: int) -> None:
    waiting = asyncio.create_task(shell("backup", "start", "Contoso", "--wait", "--json"))
    lease = None
    while lease is None:
        await asyncio.sleep(0.05)
        lease = await shell.world.jobs.claim(["backup"], "test")
    await lease.commit(progress={"types": {"user": {"status": "reading", "read": 5}}})
    await asyncio.sleep(0.8)
    error = None if outcome == "succeeded" else {"code": outcome, "message": "Told so."}
    await lease.finish(outcome, result={"snapshot": 3}, error=error)  # type: ignore[arg-type]

    answer = await waiting

    assert (answer.status, answer.json()["status"]) == (status, outcome)
    assert "user: reading 5 read" in answer.err


async def test_waiting_survives_a_restart_of_the_server(shell: Shell) -> None:
    job = (await shell("backup", "start", "Contoso", "--json")).json()
    watching = asyncio.create_task(shell("jobs", "watch", job["id"], "--json"))
    await asyncio.sleep(0.8)
    await shell.stop()
    await asyncio.sleep(1.0)
    lease = await shell.world.jobs.claim(["backup"], "test")
    assert lease is not None
    await lease.finish("succeeded", result={"snapshot": 3})
    await shell.start()

    answer = await watching

    assert (answer.status, answer.json()["status"]) == (0, "succeeded")


async def test_nobody_there_is_said_plainly(shell: Shell) -> None:
    await shell.stop()

    answer = await shell("tenants", "list", "--json")

    assert answer.status == 1
    assert "does not answer" in json.loads(answer.out)["error"]["detail"]


async def test_removing_asks_first(shell: Shell) -> None:
    refused = await shell("tenants", "remove", "Contoso")
    done = await shell("tenants", "remove", "Contoso", "--yes", "--json")

    assert refused.status == 1
    assert done.json()["state"] == "disconnected"
    assert (await shell("tenants", "list", "--json")).json() == {"value": []}


async def test_running_job_is_cancelled(shell: Shell) -> None:
    job = (await shell("backup", "start", "Contoso", "--json")).json()

    answer = await shell("jobs", "cancel", job["id"], "--json")

    assert answer.json()["status"] == "cancelled"


async def test_people_are_invited_and_removed(shell: Shell) -> None:
    made = (await shell("people", "invite", "ada@contoso.example", "operator", "--json")).json()
    again = await shell("people", "reset", "ADA@contoso.example", "--yes")
    listed = await shell("people", "list")
    gone = await shell("people", "remove", made["id"], "--yes")
    left = (await shell("people", "list", "--json")).json()["value"]

    assert "/set-up#" in made["link"]
    assert again.out.strip() != made["link"]
    assert "/set-up#" in again.out
    assert "works once" in again.err
    assert "ada@contoso.example  operator  all      invited  never" in listed.out
    assert gone.status == 0
    assert [person["name"] for person in left] == ["admin", "auditor", "operator", "viewer"]


async def test_people_are_limited_to_tenants_and_opened_again(shell: Shell) -> None:
    made = (await shell("people", "invite", "ada", "viewer", "--tenant", "contoso", "--json")).json()
    listed = await shell("people", "list")
    opened = (await shell("people", "tenants", "ada", "--all", "--json")).json()
    again = await shell("people", "tenants", "ada", "--tenant", "Contoso")
    unsaid = await shell("people", "tenants", "ada")

    assert len(made["tenants"]) == 1
    assert "ada       viewer    Contoso  invited" in listed.out
    assert opened["tenants"] is None
    assert "ada sees Contoso now" in again.err
    assert "--tenant once or more, or --all" in unsaid.err


async def test_a_role_that_does_not_exist_cannot_be_given(shell: Shell) -> None:
    answer = await shell("people", "invite", "ada@contoso.example", "owner")

    assert answer.status == 2
    assert "operator" in answer.err
