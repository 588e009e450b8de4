"""S3Blobs: the byte port through obstore. Connections are shared, requests are retried within a minute."""

import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import httpx
import obstore
from obstore.exceptions import GenericError
from obstore.store import S3Store

from reentra.common.errors import NotFound, Unreadable
from reentra.common.stores.blobs import BlobInfo
from reentra.common.stores.keys import checked_key, checked_prefix
from reentra.common.stores.s3.bucket import Bucket
from reentra.common.stores.s3.failures import STORE_ERRORS, missing, translated
from reentra.common.stores.s3.settings import S3Settings
from reentra.common.stores.s3.upload import PART_BYTES, Upload

T = TypeVar("T")

_RETRY_FOR = timedelta(seconds=60)
_HTTP_SECONDS = 60.0
HIDDEN = "~"
"""Begins keys of the adapter's own. No blob's key has it, and `list` passes over them."""


class S3Blobs:
    def __init__(self, settings: S3Settings, bucket: Bucket, *, part_bytes: int = PART_BYTES) -> None:
        """S3 wants at least 5 MiB in every part but the last."""
        self._endpoint = settings.endpoint
        self._bucket = bucket
        self._part_bytes = part_bytes
        self._http = httpx.AsyncClient(
            verify=settings.trust(), timeout=_HTTP_SECONDS, trust_env=False, follow_redirects=False
        )
        options: obstore.store.ClientConfig = {"allow_http": True}
        if settings.ca_file is not None:
            options["root_certificate"] = settings.ca_file.read_bytes()
        self._store = S3Store(
            settings.bucket,
            endpoint=settings.endpoint.rstrip("/"),
            region=settings.region,
            access_key_id=settings.access_key,
            secret_access_key=settings.secret_key.get_secret_value(),
            checksum_algorithm="SHA256",
            client_options=options,
            retry_config={"max_retries": 5, "retry_timeout": _RETRY_FOR},
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def create(self, key: str, data: bytes) -> None:
        await self.create_unchecked(checked_key(key), data)

    async def create_unchecked(self, key: str, data: bytes) -> None:
        """Also for keys that are hidden."""
        await self._asked(key, obstore.put_async(self._store, key, data, mode="create", use_multipart=False))

    async def upload_unchecked(self, key: str, data: bytes) -> None:
        """As `create_unchecked`, by the way of large streams."""
        async with self._uploading(key) as upload:
            await upload.add(data)
            await upload.complete()

    async def create_stream(self, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        """Small streams are one put; others never have more than a part in memory."""
        checked_key(key)
        digest, size = hashlib.sha256(), 0
        waiting = bytearray()
        async with self._uploading(key) as upload:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                waiting += chunk
                while len(waiting) > self._part_bytes:
                    await upload.add(bytes(waiting[: self._part_bytes]))
                    del waiting[: self._part_bytes]
            if upload.is_begun:
                await upload.add(bytes(waiting))
                await upload.complete()
            else:
                await self.create_unchecked(key, bytes(waiting))
        return BlobInfo(key, size, digest.hexdigest())

    async def read(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        checked_key(key)
        short = False
        try:
            data = await self._range(key, offset, length)
        except GenericError as error:
            # One of them is 416: the range begins at the end or behind it. The size tells which.
            found = await self.info(key)
            if found is not None and offset < found.size:
                raise translated(error, self._endpoint, key) from error
            if found is None:
                raise missing(key) from error
            data, short = b"", offset > found.size
        if short or (length is not None and len(data) < length):
            raise Unreadable(
                f"{key} is shorter than it should be. Run `reentra verify` to see what is affected.", key=key
            )
        return data

    async def read_unchecked(self, key: str) -> bytes:
        """All of it, also of keys that are hidden."""
        try:
            return await self._range(key, 0, None)
        except GenericError as error:
            raise translated(error, self._endpoint, key) from error

    async def stream(self, key: str, *, offset: int = 0, chunk_bytes: int = 1 << 20) -> AsyncIterator[bytes]:
        """A request per chunk: a slow reader holds no connection open."""
        found = await self.info(key)
        if found is None:
            raise missing(key)
        while offset < found.size:
            chunk = await self.read(key, offset=offset, length=min(chunk_bytes, found.size - offset))
            yield chunk
            offset += len(chunk)

    async def info(self, key: str) -> BlobInfo | None:
        try:
            meta = await self._asked(key, obstore.head_async(self._store, checked_key(key)))
        except NotFound:
            return None
        return BlobInfo(key, meta["size"], "")

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """S3 lists in ascending order; obstore knows prefixes of whole names only, so the last name is begun near."""
        folder, _, begun = checked_prefix(prefix).rpartition("/")
        after = prefix[:-1] if begun[:-1] not in ("", ".", "..") else None
        pages = obstore.list(self._store, prefix=folder or None, offset=after, chunk_size=1000)
        try:
            async for page in pages:
                for meta in page:
                    key = meta["path"]
                    if key.startswith(prefix) and not key.startswith(HIDDEN):
                        yield key
                    elif key > prefix and not key.startswith(HIDDEN):
                        return
        except STORE_ERRORS as error:
            raise translated(error, self._endpoint, prefix) from error

    async def delete(self, key: str) -> None:
        await self._asked(key, obstore.delete_async(self._store, checked_key(key)))

    @asynccontextmanager
    async def _uploading(self, key: str) -> AsyncIterator[Upload]:
        upload = Upload(self._bucket, self._http, key)
        try:
            yield upload
        except BaseException:
            await upload.abort()
            raise

    async def _range(self, key: str, offset: int, length: int | None) -> bytes:
        """GenericError passes: see `read`."""
        try:
            if length is not None:
                return bytes(await obstore.get_range_async(self._store, key, start=offset, length=length))
            options: obstore.GetOptions = {"range": {"offset": offset}} if offset else {}
            result = await obstore.get_async(self._store, key, options=options)
            return bytes(await result.bytes_async())
        except GenericError:
            raise
        except STORE_ERRORS as error:
            raise translated(error, self._endpoint, key) from error

    async def _asked(self, key: str, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except STORE_ERRORS as error:
            raise translated(error, self._endpoint, key) from error
