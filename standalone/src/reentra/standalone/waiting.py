"""Waiting for a job, with its progress on standard error: a moving table on a terminal, plain lines elsewhere.

The job is asked for again and again; a server that restarts meanwhile is waited for.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from reentra.standalone.client import Api
from reentra.standalone.output import Output

Json = dict[str, Any]
FINISHED = frozenset({"succeeded", "partial", "failed", "cancelled"})
_POLL_SECONDS = 0.3
_SLOWEST_POLL_SECONDS = 2.0
_COUNTS = ("read", "added", "changed", "removed")


def wait_for(api: Api, output: Output, job: Json) -> Json:
    """The finished job."""
    shown = Progress(output.err)
    pause = _POLL_SECONDS
    with shown:
        while job["status"] not in FINISHED:
            shown.update(job)
            time.sleep(pause)
            pause = min(pause * 1.1, _SLOWEST_POLL_SECONDS)
            job = api.get(f"/jobs/{job['id']}")
        shown.update(job)
    return job


def tell_end(output: Output, job: Json) -> None:
    """One sentence for the person."""
    error = job.get("error") or {}
    message = error.get("message") or job.get("result", {}).get("message") or ""
    output.say(f"{job['kind'].replace('_', ' ').capitalize()} {job['id']}: {job['status']}. {message}".rstrip())


class Progress:
    """A context; show it each state of the job."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._said: dict[str, str] = {}

    def __enter__(self) -> "Progress":
        self._frame().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._frame().__exit__(*error)

    def update(self, job: Json) -> None:
        if self._live is not None:
            self._live.update(_table(job))
            return
        is_finished = job["status"] in FINISHED
        if not is_finished:
            self._say_job(job)
        if reason := _why_it_waits(job):
            self._say("waits", reason)
        for name, counts in (job["progress"].get("types") or {}).items():
            if counts.get("status") not in (None, "waiting"):
                self._say(name, _line(counts))
        if is_finished:
            self._say_job(job)

    def _say_job(self, job: Json) -> None:
        self._say("job", f"{job['status']}{_told(job['progress'])}")

    def _say(self, what: str, text: str) -> None:
        """Each state once. Counts alone are no news: a line per type and state is what a log wants."""
        mark = text.partition(" ")[0]
        if self._said.get(what) != mark:
            self._said[what] = mark
            self._console.print(f"{what}: {text}", markup=False)

    def _frame(self) -> AbstractContextManager[Any]:
        return self._live if self._live is not None else nullcontext()


def _table(job: Json) -> Table:
    table = Table("object type", "state", *_COUNTS, box=None, pad_edge=False, title_justify="left")
    table.title = (
        f"{job['kind'].replace('_', ' ')} {job['status']}{_told(job['progress'])} {_why_it_waits(job)}".strip()
    )
    for name, counts in (job["progress"].get("types") or {}).items():
        table.add_row(name, str(counts.get("status", "")), *(str(counts.get(count, 0)) for count in _COUNTS))
    return table


def _why_it_waits(job: Json) -> str:
    """A full disk, say. Empty while nothing stands in its way."""
    return str((job.get("error") or {}).get("message", "")) if job["status"] == "queued" else ""


def _line(counts: Mapping[str, Any]) -> str:
    numbers = ", ".join(f"{counts[name]} {name}" for name in _COUNTS if counts.get(name))
    reason = f" ({counts['reason']})" if counts.get("reason") else ""
    return f"{counts['status']} {numbers}{reason}".strip()


def _told(progress: Mapping[str, Any]) -> str:
    """` reading 40 %` or ` 12 of 80`."""
    words = [str(progress["phase"])] if progress.get("phase") else []
    if progress.get("percent") is not None:
        words.append(f"{progress['percent']} %")
    done = next((progress[name] for name in ("done", "objects") if name in progress), None)
    if done is not None and progress.get("total"):
        words.append(f"{done} of {progress['total']}")
    return " " + " ".join(words) if words else ""
