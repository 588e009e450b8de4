"""What is told of a job while somebody waits for it, where the output is no terminal."""

import io
from typing import Any

from rich.console import Console

from reentra.standalone.waiting import Progress


def told(*states: dict[str, Any]) -> list[str]:
    text = io.StringIO()
    with Progress(Console(file=text, width=200)) as progress:
        for state in states:
            progress.update(state)
    return text.getvalue().splitlines()


def test_end_of_the_job_is_its_last_line() -> None:
    reading = {"types": {"user": {"status": "done", "read": 2}, "group": {"status": "reading"}}}
    done = {"types": {"user": {"status": "done", "read": 2}, "group": {"status": "done", "read": 1}}}

    lines = told({"status": "running", "progress": reading}, {"status": "succeeded", "progress": done})

    assert lines == ["job: running", "user: done 2 read", "group: reading", "group: done 1 read", "job: succeeded"]


def test_what_was_told_is_not_told_again() -> None:
    state = {"status": "running", "progress": {"types": {"user": {"status": "reading", "read": 2}}}}
    more = {"status": "running", "progress": {"types": {"user": {"status": "reading", "read": 900}}}}

    assert told(state, state, more) == ["job: running", "user: reading 2 read"]
