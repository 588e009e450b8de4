"""A full disk, on a real small file system: one clear sentence, nothing lost, and work goes on by itself."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from deploy.servers.process import free_ports
from tests.e2e.world import simulated_cloud
from tests.integration.disk.small_disk import MIB, OnSmallDisk, end, why_not

_REASON = why_not()
pytestmark = pytest.mark.skipif(_REASON is not None, reason=str(_REASON))


@pytest.fixture(scope="module")
def reentra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSmallDisk]:
    """One for all: each test leaves a running Reentra and room on its disk."""
    folder = tmp_path_factory.mktemp("disk")
    with simulated_cloud(folder, users=30) as cloud:
        reentra = OnSmallDisk(folder, cloud, free_ports(1)[0])
        reentra.make_disk()
        try:
            reentra.start()
            reentra.connect()
            reentra.json("backup", "start", "Contoso", "--wait")
            yield reentra
        finally:
            end(reentra)


def test_backups_and_downloads_wait_for_room_and_go_on_by_themselves(reentra: OnSmallDisk) -> None:
    assert readiness(reentra)[0] == 200
    change(reentra)
    reentra.leave_free(100 * MIB)
    status, told = readiness(reentra)
    assert status == 503
    assert "Free some disk space" in told["detail"]

    backup = reentra.json("backup", "start", "Contoso")
    download = reentra.json("download", "create", "Contoso", "--type", "user")
    for job in (backup, download):
        waiting = wait_until(reentra, job, lambda found: found["error"] is not None)
        assert waiting["status"] == "queued"
        assert "Free some disk space" in waiting["error"]["message"]
    assert "problem" not in reentra.local("doctor").stdout
    assert reentra.local("verify", "--all-data").returncode == 0

    reentra.make_room()
    assert readiness(reentra)[0] == 200
    for job in (backup, download):
        assert wait_until(reentra, job, lambda found: found["ended_at"] is not None)["status"] == "succeeded"
    assert_whole(reentra, expected=2)


def test_a_disk_without_a_byte_left_refuses_and_loses_nothing(reentra: OnSmallDisk) -> None:
    before = snapshots(reentra)
    reentra.fill()
    accepted, (status, told) = order_downloads_until_refused(reentra)
    assert status == 503
    assert "No space is left" in told["detail"]
    refused = reentra.cli("download", "create", "Contoso", expect=1)
    assert "No space is left" in refused.err
    assert "Traceback" not in refused.err
    assert snapshots(reentra) == before

    reentra.kill()
    reentra.make_room()
    reentra.start()
    known = {job["id"] for job in reentra.json("jobs", "list", "--limit", "1000")["value"]}
    assert accepted <= known, "what was accepted is not lost"
    assert reentra.json("backup", "start", "Contoso", "--wait")["status"] == "succeeded"
    assert_whole(reentra, expected=before + 1)


def test_a_disk_that_fills_up_in_the_middle_of_a_backup_loses_nothing(reentra: OnSmallDisk) -> None:
    before = snapshots(reentra)
    for moment in (0.0, 0.3):
        change(reentra, f"Disk keeper {moment}")
        job = reentra.json("backup", "start", "Contoso")
        time.sleep(moment)  # waits for nothing: the disk may fill up at any moment
        said = len(reentra.log_file.read_bytes())
        reentra.fill()
        wait_until(reentra, job, partial(is_at_rest, reentra, said))
        reentra.make_room()
        assert wait_until(reentra, job, lambda found: found["ended_at"] is not None)["status"] == "succeeded"
    assert_whole(reentra, expected=before + 2)


def test_verbs_on_a_disk_without_a_byte_left_say_so_in_one_sentence(reentra: OnSmallDisk) -> None:
    before = snapshots(reentra)
    reentra.stop()
    reentra.fill()
    for words in (("up", "--port", str(reentra.port)), ("rebuild",), ("password",)):
        refused = reentra.local(*words)
        assert refused.returncode == 1
        sentence = (
            f"The data folder {reentra.data} cannot be written (No space left on device). Free some disk space.\n"
        )
        assert refused.stderr == sentence
    looked_on = reentra.local("verify", "--all-data")
    assert looked_on.returncode == 0, looked_on.stderr
    reentra.make_room()
    reentra.start()
    assert_whole(reentra, expected=before)


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(reentra: OnSmallDisk) -> None:
    before = snapshots(reentra)
    reentra.stop()
    reentra.mount_again("ro")
    for words in (("up",), ("rebuild",)):
        refused = reentra.local(*words)
        assert refused.returncode == 1
        assert "cannot be written" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert "cannot be written" in reentra.local("doctor").stderr
    looked_on = reentra.local("verify", "--all-data")
    assert looked_on.returncode == 0, looked_on.stderr
    reentra.mount_again("rw")
    reentra.start()
    assert_whole(reentra, expected=before)


def is_at_rest(reentra: OnSmallDisk, said: int, job: Any) -> bool:
    """Or not a byte was left to write that down: then the log tells it, behind what was said before."""
    is_stuck = b"a job's outcome waits for its store" in reentra.log_file.read_bytes()[said:]
    return job["ended_at"] is not None or job["error"] is not None or is_stuck


def order_downloads_until_refused(reentra: OnSmallDisk) -> tuple[set[str], tuple[int, Any]]:
    """The ids of those that were accepted, and the refusal. The log still has room for some."""
    path, accepted = f"/api/v1/tenants/{reentra.simulator.tenant_id}/downloads", set()
    for number in range(2000):
        status, body = ask(reentra, path, {"object_types": ["user"], "ids": [f"{number:036d}"] * 100})
        if status >= 500:
            return accepted, (status, body)
        if status == 202:
            accepted.add(body["id"])
    raise AssertionError("the disk was never full")


def change(reentra: OnSmallDisk, title: str = "Disk keeper") -> None:
    people = reentra.simulator.truth()["objects"]["user"]
    for person in list(people)[:3]:
        reentra.simulator.in_tenant("PATCH", f"/object/{person}", {"jobTitle": title})


def readiness(reentra: OnSmallDisk) -> tuple[int, Any]:
    return ask(reentra, "/readyz")


def ask(reentra: OnSmallDisk, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {reentra.token_file.read_text().strip()}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{reentra.port}{path}", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def snapshots(reentra: OnSmallDisk) -> int:
    status, listed = ask(reentra, f"/api/v1/tenants/{reentra.simulator.tenant_id}/snapshots")
    assert status == 200, listed
    return len(listed["value"])


def wait_until(reentra: OnSmallDisk, job: Any, fits: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status, current = ask(reentra, f"/api/v1/jobs/{job['id']}")
        assert status == 200, current
        if fits(current):
            return current
        time.sleep(0.3)
    raise AssertionError(f"{current}\n{reentra.log()}")


def assert_whole(reentra: OnSmallDisk, *, expected: int) -> None:
    assert snapshots(reentra) == expected
    verified = reentra.local("verify", "--all-data")
    assert verified.returncode == 0, verified.stderr
