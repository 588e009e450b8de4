"""Standard output and standard error, as they come: a terminal, a pipe, a file, closed.

What was closed on purpose is left out silently. What cannot be written raises OSError.
"""

import io
import json
import os
import sys
from typing import Any, TextIO

from rich.console import Console

_PIPE_WIDTH = 10_000


def standard_output() -> Console:
    return _console(sys.stdout)


def standard_error() -> Console:
    return _console(sys.stderr)


def write_document(document: Any) -> None:
    stream = sys.stdout
    if stream is None:
        return
    readable = (stream.encoding or "").lower().replace("-", "") == "utf8"
    stream.write(json.dumps(document, ensure_ascii=not readable, indent=2) + "\n")
    stream.flush()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(stream: TextIO | None) -> Console:
    """A pipe has no width: nothing is cut or wrapped there."""
    if stream is None:
        stream = io.open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, UP020 - as long as the process
    width = None if stream.isatty() else _PIPE_WIDTH
    return _Console(file=stream, width=width, soft_wrap=True, highlight=False)
