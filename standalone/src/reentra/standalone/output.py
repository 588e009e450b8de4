"""What a command says, and where: its result on standard output (with `--json` exactly one JSON document), everything
else on standard error. Exit status: 0 success, 1 failure, 2 wrong usage, 3 partial."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from reentra.standalone.client import Api, ClientError, api_from_environment

SUCCESS, FAILURE, USAGE, PARTIAL = 0, 1, 2, 3

AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on standard output.")]
_OUTCOMES = {"succeeded": SUCCESS, "partial": PARTIAL, "failed": FAILURE, "cancelled": FAILURE}


@dataclass(slots=True)
class Terminal:
    """`out` for results, `err` for everything else."""

    as_json: bool
    out: Console = field(default_factory=lambda: Console(file=sys.stdout, soft_wrap=True, highlight=False))
    err: Console = field(default_factory=lambda: Console(file=sys.stderr, soft_wrap=True, highlight=False))

    def say(self, text: str) -> None:
        """For the person, not for a pipe."""
        self.err.print(text, markup=False)

    def result(self, document: Any) -> None:
        """Once per command, when JSON was asked for."""
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()

    def text(self, text: str) -> None:
        self.out.print(text, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            self.say("Nothing to show.")
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        # A pipe has no width: nothing is cut there.
        width = None if self.out.is_terminal else max(self.out.measure(table).maximum, 80)
        self.out.print(table, width=width, markup=False)

    def facts(self, facts: Sequence[tuple[str, object]]) -> None:
        """A name and a value per line."""
        longest = max(len(name) for name, _ in facts)
        for name, value in facts:
            self.text(f"{name:<{longest}}  {_cell(value)}")


@contextmanager
def command(as_json: bool) -> Iterator[tuple[Api, Terminal]]:
    """The frame of every client verb: connects, and turns trouble into a sentence and an exit status."""
    terminal = Terminal(as_json)
    api: Api | None = None
    try:
        api = api_from_environment()
        yield api, terminal
    except ClientError as error:
        terminal.say(str(error))
        if as_json:
            terminal.result({"error": error.problem})
        raise typer.Exit(FAILURE) from error
    except KeyboardInterrupt:
        terminal.say("Interrupted. What the server was asked for goes on; `reentra jobs list` shows it.")
        raise typer.Exit(FAILURE) from None
    finally:
        if api is not None:
            api.close()


def exit_status(job: dict[str, Any]) -> int:
    return _OUTCOMES.get(str(job["status"]), FAILURE)


def end_with(job: dict[str, Any]) -> None:
    """Leaves with the job's outcome."""
    status = exit_status(job)
    if status != SUCCESS:
        raise typer.Exit(status)


def wrong_usage(message: str) -> typer.Exit:
    Terminal(False).say(message)
    return typer.Exit(USAGE)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def moment(text: str | None) -> str:
    """RFC 3339 to the second, in UTC."""
    return text[:19].replace("T", " ") + "Z" if text else "-"
