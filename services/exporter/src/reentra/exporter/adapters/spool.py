"""Bytes that wait for their turn: in memory while they are few, in a temporary file when they are many."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress

from reentra.common.errors import RetryLater

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 20
_LOOK_AGAIN_SECONDS = 10


class Spool:
    """Filled first, read then. As a context manager it leaves no file behind."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what could not be written is tried once more by closing; nobody needs it now
            self._file.close()

    @property
    def size(self) -> int:
        return self._file.tell()

    def append(self, data: bytes) -> None:
        """Raises RetryLater: that folder is often on another, smaller disk than the data."""
        try:
            self._file.write(data)
        except OSError as error:
            raise RetryLater(
                f"The folder for temporary files, {tempfile.gettempdir()}, cannot be written ({error.strerror}). "
                "Free some space there, or name another one in TMPDIR and start again; accepted jobs go on then.",
                after_seconds=_LOOK_AGAIN_SECONDS,
            ) from error

    def chunks(self) -> Iterator[bytes]:
        self._file.seek(0)
        while chunk := self._file.read(_CHUNK):
            yield chunk
