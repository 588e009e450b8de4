"""A library that says the same again and again is heard once in a while."""

import subprocess
import sys

_PROGRAM = """
import logging
from reentra.standalone.logs import configure_logs
configure_logs()
library = logging.getLogger("some.library")
for attempt in range(300):
    library.error("Unable to connect, attempt %s", attempt)
library.error("Gave up")
for _ in range(2):
    try:
        raise ValueError
    except ValueError:
        library.exception("A defect")
"""


def test_library_that_repeats_itself_is_heard_once_but_for_tracebacks() -> None:
    said = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True).stderr
    assert [line for line in said.splitlines() if line.startswith("ERROR")] == [
        "ERROR some.library Unable to connect, attempt 0",
        "ERROR some.library Gave up",
        "ERROR some.library A defect",
        "ERROR some.library A defect",
    ]
