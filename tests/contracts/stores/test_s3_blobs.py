from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from pydantic import SecretStr
from tests.servers import S3Address

from reentra.common.errors import Conflict, Forbidden, RetryLater
from reentra.common.stores.s3 import Bucket, S3Blobs, S3Settings
from reentra.common.testing.contracts.blobs import BlobsContract

SMALLEST_PART = 5 << 20


def settings_for(server: S3Address, **changed: object) -> S3Settings:
    return S3Settings(
        endpoint=server.endpoint,
        bucket=f"test-{uuid4().hex}",
        access_key=server.access_key,
        secret_key=SecretStr(server.secret_key),
    ).model_copy(update=changed)


@asynccontextmanager
async def opened(settings: S3Settings) -> AsyncIterator[S3Blobs]:
    bucket = Bucket(settings)
    store = S3Blobs(settings, bucket, part_bytes=SMALLEST_PART)
    try:
        yield store
    finally:
        await store.close()
        bucket.close()


async def made(settings: S3Settings) -> S3Settings:
    bucket = Bucket(settings)
    await bucket.prepare()
    await bucket.prepare()
    bucket.close()
    return settings


@pytest.fixture
async def blobs(s3_address: S3Address) -> AsyncIterator[S3Blobs]:
    async with opened(await made(settings_for(s3_address))) as store:
        yield store


async def large(marker: bytes) -> AsyncIterator[bytes]:
    for _ in range(11):
        yield marker * (1 << 20)
    yield b"end"


class TestS3Blobs(BlobsContract):
    async def test_a_stream_of_several_parts_comes_back_whole(self, blobs: S3Blobs) -> None:
        info = await blobs.create_stream("exports/large.zip", large(b"x"))
        assert info.size == (11 << 20) + 3
        assert await blobs.read("exports/large.zip", offset=info.size - 5) == b"xxend"
        assert b"".join([chunk async for chunk in blobs.stream("exports/large.zip")]) == b"x" * (11 << 20) + b"end"

    async def test_a_stream_of_several_parts_overwrites_nothing(self, blobs: S3Blobs) -> None:
        await blobs.create("a", b"first")
        with pytest.raises(Conflict):
            await blobs.create_stream("a", large(b"y"))
        assert await blobs.read("a") == b"first"

    async def test_a_stream_of_several_parts_that_breaks_leaves_nothing(self, blobs: S3Blobs) -> None:
        async def breaks() -> AsyncIterator[bytes]:
            async for chunk in large(b"z"):
                yield chunk
            raise ValueError("the source broke")

        with pytest.raises(ValueError, match="the source broke"):
            await blobs.create_stream("a", breaks())
        assert [key async for key in blobs.list("")] == []
        await blobs.create_stream("a", large(b"z"))


class TestS3BlobsWithObjectLock(BlobsContract):
    """Deleting hides, and everything else is the same."""

    @pytest.fixture
    async def blobs(self, s3_address: S3Address) -> AsyncIterator[S3Blobs]:
        async with opened(await made(settings_for(s3_address, lock_days=1))) as store:
            yield store


async def test_a_wrong_key_is_refused_without_naming_it(s3_address: S3Address) -> None:
    settings = await made(settings_for(s3_address))
    async with opened(settings.model_copy(update={"secret_key": SecretStr("not-the-secret")})) as store:
        for asked in (store.create("a", b"x"), store.read("a"), store.create_stream("a", large(b"x"))):
            with pytest.raises(Forbidden) as caught:
                await asked
            assert "not-the-secret" not in str(caught.value)
            assert "Signature" not in str(caught.value)


async def test_a_store_that_is_away_is_tried_again_later(s3_address: S3Address, unused_tcp_port: int) -> None:
    settings = settings_for(s3_address, endpoint=f"http://127.0.0.1:{unused_tcp_port}")
    async with opened(settings) as store:
        with pytest.raises(RetryLater, match=r"127\.0\.0\.1"):
            await store.create("a", b"x")
    bucket = Bucket(settings)
    with pytest.raises(RetryLater):
        await bucket.prepare()
    bucket.close()
