"""Named places where a test may end the process as `kill -9` would, without cleaning up.

`REENTRA_FAILPOINT=collector.after-page-segment` ends it at the first passage, `...:3` at the third. Unset, a passage
costs one comparison. The variable is read once, when the process starts.
"""

import os
import sys

ENVIRONMENT_VARIABLE = "REENTRA_FAILPOINT"
EXIT_STATUS = 137
"""What a shell shows for a process that was killed by SIGKILL."""


class Failpoint:
    """Counts the passages through one place and ends the process at the wanted one."""

    __slots__ = ("_left", "_name")

    def __init__(self, setting: str | None) -> None:
        name, _, nth = (setting or "").partition(":")
        self._name = name
        self._left = int(nth or 1)

    def passed(self, name: str) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            sys.stderr.write(f"failpoint {name}\n")
            sys.stderr.flush()
            os._exit(EXIT_STATUS)


failpoint = Failpoint(os.environ.get(ENVIRONMENT_VARIABLE)).passed
