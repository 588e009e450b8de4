"""A failpoint ends the process at the named passage and nowhere else."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from reentra.common.testing.failpoints import failpoint
for number in range(1, 4):
    failpoint("other.place")
    failpoint("this.place")
    print(number, flush=True)
"""


@pytest.mark.parametrize(
    ("setting", "status", "printed"),
    [
        (None, 0, "1 2 3"),
        ("this.place", 137, ""),
        ("this.place:3", 137, "1 2"),
        ("this.place:9", 0, "1 2 3"),
        ("no.such.place", 0, "1 2 3"),
    ],
)
def test_process_ends_at_the_named_passage(setting: str | None, status: int, printed: str) -> None:
    environment = {**os.environ, "REENTRA_FAILPOINT": setting} if setting else dict(os.environ)
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert (ended.returncode, " ".join(ended.stdout.split())) == (status, printed)
