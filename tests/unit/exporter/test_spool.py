import subprocess
import sys

_FULL = """
import resource, sys
from reentra.common.errors import RetryLater
from reentra.exporter.adapters.spool import Spool

resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
try:
    with Spool() as spool:
        for _ in range(9):
            spool.append(bytes(1 << 20))
except RetryLater as later:
    sys.exit(later.message)
"""


def test_folder_for_temporary_files_that_is_full_lets_the_work_wait() -> None:
    """In a process of its own, whose files may not grow: to it the disk is as good as full."""
    done = subprocess.run([sys.executable, "-c", _FULL], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("The folder for temporary files, ")
    assert "cannot be written (File too large). Free some space there" in done.stderr
