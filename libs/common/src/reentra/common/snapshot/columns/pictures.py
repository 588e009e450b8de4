"""Texts of equal length that differ in their digits only, two digits to a byte, and what Windows makes of an id.

The picture of a column is its first text with every digit a `0`. Hexadecimal digits are ids and hashes: random.
Decimal ones are moments and numbers: two digits of the same place are alike in all rows and are kept side by side.
"""

import struct
from collections.abc import Sequence

from reentra.common.snapshot.columns.streams import Malformed, Sink, Source

_DECIMAL, _LOWER, _UPPER = range(3)
_HEX = frozenset(b"0123456789abcdefABCDEF")
_ZERO = ord("0")
_WIDTHS = range(6, 129)


def write(sink: Sink, first: bytes, joined: bytes, count: int) -> bool:
    """False when the column is no picture; then nothing was written."""
    width = len(first)
    if width not in _WIDTHS or len(joined) != (width + 1) * count - 1:
        return False
    places = [place for place, character in enumerate(first) if character not in _HEX]
    digits_each = width - len(places)
    if len(places) > digits_each or joined[width :: width + 1].count(b"\n") != count - 1:
        return False
    if any(joined[place :: width + 1].count(first[place]) != count for place in places):
        return False
    digits = joined.translate(None, bytes({first[place] for place in places}) + b"\n")
    if len(digits) != digits_each * count:
        return False
    try:
        packed = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("latin-1"))
    except ValueError:
        return False
    again = packed.hex().encode()[: len(digits)]
    if again != digits and again.upper() != digits:
        return False
    form = _DECIMAL if digits.isdigit() else _LOWER if again == digits else _UPPER
    sink.text.append(bytes(first[place] if place in places else _ZERO for place in range(width)))
    sink.plan.append(form)
    if form != _DECIMAL:
        sink.random.append(packed)
    elif digits_each % 2:
        sink.small.append(packed)
    else:
        sink.small.extend(packed[place :: digits_each // 2] for place in range(digits_each // 2))
    return True


def read(source: Source, count: int) -> bytes:
    picture, form = source.item(), source.byte()
    width, digits_each = len(picture), picture.count(b"0")
    size = (digits_each * count + 1) // 2
    source.spend(count, width * count)
    if form not in (_DECIMAL, _LOWER, _UPPER):
        raise Malformed(f"a picture has the form {form}")
    if form != _DECIMAL:
        packed: bytes | bytearray = source.random(size)
    elif digits_each % 2:
        packed = source.small(size)
    else:
        packed = bytearray(size)
        for place in range(digits_each // 2):
            packed[place :: digits_each // 2] = source.small(count)
    digits = packed.hex().encode()[: digits_each * count]
    if form == _UPPER:
        digits = digits.upper()
    page = bytearray((picture + b"\n") * count)
    taken = 0
    for place, character in enumerate(picture):
        if character == _ZERO:
            page[place :: width + 1] = digits[taken::digits_each]
            taken += 1
    return bytes(page[:-1])


def sids(ids: Sequence[bytes]) -> Sequence[bytes]:
    """What follows `S-1-12-1-` in the security identifier of an object: its id as four little-endian words.

    Something that differs from every security identifier when they are no ids.
    """
    try:
        packed = bytes.fromhex(b"".join(ids).replace(b"-", b"").decode("latin-1"))
    except ValueError:
        return [b""]
    if len(packed) != 16 * len(ids):
        return [b""]
    words = bytearray(packed)
    for place, origin in enumerate((3, 2, 1, 0, 5, 4, 7, 6)):
        words[place::16] = packed[origin::16]
    text = b"%d-%d-%d-%d\n" * len(ids) % struct.unpack(f"<{4 * len(ids)}I", words)
    return text.split(b"\n")[:-1]
