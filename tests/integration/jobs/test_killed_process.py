"""A process that is killed at any step: its successor continues the job at once, repeats little and loses no event."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROCESS = Path(__file__).with_name("process.py")
STEPS = ["jobs.after-claim", "count.before-commit", "count.after-commit", "count.after-finish", "outbox.after-publish"]


def run(folder: Path, failpoint: str | None = None) -> tuple[int, list[str]]:
    environment = {name: value for name, value in os.environ.items() if name != "REENTRA_FAILPOINT"}
    if failpoint is not None:
        environment["REENTRA_FAILPOINT"] = failpoint
    ended = subprocess.run(
        [sys.executable, str(PROCESS), str(folder)], env=environment, capture_output=True, text=True, timeout=240
    )
    assert ended.returncode in (0, 137), ended.stderr
    lines = [line for line in ended.stdout.splitlines() if line.partition(" ")[0] in ("counted", "heard", "ended")]
    return ended.returncode, lines


def assert_whole(lines: list[str]) -> None:
    """Every number was counted and heard of, and the end as well. Each may have come twice, around a crash."""
    assert lines[-1] == "ended succeeded 10"
    heard = {line.removeprefix("heard ") for line in lines if line.startswith("heard ")}
    assert heard == {*(str(number) for number in range(1, 11)), "succeeded"}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_named_step_the_next_process_continues_at_once(tmp_path: Path, step: str) -> None:
    status, lines = run(tmp_path, f"{step}:1")
    assert status == 137
    began = time.monotonic()
    status, more = run(tmp_path)
    assert status == 0
    assert time.monotonic() - began < 30, "it waited for the lease of its dead predecessor"
    assert_whole(lines + more)


def test_killed_again_and_again_it_gets_there_as_long_as_it_moves(tmp_path: Path) -> None:
    lines: list[str] = []
    for _ in range(30):
        status, more = run(tmp_path, "count.after-commit:4")
        lines += more
        if status == 0:
            break
    assert_whole(lines)
    counted = [line for line in lines if line.startswith("counted ")]
    assert len(counted) == len(set(counted)), "a committed number was counted again"


def test_killed_each_time_before_its_first_checkpoint_it_is_given_up(tmp_path: Path) -> None:
    for _ in range(5):
        status, _ = run(tmp_path, "count.before-commit")
        assert status == 137
    status, lines = run(tmp_path, "count.before-commit")
    assert status != 137
    assert "heard failed" in lines
