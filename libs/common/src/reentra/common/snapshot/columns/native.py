"""The same columns by native code (`libs/columns`), where it was built: ten times as fast, byte for byte the same.

And the rows of Graph's pages as what is kept of them. A shortcut, never a judge: whatever it does not take (JSON that
is not canonical, streams that do not fit together, odd rows) is left to the Python code. So is everything when there is
no library, or one that is not of this version.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import structlog

from reentra.common.ids import ObjectId
from reentra.common.snapshot.columns.streams import Streams

log = structlog.get_logger()

SETTING = "REENTRA_COLUMNS"
"""`python` leaves the native code alone; what is stored is the same."""
VERSION = 7
"""Of the calls."""
_SUFFIX = {"darwin": "dylib", "win32": "dll"}
LIBRARY = Path(__file__).with_name(f"libcolumns.{_SUFFIX.get(sys.platform, 'so')}")

CHECKSUM = ".sha256"
"""Of the library, beside it: the loader of the system dies of one that was cut off."""

_Pointers = ctypes.c_char_p * 4
_Lengths = ctypes.c_size_t * 4


class _Answer(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_void_p), ("length", ctypes.c_size_t), ("lengths", _Lengths))


class NativeRow(msgspec.Struct, gc=False):
    """What is kept of a row of a page where nothing else is known of its object: its line, the hash of its content and
    its summary. `facets`: as JSON, nothing for none; as it comes from here without what is derived, and without its
    braces. `needed`: JSON of the properties that derived facets are made of, as far as the row has them; of a list of
    objects only that it is one. Nothing when Python has to make the summary."""

    object_id: ObjectId
    content_hash: str
    display_name: str
    search: str
    facets: str
    needed: str
    line: bytes


_TEXTS = 6
"""That a row is told of in."""
_DIGITS = 32
"""Of a hash."""


@dataclass(frozen=True, slots=True)
class Native:
    """Other threads run while it works."""

    _library: Any

    def write(self, plain: bytes, count: int, limit: int) -> Streams | None:
        """Of so many lines, each with its line end. What is written was read again, within the limit, and compared."""
        answer = _Answer()
        if self._library.reentra_columns_write(plain, len(plain), count, limit, ctypes.byref(answer)):
            return None
        written, (text, plan, small, _) = self._taken(answer), answer.lengths
        ends = (text, text + plan, text + plan + small)
        return written[ends[0] : ends[1]], written[: ends[0]], written[ends[1] : ends[2]], written[ends[2] :]

    def read(self, streams: Streams, count: int, limit: int) -> bytes | None:
        """The lines, each with its line end."""
        plan, text, small, random = streams
        pointers, lengths = _Pointers(text, plan, small, random), _Lengths(*map(len, (text, plan, small, random)))
        answer = _Answer()
        refused = self._library.reentra_columns_read(
            ctypes.byref(pointers), ctypes.byref(lengths), count, limit, ctypes.byref(answer)
        )
        return None if refused else self._taken(answer)

    def rows(self, parts: Sequence[bytes | memoryview], names: bytes) -> list[NativeRow | None] | None:
        """`parts`: each row, and behind it what it has of the relationships that are given (`+`): nothing, or a list as
        it is kept. `names`: one in each line behind a letter: the type (`t`), relationships in the order of their names
        (`+`; told by the row: `*`, or `!` with one entry at most) and properties for display, search and facets (`d`,
        `s`, `f`) and those that are needed by themselves (`n`). None stands for a row that is for Python."""
        content, lengths, answer = b"".join(parts), (ctypes.c_size_t * len(parts))(*map(len, parts)), _Answer()
        if self._library.reentra_columns_rows(
            content, len(content), lengths, len(parts), names, len(names), ctypes.byref(answer)
        ):
            return None
        found, (kept, places, *_) = self._taken(answer), answer.lengths
        ends = memoryview(found)[kept : kept + places].cast("Q").tolist()
        lines = map(found.__getitem__, map(slice, [0, *ends], ends))
        told = found[kept + places :].decode().split("\0")
        texts = [told[place:-1:_TEXTS] for place in range(_TEXTS)]
        rows: list[NativeRow | None] = list(map(NativeRow, *texts, lines))
        return rows if all(texts[0]) else [row if row and row.object_id else None for row in rows]

    def hashes(self, texts: Sequence[bytes]) -> list[str] | None:
        """BLAKE2b of each, as `directory.normalise` has it, four at once where the processor can."""
        content, lengths, answer = b"".join(texts), (ctypes.c_size_t * len(texts))(*map(len, texts)), _Answer()
        if self._library.reentra_columns_hashes(content, len(content), lengths, len(texts), ctypes.byref(answer)):
            return None
        found = self._taken(answer).decode()
        return [found[place : place + _DIGITS] for place in range(0, len(found), _DIGITS)]

    def is_text(self, content: bytes) -> bool:
        """Whether it is UTF-8."""
        return bool(self._library.reentra_columns_is_text(content, len(content)))

    def _taken(self, answer: _Answer) -> bytes:
        try:
            return ctypes.string_at(answer.bytes, answer.length)
        finally:
            self._library.reentra_columns_free(ctypes.byref(answer))


def native() -> Native | None:
    return None if os.environ.get(SETTING) == "python" else load(LIBRARY)


@lru_cache(maxsize=8)
def load(library: Path, version: int = VERSION) -> Native | None:
    """None when there is none. One that cannot be used is reported, once."""
    if not library.exists():
        return None
    try:
        if sha256(library.read_bytes()).hexdigest() != library.with_suffix(CHECKSUM).read_text().strip():
            raise OSError("it is not what was built")
        found = ctypes.CDLL(str(library))
        found.reentra_columns_version.restype = ctypes.c_uint32
        its_version = found.reentra_columns_version()
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        found.reentra_columns_write.argtypes = (ctypes.c_char_p, size, size, size, pointer)
        found.reentra_columns_read.argtypes = (pointer, pointer, size, size, pointer)
        found.reentra_columns_rows.argtypes = (ctypes.c_char_p, size, pointer, size, ctypes.c_char_p, size, pointer)
        found.reentra_columns_hashes.argtypes = (ctypes.c_char_p, size, pointer, size, pointer)
        found.reentra_columns_is_text.argtypes = (ctypes.c_char_p, size)
        found.reentra_columns_free.argtypes = (pointer,)
        found.reentra_columns_free.restype = None
    except (OSError, ValueError, AttributeError) as error:
        log.warning("native columns cannot be loaded, Python does their work", library=str(library), error=str(error))
        return None
    if its_version != version:
        log.warning("native columns have another version, Python does their work", library=str(library))
        return None
    return Native(found)
