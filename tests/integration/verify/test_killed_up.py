"""`kill -9` of `reentra up` at random moments of backups and downloads, again and again: the next start goes on by
itself, the clients that wait notice nothing but the time, and everything stored is whole."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from deploy.servers.process import free_ports
from tests.e2e.truth import differences_with_archive
from tests.e2e.world import Reentra, simulated_cloud

ROUNDS = 3
_LONGEST_LIFE_SECONDS = 1.5


@pytest.fixture
def reentra(tmp_path: Path) -> Iterator[Reentra]:
    with simulated_cloud(tmp_path, users=60) as cloud:
        reentra = Reentra(tmp_path, cloud, free_ports(1)[0])
        try:
            reentra.start()
            reentra.connect()
            yield reentra
        finally:
            reentra.stop()


def test_backups_and_downloads_outlive_kills_at_random_moments(reentra: Reentra) -> None:
    rng = random.Random(11)
    backups = []
    for _ in range(ROUNDS):
        change_something(reentra, rng)
        backups.append(killed_meanwhile(reentra, rng, "backup", "start", "Contoso", "--wait"))
    truth = reentra.simulator.truth()
    for number in range(ROUNDS):
        archive = reentra.folder / f"{number}.zip"
        words = ("download", "create", "Contoso", "--wait", "--output", str(archive))
        job = killed_meanwhile(reentra, rng, *words)
        assert sha256(archive.read_bytes()).hexdigest() == job["result"]["sha256"]
        assert differences_with_archive(truth, archive) == []
    numbers = [snapshot["number"] for snapshot in reentra.json("snapshots", "list", "Contoso")["value"]]
    assert sorted(numbers) == [job["result"]["snapshot"] for job in backups]
    reentra.cli("verify", "--all-data", "--data", str(reentra.data))
    assert reentra.simulator.control("GET", "/counters")["violations"] == []


def killed_meanwhile(reentra: Reentra, rng: random.Random, *words: str) -> dict[str, Any]:
    """The job as the waiting command printed it; meanwhile the server was killed and started again."""
    command = [sys.executable, "-m", "reentra.standalone.main", "--json", *words]
    with subprocess.Popen(
        command, env=reentra.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline(), "it says that its job is queued, or why not"
        time.sleep(rng.uniform(0, _LONGEST_LIFE_SECONDS))  # the moment is what is tested
        reentra.kill()
        reentra.start()
        out, err = waiting.communicate(timeout=180)
    assert waiting.returncode == 0, f"{out}{err}\n{reentra.log()}"
    assert "Traceback" not in err
    found: dict[str, Any] = json.loads(out)
    assert found["status"] == "succeeded"
    return found


def change_something(reentra: Reentra, rng: random.Random) -> None:
    person = rng.choice(list(reentra.simulator.truth()["objects"]["user"]))
    reentra.simulator.in_tenant("PATCH", f"/object/{person}", {"jobTitle": f"Number {rng.randrange(10**6)}"})
