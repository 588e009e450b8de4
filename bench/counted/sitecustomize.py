"""Python imports this by itself when its folder is on PYTHONPATH: every command of the process to MongoDB is counted,
by collection and kind, with the milliseconds until its answer and the place in the code that asked; the counts are
written into `$BENCH_COUNTS/<pid>.json` whenever SIGUSR2 arrives."""

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from pymongo import monitoring

_OURS = f"{os.sep}reentra{os.sep}"
_STORES = f"{os.sep}stores{os.sep}"
_PLACES = 4
_COUNTS: Counter[str] = Counter()
_WAITED: Counter[str] = Counter()
_CALLERS: Counter[str] = Counter()
_RUNNING: dict[int, str] = {}


class _Listener(monitoring.CommandListener):
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        about = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        name = f"{about if isinstance(about, str) else '-'} {event.command_name}"
        _RUNNING[event.request_id] = name
        _COUNTS[name] += 1
        _CALLERS[f"{name} < {_caller()}"] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._ended(event.request_id, event.duration_micros)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._ended(event.request_id, event.duration_micros)

    def _ended(self, request_id: int, micros: int) -> None:
        if (name := _RUNNING.pop(request_id, None)) is not None:
            _WAITED[name] += micros


def _caller() -> str:
    """Who awaits whom, nearest first: the stores' own frames are left out."""
    found: list[str] = []
    frame = sys._getframe(2)
    while frame is not None and len(found) < _PLACES:
        code = frame.f_code
        if _OURS in code.co_filename and _STORES not in code.co_filename:
            found.append(f"{Path(code.co_filename).stem}.{code.co_name}")
        frame = frame.f_back
    return " < ".join(found)


def _write(*_: object) -> None:
    path = Path(os.environ["BENCH_COUNTS"]) / f"{os.getpid()}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"counts": _COUNTS, "micros": _WAITED, "callers": _CALLERS}))
    new.rename(path)


if "BENCH_COUNTS" in os.environ:
    monitoring.register(_Listener())
    signal.signal(signal.SIGUSR2, _write)
