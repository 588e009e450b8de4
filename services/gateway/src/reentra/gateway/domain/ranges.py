"""HTTP ranges (RFC 9110, section 14): one range of bytes, so that an interrupted download goes on."""

import re
from dataclasses import dataclass

from reentra.gateway.errors import RangeNotSatisfiable

_SINGLE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
"""Longer numbers than any file: another unit, so to speak."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`end` is the last byte's position, as HTTP counts."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


def wanted_range(header: str | None, size: int) -> ByteRange | None:
    """None means everything: no header, several ranges, or another unit, which a server may ignore.
    Raises RangeNotSatisfiable."""
    match = _SINGLE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first == "":
        start, end = max(size - int(last), 0), size - 1
        satisfiable = int(last) > 0 and size > 0
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
        satisfiable = start < size
    if not satisfiable:
        raise RangeNotSatisfiable(f"The range {header} lies outside the {size} bytes there are.", size=size)
    return ByteRange(start, end)
