"""Runs the few tests that failed once more, alone, when each of them is one that kills processes and fills disks beside
everything else on the machine: `python -m tests.again`, after a run of pytest that ended with failures.

A test of a unit or a contract that failed stays failed, and so does a run in which many did. What passes the second
time is printed by name: there is a race in it, in the product or in the test, and somebody has to look at it.
"""

import sys
from pathlib import Path

import orjson
import pytest

_WHOLE_SYSTEMS = ("tests/integration/", "tests/e2e/")
_AT_MOST = 3
_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def may_run_again(failed: list[str]) -> bool:
    return 0 < len(failed) <= _AT_MOST and all(test.startswith(_WHOLE_SYSTEMS) for test in failed)


def main() -> int:
    failed = sorted(orjson.loads(_FAILED.read_bytes())) if _FAILED.exists() else []
    if not may_run_again(failed):
        return 1
    print(f"\n{len(failed)} failed among all the others, and get a second run alone.", flush=True)
    status = pytest.main([*failed])
    if status == pytest.ExitCode.OK:
        print("\nPASSED ONLY ALONE, so there is a race to be found (their failures stand above):", *failed, sep="\n  ")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
