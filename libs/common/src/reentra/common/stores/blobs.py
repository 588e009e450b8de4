"""The byte port: immutable named byte strings. A local folder in one process, any S3 in many.

The contract (`common.testing.contracts.blobs`):
- `create` is create-only and atomic: afterwards the whole of it is there and durable, or nothing is. A second
  `create` of the same key raises Conflict, also when the bytes are equal. Nothing is ever overwritten.
- Keys are `/`-separated names of `[A-Za-z0-9._-]`; anything else is Rejected (no `..`, no absolute paths).
- A full disk raises RetryLater naming the place and leaves nothing behind. An fsync error is fatal for the process.
- `list` yields keys in ascending order and sees every finished `create`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    key: str
    size: int
    sha256: str
    """Hex; of the whole blob. Only `create_stream` fills it; elsewhere it is ''."""


class Blobs(Protocol):
    async def create(self, key: str, data: bytes) -> None: ...

    async def create_stream(self, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        """Stores what the iterator gives; an error inside the iterator leaves nothing behind."""

    async def read(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Raises NotFound; Unreadable when fewer bytes are there than asked for."""

    def stream(self, key: str, *, offset: int = 0, chunk_bytes: int = 1 << 20) -> AsyncIterator[bytes]: ...

    async def info(self, key: str) -> BlobInfo | None: ...

    def list(self, prefix: str) -> AsyncIterator[str]: ...

    async def delete(self, key: str) -> None:
        """For sweepers only. Deleting what is not there is no error."""
