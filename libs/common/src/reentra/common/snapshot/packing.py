"""The content of a frame, format 2: its lines as columns where that is smaller, else as they are; compressed.

    content = coding (1 byte) | ...
    LINES:    zstd of the lines
    COLUMNS:  number of lines, bytes of the plan, bytes of text and of figures when compressed (4 bytes each)
              | zstd of the text stream | zstd of plan and small stream, the figures | random stream

Columns are unpacked and compared before they are used: whatever lines come, the same lines come back. Native code cuts
and joins where it was built and knows what to do; otherwise, and in doubt, Python does.
"""

import struct
import threading
from collections.abc import Sequence
from io import BytesIO

import zstandard

from reentra.common.snapshot.columns import reference
from reentra.common.snapshot.columns.native import native
from reentra.common.snapshot.columns.streams import Malformed, Streams

LINES, COLUMNS = range(2)
_COLUMNS_HEADER = struct.Struct(">BIIII")
_LEVEL = 3
"""Measured on the columns of 100 groups and of 100 users: level 9 takes 2 % less room and fifteen times as long."""
_SMALL = 64 * 1024
"""Lines of so few bytes are compressed as they are, too, and the shorter of both is taken."""
_LARGEST = 6 * 1024 * 1024
"""More is left as lines: cutting takes ten times the memory of the lines, and a group of 75,000 gains a fifth only."""
_LIMIT = 64 * _LARGEST
"""Bytes that may be made of columns on their way to lines. Those of any lines that are written need a part of it."""
_STREAM = 4 * _LARGEST
"""Bytes of one stream."""


class _Codec(threading.local):
    """A compressor costs a megabyte and some time to make, and serves one thread at a time: one per thread."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_codec = _Codec()


def pack(lines: Sequence[bytes], plain: bytes) -> bytes:
    """`plain`: the lines, each with its line end."""
    content = as_columns(lines, plain) if lines and len(plain) <= _LARGEST else None
    if content is None:
        return as_lines(plain)
    return min(content, as_lines(plain), key=len) if len(plain) < _SMALL else content


def as_lines(plain: bytes) -> bytes:
    return bytes((LINES,)) + _codec.compress(plain)


def as_columns(lines: Sequence[bytes], plain: bytes) -> bytes | None:
    """For one line at least. None when not the same lines would be unpacked: they are no canonical JSON."""
    streams = _written(lines, plain)
    if streams is None:
        return None
    plan, text, small, random = streams
    compressed, figures = _codec.compress(text), _codec.compress(plan + small)
    header = _COLUMNS_HEADER.pack(COLUMNS, len(lines), len(plan), len(compressed), len(figures))
    content = header + compressed + figures + random
    return content if _streams_in(content) == (streams, len(lines)) else None


def unpack(content: bytes, size: int | None = None) -> bytes:
    """The lines, each with its line end. Raises Malformed for what is no content, or not of the size given."""
    try:
        if content[0] == LINES:
            return _decompressed(content[1:], size)
        streams, count = _streams_in(content)
    except (IndexError, struct.error, zstandard.ZstdError) as error:
        raise Malformed("the content of a frame does not unpack") from error
    fast = native()
    plain = fast.read(streams, count, _LIMIT // 2) if fast is not None else None
    return reference.read(streams, count, _LIMIT) if plain is None else plain


def lines_of(plain: bytes) -> list[bytes]:
    """Without their line ends. In half the time of `split`, which looks at each byte by itself."""
    return [line[:-1] for line in BytesIO(plain)]


def _written(lines: Sequence[bytes], plain: bytes) -> Streams | None:
    """Streams from which these lines were read again."""
    fast = native()
    streams = fast.write(plain, len(lines), _LIMIT // 2) if fast is not None else None
    if streams is None:
        try:
            streams = reference.write(lines)
            if reference.read(streams, len(lines), _LIMIT) != plain:
                return None
        except Malformed:  # no backup fails because its lines are strange
            return None
    return streams


def _streams_in(content: bytes) -> tuple[Streams, int]:
    coding, count, plan, text, figures = _COLUMNS_HEADER.unpack_from(content)
    if coding != COLUMNS:
        raise Malformed(f"a frame has the coding {coding}")
    if count > _LARGEST:
        raise Malformed("a frame has more lines than bytes")
    at = _COLUMNS_HEADER.size
    texts = _decompressed(content[at : at + text], None)
    numbers = _decompressed(content[at + text : at + text + figures], None)
    return (numbers[:plan], texts, numbers[plan:], content[at + text + figures :]), count


def _decompressed(data: bytes, size: int | None) -> bytes:
    """Nothing is made before it is known to be of that size, or no larger than streams may be."""
    claimed = zstandard.frame_content_size(data)
    if claimed != size if size is not None else claimed > _STREAM:
        raise Malformed("compressed data is not of the size that it has to be")
    return _codec.decompress(data)
