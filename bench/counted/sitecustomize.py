"""Python imports this by itself when its folder is on PYTHONPATH: every command of the process to MongoDB is counted,
by collection and kind, and the counts are written into `$BENCH_COUNTS/<pid>.json` whenever SIGUSR2 arrives."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

from pymongo import monitoring

_COUNTS: Counter[str] = Counter()


class _Listener(monitoring.CommandListener):
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        about = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        _COUNTS[f"{about if isinstance(about, str) else '-'} {event.command_name}"] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def _write(*_: object) -> None:
    path = Path(os.environ["BENCH_COUNTS"]) / f"{os.getpid()}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(_COUNTS))
    new.rename(path)


if "BENCH_COUNTS" in os.environ:
    monitoring.register(_Listener())
    signal.signal(signal.SIGUSR2, _write)
