"""Bytes that wait for their turn: in memory while they are few, in a temporary file when they are many."""

import tempfile
from collections.abc import Iterator

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 20


class Spool:
    """Filled first, read then. As a context manager it leaves no file behind."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        return self._file.tell()

    def append(self, data: bytes) -> None:
        self._file.write(data)

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk
