"""A ZIP64 archive that only ever grows: bytes come out as files go in, and memory does not grow with their number.

The standard library's `zipfile` keeps every entry until the end (half a kilobyte each; half a gigabyte for a million
objects); here the central directory waits in a temporary file. Sizes are known before a file's header is written, so
even readers that cannot seek can unpack it. APPNOTE.TXT 6.3.10 is the specification.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime

from reentra.common.errors import Rejected
from reentra.exporter.adapters.spool import Spool

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_OFFSET64 = struct.Struct("<HHQ")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_END = struct.Struct("<IHHHHIIH")

_NEEDS, _NEEDS64 = 20, 45
_MADE_ON_UNIX = 3 << 8 | _NEEDS64
_UTF8 = 0x800
_DEFLATED = 8
_FILE_MODE = 0o100644 << 16
_LIMIT16, _LIMIT32 = 0xFFFF, 0xFFFFFFFF
_LEVEL = 6


class ZipStream:
    """Every method returns the bytes to write next. All files bear the same time, so that equal files make equal
    archives. Use as a context manager: the temporary files go with it."""

    def __init__(self, modified: datetime, *, offset: int = 0) -> None:
        """`offset`: how many bytes lie before the first one of this archive."""
        self._time = modified.hour << 11 | modified.minute << 5 | modified.second // 2
        self._date = max(modified.year - 1980, 0) << 9 | modified.month << 5 | modified.day
        self._offset = offset
        self._entries = 0
        self._central = Spool()

    def __enter__(self) -> "ZipStream":
        return self

    def __exit__(self, *_: object) -> None:
        self._central.__exit__()

    def add(self, name: str, content: bytes) -> bytes:
        compressor = _compressor()
        data = compressor.compress(content) + compressor.flush()
        return self._header(name, zlib.crc32(content), len(data), len(content)) + data

    def add_large(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """For one file of any length: compressed into a temporary file first, because its size stands before it."""
        compressor = _compressor()
        crc = size = 0
        with Spool() as waiting:
            for piece in pieces:
                crc = zlib.crc32(piece, crc)
                size += len(piece)
                waiting.append(compressor.compress(piece))
            waiting.append(compressor.flush())
            yield self._header(name, crc, waiting.size, size)
            yield from waiting.chunks()

    def finish(self) -> Iterator[bytes]:
        """The central directory and the end."""
        start, length = self._offset, self._central.size
        yield from self._central.chunks()
        if self._entries >= _LIMIT16 or start >= _LIMIT32 or length >= _LIMIT32:
            yield _END64.pack(
                0x06064B50, 44, _MADE_ON_UNIX, _NEEDS64, 0, 0, self._entries, self._entries, length, start
            )
            yield _LOCATOR64.pack(0x07064B50, 0, start + length, 1)
        entries = min(self._entries, _LIMIT16)
        yield _END.pack(0x06054B50, 0, 0, entries, entries, min(length, _LIMIT32), min(start, _LIMIT32), 0)

    def _header(self, name: str, crc: int, compressed: int, size: int) -> bytes:
        if compressed >= _LIMIT32 or size >= _LIMIT32:
            raise Rejected(f"{name} would be larger than 4 GiB. Download fewer objects at once.")
        encoded = name.encode()
        far = self._offset >= _LIMIT32
        needs = _NEEDS64 if far else _NEEDS
        extra = _OFFSET64.pack(1, 8, self._offset) if far else b""
        common = (_UTF8, _DEFLATED, self._time, self._date, crc, compressed, size, len(encoded))
        local = _LOCAL.pack(0x04034B50, _NEEDS, *common, 0) + encoded
        tail = (len(extra), 0, 0, 0, _FILE_MODE, min(self._offset, _LIMIT32))
        self._central.append(_CENTRAL.pack(0x02014B50, _MADE_ON_UNIX, needs, *common, *tail) + encoded + extra)
        self._entries += 1
        self._offset += len(local) + compressed
        return local


def _compressor() -> "zlib._Compress":
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
