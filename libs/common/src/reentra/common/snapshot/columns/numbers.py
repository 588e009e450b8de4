"""Columns of whole numbers, as differences or as bytes of equal weight, and indexes into a list of choices."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import itemgetter, sub
from sys import byteorder
from typing import Any

from reentra.common.snapshot.columns.streams import Malformed, Sink, Source

_STEPS = 16
_DIFFERENCES, _BYTES = range(2)
_LIMIT = 1 << 63


def write_index(sink: Sink, places: Mapping[Any, int], keys: Sequence[Any]) -> None:
    """Per key its place among `places`, in one byte while they fit."""
    if len(places) == 1:
        return
    index = itemgetter(*keys)(places) if len(keys) > 1 else [places[key] for key in keys]
    if len(places) <= 256:
        sink.small.append(bytes(index))
    else:
        _write_planes(sink, index, _size_of(len(places) - 1))


def read_index(source: Source, places: int, count: int) -> Sequence[int]:
    source.spend(count)
    if places == 1:
        return bytes(count)
    return source.small(count) if places <= 256 else _read_planes(source, _size_of(places - 1), count)


def write_integers(sink: Sink, values: Sequence[int]) -> None:
    """0 and up, below 2^63."""
    steps = list(map(sub, values[1:], values))
    distinct = list(dict.fromkeys(steps))
    if len(distinct) <= _STEPS and 8 * len(distinct) <= len(values):
        sink.plan.append(_DIFFERENCES)
        sink.number(values[0])
        sink.number(len(distinct))
        for step in distinct:
            sink.number(step * 2 if step >= 0 else -step * 2 - 1)
        write_index(sink, dict(zip(distinct, range(len(distinct)), strict=True)), steps)
    else:
        sink.plan.append(_BYTES)
        size = _size_of(max(values))
        sink.plan.append(size)
        _write_planes(sink, values, size)


def read_integers(source: Source, count: int) -> Sequence[int]:
    source.spend(count)
    if source.byte() == _BYTES:
        return _read_planes(source, source.byte(), count)
    first, size = source.number(), source.number()
    zigzag = [source.number() for _ in range(size)]
    distinct = [-(z + 1) // 2 if z % 2 else z // 2 for z in zigzag]
    steps = map(distinct.__getitem__, read_index(source, size, count - 1))
    return list(accumulate(steps, initial=first))


def write_decimals(sink: Sink, texts: Sequence[bytes], joined: bytes) -> bool:
    """Texts that are numbers: of equal length, or without zeros in front."""
    if len(joined) > 19 * len(texts) or not joined.replace(b"\n", b"").isdigit() or not all(texts):
        return False
    width = len(texts[0]) if len(joined) == (len(texts[0]) + 1) * len(texts) - 1 else 0
    values = list(map(int, texts))
    if b"\n".join(_decimals(values, width)) != joined or max(values) >= _LIMIT:
        return False
    sink.number(width)
    write_integers(sink, values)
    return True


def read_decimals(source: Source, count: int) -> Sequence[bytes]:
    width = source.number()
    source.spend(count, width * count)
    return _decimals(read_integers(source, count), width)


def _decimals(values: Sequence[int], width: int) -> Sequence[bytes]:
    return (b"%%0%dd\n" % width * len(values) % tuple(values)).split(b"\n")[:-1]


def _size_of(largest: int) -> int:
    return (largest.bit_length() + 7) // 8


def _write_planes(sink: Sink, values: Sequence[int], size: int) -> None:
    """The highest bytes of all values, which are alike, then the next ones; what lies lowest is random."""
    packed = _little(array("Q", values)).tobytes()
    for place in reversed(range(size)):
        (sink.small if place == size - 1 else sink.random).append(packed[place::8])


def _read_planes(source: Source, size: int, count: int) -> Sequence[int]:
    if size > 8:
        raise Malformed("a number has more than eight bytes")
    packed = bytearray(8 * count)
    for place in reversed(range(size)):
        packed[place::8] = source.small(count) if place == size - 1 else source.random(count)
    return _little(array("Q", bytes(packed))).tolist()


def _little(values: "array[int]") -> "array[int]":
    if byteorder == "big":
        values.byteswap()
    return values
