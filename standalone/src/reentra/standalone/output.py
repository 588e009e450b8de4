"""What a command says, and where: its result on standard output (with `--json` exactly one JSON document), everything
else on standard error. How it ends is told in `ending`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from reentra.standalone.client import Api, api_from_environment
from reentra.standalone.ending import FAILURE, JSON_MARK, PARTIAL, SUCCESS, Interrupted
from reentra.standalone.readable import lines, scalar
from reentra.standalone.streams import standard_error, standard_output, write_document

_OUTCOMES = {"succeeded": SUCCESS, "partial": PARTIAL, "failed": FAILURE, "cancelled": FAILURE}
_NOTHING = "-"
_IDS = frozenset({"id", "job", "download", "letter", "tenant id", "type"})
"""Columns that the next command is given: never cut. In a narrow terminal the others make room."""
_READABLE = 6
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}
"""Names in a directory are anybody's: they must not move a terminal's cursor, nor write its clipboard."""


@dataclass(slots=True)
class Output:
    """With `as_json` only `document` writes to standard output; without, everything but `document` does."""

    as_json: bool
    out: Console = field(default_factory=standard_output)
    err: Console = field(default_factory=standard_error)

    @classmethod
    def of(cls, context: typer.Context) -> "Output":
        return cls(bool(context.meta.get(JSON_MARK)))

    def say(self, text: str) -> None:
        """For the person, on standard error."""
        self.err.print(visible(text), markup=False)

    def document(self, document: Any) -> None:
        """Once per command."""
        if self.as_json:
            write_document(document)

    def text(self, text: str) -> None:
        if not self.as_json:
            self.out.print(visible(text), markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if self.as_json:
            return
        if not rows:
            self.say("Nothing to show.")
            return
        cells = [[_cell(value) for value in row] for row in rows]
        if self.out.is_terminal and not _fits(columns, cells, self.out.width):
            for row in rows:
                self.facts(list(zip(columns, row, strict=True)))
                self.text("")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(name, no_wrap=name in _IDS)
        for line in cells:
            table.add_row(*line)
        if self.out.is_terminal:
            self.out.print(table, markup=False)
            return
        # In a file or a pipe a long last cell would fill every other line with spaces up to its own length.
        with self.out.capture() as drawn:
            self.out.print(table, markup=False)
        for text in drawn.get().splitlines():
            self.out.out(text.rstrip(), highlight=False)

    def facts(self, facts: Sequence[tuple[str, object]]) -> None:
        """A name and a value per line, of a value with several entries a line for each."""
        longest = max(len(name) for name, _ in facts)
        for name, value in facts:
            for heading, line in zip_longest([name], lines(value) or [_NOTHING], fillvalue=""):
                self.text(f"{heading:<{longest}}  {line}")


@contextmanager
def command(context: typer.Context) -> Iterator[tuple[Api, Output]]:
    """The frame of every client verb."""
    api = api_from_environment()
    try:
        yield api, Output.of(context)
    except KeyboardInterrupt:
        raise Interrupted("Interrupted. What the server was asked for goes on; `reentra jobs list` shows it.") from None
    finally:
        api.close()


def exit_status(job: dict[str, Any]) -> int:
    return _OUTCOMES.get(str(job["status"]), FAILURE)


def end_with(job: dict[str, Any]) -> None:
    """Leaves with the job's outcome."""
    status = exit_status(job)
    if status != SUCCESS:
        raise typer.Exit(status)


def _cell(value: object) -> str:
    return _NOTHING if value is None else visible(scalar(value))


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether ids stay whole and everything else readable, two spaces apart."""
    needed = 2 * (len(columns) - 1)
    for name, cells in zip(columns, zip(*rows, strict=True), strict=True):
        longest = max(cell_len(text) for text in (name, *cells))
        needed += longest if name in _IDS else min(longest, _READABLE)
    return needed <= width


def visible(text: str) -> str:
    """With control characters spelt out."""
    return text.translate(_CONTROLS)


def moment(text: str | None) -> str:
    """RFC 3339 to the second, in UTC."""
    return text[:19].replace("T", " ") + "Z" if text else "-"
