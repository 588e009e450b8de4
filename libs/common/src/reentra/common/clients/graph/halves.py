"""JSON text that is no Unicode: half of a surrogate pair by itself (`\\ud800`). JSON permits it, UTF-8 cannot hold it.

Nor can the stores, a ZIP's readers, or Graph when it is written back. So it becomes U+FFFD, as Unicode recommends, and
objects in which that happened say so.
"""

import json
import re
from typing import Any

REPLACED = "@odata.reentra.replaced"
"""In an object with an id: names of its properties that hold such text. An annotation, so it is never kept."""
_HALF = re.compile("[\ud800-\udfff]")
_LARGEST, _SMALLEST = (1 << 64) - 1, -(1 << 63)


def read_with_halves(content: bytes | memoryview) -> Any:
    """The JSON value. Raises ValueError unless such text is all that is wrong with it."""
    try:
        value = json.loads(str(content, "utf-8"), parse_int=_number, parse_constant=_no_json)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    whole, found = _whole(value)
    if not found:
        raise ValueError("it is no JSON")
    return whole


def _whole(value: Any) -> tuple[Any, bool]:
    """With the halves replaced, and whether there were any."""
    if isinstance(value, str):
        whole = _HALF.sub("\ufffd", value)
        return whole, whole != value
    if isinstance(value, list):
        items = [_whole(item) for item in value]
        return [item for item, _ in items], any(found for _, found in items)
    if not isinstance(value, dict):
        return value, False
    members = [(_whole(key), _whole(item)) for key, item in value.items()]
    names = [key for (key, odd), (_, found) in members if odd or found]
    copy = {key: item for (key, _), (item, _) in members}
    if names and "id" in copy:
        copy[REPLACED] = names
    return copy, bool(names)


def _number(text: str) -> int | float:
    """As orjson reads it."""
    number = int(text)
    return number if _SMALLEST <= number <= _LARGEST else float(text)


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
