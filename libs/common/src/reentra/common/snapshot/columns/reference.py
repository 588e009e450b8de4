"""Lines to streams and back by Python: what it writes is the format, what it reads is the truth about any streams."""

import struct
from collections.abc import Sequence

from reentra.common.snapshot.columns import trees
from reentra.common.snapshot.columns.scope import Scope
from reentra.common.snapshot.columns.streams import Malformed, Sink, Source, Streams
from reentra.common.snapshot.columns.strings import rows

_BROKEN = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, StopIteration, struct.error)
"""What lines and streams run into that are none."""


def write(lines: Sequence[bytes]) -> Streams:
    """For one line at least. Raises Malformed for lines so strange that they cannot be cut."""
    sink = Sink()
    try:
        trees.write(sink, Scope(len(lines)), lines)
    except _BROKEN as error:
        raise Malformed("these lines cannot be cut into columns") from error
    return sink.streams()


def read(streams: Streams, count: int, limit: int) -> bytes:
    """The lines, each with its line end. Raises Malformed. `limit`: bytes that may be made of the streams."""
    source = Source(streams, limit)
    try:
        source.spend(count)
        lines = rows(source, trees.read(source, Scope(count), count), count)
    except _BROKEN as error:
        raise Malformed("the streams do not fit together") from error
    return b"\n".join(lines) + b"\n"
