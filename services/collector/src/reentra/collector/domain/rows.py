"""What a page must look like before anything of it is believed. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypedDict

import msgspec
import orjson

from reentra.common.clients.graph.rows import Rows
from reentra.common.errors import Rejected
from reentra.common.snapshot.columns.native import native

_raw_of = msgspec.json.Decoder(list[msgspec.Raw]).decode


def checked_rows(rows: object, asked: str) -> list[dict[str, Any]]:
    """The same rows. Raises Rejected unless each is an object with an id: half a list must not pass for a whole one."""
    if type(rows) is list:
        for row in rows:
            if type(row) is not dict or type(id := row.get("id")) is not str or not id:
                break
        else:
            return rows
    raise _no_list(asked)


class Chain(Sequence[dict[str, Any]]):
    """Rows of several pages one after another; they are decoded only when somebody goes through them."""

    def __init__(self, parts: Sequence[Sequence[dict[str, Any]]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return chain.from_iterable(self._parts)

    def __getitem__(self, index: Any) -> Any:
        if type(index) is int and index >= 0:
            for part in self._parts:
                if index < len(part):
                    return part[index]
                index -= len(part)
        return list(self)[index]

    def encoded(self) -> list[msgspec.Raw] | None:
        """None when some were decoded before they came here."""
        found: list[msgspec.Raw] = []
        for part in self._parts:
            raw = part.encoded() if isinstance(part, Chain) else part.raw if isinstance(part, Rows) else None
            if raw is None:
                return None
            found.extend(raw)
        return found


def encoded_rows(rows: list[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The same rows as those of a page come, so that native code can read them where there is any."""
    return Chain([Rows(_raw_of(orjson.dumps(rows)))]) if native() is not None else rows


class CheckedRows(Chain):
    """Like `checked_rows`, but each row is checked when it is met: whoever goes through all of them before he stores
    any is as safe."""

    def __init__(self, rows: Sequence[dict[str, Any]], asked: str) -> None:
        super().__init__([rows])
        self._asked = asked

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self._checked, super().__iter__())

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return self._checked(found) if isinstance(index, int) else [self._checked(row) for row in found]

    def telling(self, name: str, *, references: bool) -> Sequence[dict[str, Any]]:
        """Without those that have an id and no entry of a relationship, and say nothing else. Most rows of a sweep are
        such, and are told by their bytes. Of references only their ids and types are decoded: Graph expands whole
        objects, whatever it is asked for."""
        raw = self.encoded()
        if raw is None:
            return self
        tells_none = _bare(name).fullmatch
        telling = [row for row in raw if tells_none(row) is None]
        if references:
            try:
                return CheckedRows(list(map(_decoder_of_references(name), telling)), self._asked)
            except msgspec.MsgspecError:  # one of them is odd
                pass
        return CheckedRows(Rows(telling), self._asked)

    def _checked(self, row: object) -> dict[str, Any]:
        if type(row) is dict and type(id := row.get("id")) is str and id:
            return row
        raise _no_list(self._asked)


@cache
def _decoder_of_references(name: str) -> Callable[[msgspec.Raw], dict[str, Any]]:
    typed: Any = TypedDict
    reference = typed("Reference", {"id": str, "@odata.type": str}, total=False)
    known = {"id": str, name: list[reference] | None, f"{name}@odata.nextLink": str | None}  # type: ignore[valid-type]
    return msgspec.json.Decoder(typed("Row", known, total=False)).decode


@cache
def _bare(name: str) -> re.Pattern[bytes]:
    return re.compile(rb'\{"id":"[ !#-\[\]-~]+","%b":\[\]\}' % re.escape(name.encode()))


def _no_list(asked: str) -> Rejected:
    return Rejected(f"Microsoft Graph answered {asked} with something that is not a list of objects with ids.")
