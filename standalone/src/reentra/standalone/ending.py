"""How every command ends: an exit status, one sentence for whatever went wrong, and with `--json` one document of it.

Exit status: 0 success, 1 failure, 2 wrong usage or a setting that cannot be used, 3 partial, 130 interrupted.
A bug is no such ending: it shows its traceback.
"""

import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.core import TyperGroup

from reentra.common.errors import ReentraError, in_plain_words
from reentra.standalone.client import ClientError, SettingUnusable
from reentra.standalone.streams import standard_error, write_document

SUCCESS, FAILURE, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130
JSON_MARK = "reentra.json"
_JSON_OPTION = "--json"
_OF_SETTINGS = ("pydantic_core", "pydantic_settings", "reentra.common.settings")
"""Modules whose errors are about settings; told by name, because importing them takes a client verb's time."""


class Interrupted(Exception):
    """Ctrl-C, with what becomes of what was begun."""


@dataclass(frozen=True, slots=True)
class Ending:
    status: int
    sentences: tuple[str, ...]
    code: str
    problem: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        return {"error": self.problem or {"detail": " ".join(self.sentences), "code": self.code}}


class CommandLine(TyperGroup):
    """`--json` may stand anywhere on the command line and holds for every verb, whatever becomes of it."""

    def main(self, args: Sequence[str] | None = None, *positional: Any, **options: Any) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        as_json = _JSON_OPTION in words
        options["standalone_mode"] = False
        if as_json:
            _without_help(self)
        try:
            _check_words(words)
            status = super().main(words, *positional, **options)
        except Exception as error:
            status = _told(error, as_json=as_json)
        sys.exit(status or SUCCESS)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[JSON_MARK] = _JSON_OPTION in args
        return super().parse_args(ctx, [word for word in args if word != _JSON_OPTION])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted.") from None


def _without_help(group: Any) -> None:
    """A missing command shows the help on standard output, where a script expects a document."""
    group.no_args_is_help = False
    for command in getattr(group, "commands", {}).values():
        _without_help(command)


def _told(error: Exception, *, as_json: bool) -> int:
    """The exit status, also when there is nobody to tell: `| head` has seen enough, or the disk is full."""
    try:
        if not isinstance(error, BrokenPipeError):
            return _tell(error, as_json=as_json)
    except OSError as worse:
        if not isinstance(worse, BrokenPipeError):
            with suppress(OSError):
                standard_error().print(f"The result could not be written: {worse.strerror}.", markup=False)
    _forget_outputs()
    return FAILURE


def _tell(error: BaseException, *, as_json: bool) -> int:
    """Raises what is nobody's fault but ours, after the document."""
    ending = ending_of(error)
    if ending is None:
        if as_json:
            write_document(Ending(FAILURE, ("Something went wrong inside Reentra.",), "error").document)
        raise error
    for sentence in ending.sentences:
        standard_error().print(sentence, markup=False)
    if as_json:
        write_document(ending.document)
    return ending.status


def ending_of(error: BaseException) -> Ending | None:
    """None: not foreseen."""
    match error:
        case Interrupted():
            return Ending(INTERRUPTED, (str(error),), "interrupted")
        case typer.Abort():
            return Ending(FAILURE, ("Nothing was done.",), "not_confirmed")
        case SettingUnusable():
            return Ending(USAGE, (str(error),), "setting", error.problem)
        case ClientError():
            return Ending(FAILURE, (str(error),), "client_error", error.problem)
        case ReentraError():
            return Ending(FAILURE, (error.message,), error.code)
        case OSError() if error.strerror:
            where = f"{error.filename} cannot be used" if error.filename else "Reading or writing failed"
            return Ending(FAILURE, (f"{where}: {error.strerror}.",), "os_error")
        case _ if hasattr(error, "format_message"):
            return Ending(USAGE, _usage(error), "usage")
        case _ if type(error).__module__.startswith(_OF_SETTINGS):
            from reentra.standalone.settings import what_is_wrong

            return Ending(USAGE, what_is_wrong(error), "setting")
    return None


def _usage(error: Any) -> tuple[str, ...]:
    """Click's own words, and where to read on. It has none when it has shown the help instead."""
    sentence = re.sub(r"\s+", " ", in_plain_words(error.format_message())).strip().rstrip(".")
    if not sentence:
        return ()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "reentra"
    return (f"{sentence}. `{path} --help` lists what there is.",)


def _check_words(words: Sequence[str]) -> None:
    for word in words:
        if not word.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise typer.BadParameter(f"{json.dumps(word)} is not text in UTF-8.")


def _forget_outputs() -> None:
    """Python would try once more to write what is left, and complain, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.isatty():
            os.dup2(nowhere, stream.fileno())
