"""A page's rows, decoded one at a time.

A thousand decoded rows push each other out of the processor's cache: whatever is done with them afterwards costs twice
as much as when each row is decoded, used and dropped.
"""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec
import orjson

from reentra.common.clients.graph.failures import GraphRejected

Json = dict[str, Any]


class Rows(Sequence[Json]):
    """Every look at a row is a new copy of it. That it is an object is not checked."""

    def __init__(self, raw: Sequence[msgspec.Raw]) -> None:
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[Json]:
        return map(_decoded, self._raw)

    @overload
    def __getitem__(self, index: int) -> Json: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows": ...
    def __getitem__(self, index: int | slice) -> "Json | Rows":
        return Rows(self._raw[index]) if isinstance(index, slice) else _decoded(self._raw[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class _Envelope(msgspec.Struct):
    value: list[msgspec.Raw]
    context: str | None = msgspec.field(default=None, name="@odata.context")
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")
    count: int | None = msgspec.field(default=None, name="@odata.count")


_decode = msgspec.json.Decoder(_Envelope).decode


def page_body(content: bytes) -> Json | None:
    """The body of a page with its rows still encoded; None when it is no page, or not whole."""
    try:
        found = _decode(content)
        if not content.isascii():
            content.decode()  # msgspec does not look into what it leaves encoded
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return {
        "value": Rows(found.value),
        "@odata.context": found.context,
        "@odata.nextLink": found.next_link,
        "@odata.deltaLink": found.delta_link,
        "@odata.count": found.count,
    }


def _decoded(raw: msgspec.Raw) -> Json:
    try:
        return orjson.loads(memoryview(raw))  # type: ignore[no-any-return]
    except orjson.JSONDecodeError as error:
        raise GraphRejected("Graph answered with a page that holds something that is not JSON.") from error
