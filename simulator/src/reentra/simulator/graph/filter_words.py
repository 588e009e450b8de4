"""Cuts a $filter into words. Nothing here knows what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .errors import bad_request

_WORD = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?)
    | (?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_$@][\w.$@]*(?:/[\w.$@]+)*)
    | (?P<mark>[(),:])
    )""",
    re.VERBOSE,
)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Word:
    kind: str
    text: str

    @property
    def value(self) -> Any:
        if self.kind == "string":
            return self.text[1:-1].replace("''", "'")
        if self.kind == "number":
            return float(self.text) if "." in self.text else int(self.text)
        if self.kind == "name":
            return _CONSTANTS[self.text]
        return self.text

    @property
    def is_literal(self) -> bool:
        return self.kind in ("string", "time", "guid", "number") or self.text in _CONSTANTS


def words_of(text: str) -> list[Word]:
    found: list[Word] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_request(f"Invalid filter clause: syntax error at position {position} in '{text}'.")
        found.append(Word(match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return found
