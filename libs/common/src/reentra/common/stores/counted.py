"""The byte port with an ear: each stored blob is told, with its size, once it is safe."""

from collections.abc import AsyncIterator, Callable

from reentra.common.stores.blobs import BlobInfo, Blobs


class CountedBlobs:
    def __init__(self, blobs: Blobs, stored: Callable[[int], None]) -> None:
        self._blobs = blobs
        self._stored = stored

    async def create(self, key: str, data: bytes) -> None:
        await self._blobs.create(key, data)
        self._stored(len(data))

    async def create_stream(self, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        info = await self._blobs.create_stream(key, chunks)
        self._stored(info.size)
        return info

    async def read(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        return await self._blobs.read(key, offset=offset, length=length)

    def stream(self, key: str, *, offset: int = 0, chunk_bytes: int = 1 << 20) -> AsyncIterator[bytes]:
        return self._blobs.stream(key, offset=offset, chunk_bytes=chunk_bytes)

    async def info(self, key: str) -> BlobInfo | None:
        return await self._blobs.info(key)

    def list(self, prefix: str) -> AsyncIterator[str]:
        return self._blobs.list(prefix)

    async def delete(self, key: str) -> None:
        await self._blobs.delete(key)
