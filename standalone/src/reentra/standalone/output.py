"""What a command says, and where: its result on standard output (with `--json` exactly one JSON document), everything
else on standard error. Exit status: 0 success, 1 failure, 2 wrong usage, 3 partial."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from reentra.standalone.client import Api, ClientError, api_from_environment

SUCCESS, FAILURE, USAGE, PARTIAL = 0, 1, 2, 3

_MARK = "reentra.json"
_PIPE_WIDTH = 10_000
_OUTCOMES = {"succeeded": SUCCESS, "partial": PARTIAL, "failed": FAILURE, "cancelled": FAILURE}


class JsonAnywhere(TyperGroup):
    """`--json` may stand anywhere on the command line; it holds for every verb."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_MARK] = "--json" in args
        return super().parse_args(ctx, [word for word in args if word != "--json"])


@dataclass(slots=True)
class Output:
    """With `as_json` only `document` writes to standard output; without, everything but `document` does."""

    as_json: bool
    out: Console = field(default_factory=lambda: _console(sys.stdout))
    err: Console = field(default_factory=lambda: _console(sys.stderr))

    @classmethod
    def of(cls, context: typer.Context) -> "Output":
        return cls(bool(context.meta.get(_MARK)))

    def say(self, text: str) -> None:
        """For the person, on standard error."""
        self.err.print(text, markup=False)

    def document(self, document: Any) -> None:
        """Once per command."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
            sys.stdout.flush()

    def text(self, text: str) -> None:
        if not self.as_json:
            self.out.print(text, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if self.as_json:
            return
        if not rows:
            self.say("Nothing to show.")
            return
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.out.print(table, markup=False)

    def facts(self, facts: Sequence[tuple[str, object]]) -> None:
        """A name and a value per line."""
        longest = max(len(name) for name, _ in facts)
        for name, value in facts:
            self.text(f"{name:<{longest}}  {_cell(value)}")


@contextmanager
def command(context: typer.Context) -> Iterator[tuple[Api, Output]]:
    """The frame of every client verb: connects, and turns trouble into a sentence and an exit status."""
    output = Output.of(context)
    api: Api | None = None
    try:
        api = api_from_environment()
        yield api, output
    except ClientError as error:
        output.say(str(error))
        output.document({"error": error.problem})
        raise typer.Exit(FAILURE) from error
    except KeyboardInterrupt:
        output.say("Interrupted. What the server was asked for goes on; `reentra jobs list` shows it.")
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
    Output(False).say(message)
    return typer.Exit(USAGE)


def _console(stream: TextIO) -> Console:
    """A pipe has no width: nothing is cut there."""
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(file=stream, width=width, soft_wrap=True, highlight=False)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def moment(text: str | None) -> str:
    """RFC 3339 to the second, in UTC."""
    return text[:19].replace("T", " ") + "Z" if text else "-"
