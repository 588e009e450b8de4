"""Keyset cursors as opaque text: where the last page ended, and a digest of the list (with its filters) in which. They
hold nothing secret and grant nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256

import orjson

from reentra.common.errors import Rejected

_LARGEST = (1 << 63) - 1
"""What every store can compare."""


def to_cursor(*parts: str | int) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def bound(cursor: str, of_list: str) -> str:
    return f"{cursor}.{_digest(of_list)}"


def is_of(cursor: str, of_list: str) -> bool:
    return cursor.partition(".")[2] == _digest(of_list)


def texts(cursor: str | None, count: int) -> tuple[str, ...] | None:
    """`count` texts, or None without a cursor. Raises Rejected for anything that is not a cursor of that list."""
    parts = _parts(cursor, count)
    if parts is None:
        return None
    if not all(isinstance(part, str) for part in parts):
        raise _not_a_cursor()
    return tuple(str(part) for part in parts)


def number(cursor: str | None) -> int | None:
    parts = _parts(cursor, 1)
    return _number(parts[0]) if parts is not None else None


def numbered_texts(cursor: str | None, count: int) -> tuple[int, tuple[str, ...]] | None:
    """A number with `count` texts behind it."""
    parts = _parts(cursor, count + 1)
    if parts is None:
        return None
    if not all(isinstance(part, str) for part in parts[1:]):
        raise _not_a_cursor()
    return _number(parts[0]), tuple(str(part) for part in parts[1:])


def _number(part: object) -> int:
    if not isinstance(part, int) or isinstance(part, bool) or not 0 <= part <= _LARGEST:
        raise _not_a_cursor()
    return part


def _parts(cursor: str | None, count: int) -> list[object] | None:
    if cursor is None:
        return None
    where = cursor.partition(".")[0]
    try:
        parts = orjson.loads(urlsafe_b64decode(where + "=" * (-len(where) % 4)))
    except (Error, ValueError) as error:
        raise _not_a_cursor() from error
    if not isinstance(parts, list) or len(parts) != count:
        raise _not_a_cursor()
    return parts


def _digest(of_list: str) -> str:
    return urlsafe_b64encode(sha256(of_list.encode(errors="replace")).digest()[:9]).decode()


def _not_a_cursor() -> Rejected:
    return Rejected("The cursor is not one of this list. Follow `next_link` as it is, or begin without a cursor.")
