"""A store is tried before it is trusted: MinIO as it is, and a server that agrees to everything and keeps nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from minio import Minio
from tests.contracts.stores.test_s3_blobs import made, opened, settings_for
from tests.servers import S3Address

from reentra.common.errors import Rejected
from reentra.common.stores.s3 import Bucket, S3Settings, StoreReport, probe
from reentra.common.stores.s3.bucket import Lock

_UPLOAD_BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"


async def probed(settings: S3Settings) -> StoreReport:
    bucket = Bucket(settings)
    try:
        async with opened(settings) as blobs:
            return await probe(blobs, bucket)
    finally:
        bucket.close()


async def test_a_store_without_lock_is_trusted_and_says_so(s3_address: S3Address) -> None:
    settings = await made(settings_for(s3_address))
    for _ in range(2):
        assert await probed(settings) == StoreReport(None, lock_holds=False)


async def test_a_lock_that_holds_is_reported(s3_address: S3Address) -> None:
    settings = await made(settings_for(s3_address, lock_days=3))
    for _ in range(2):
        assert await probed(settings) == StoreReport(Lock("COMPLIANCE", 3), lock_holds=True)


async def test_a_lock_that_came_after_the_first_probe_is_tried_with_a_new_object(s3_address: S3Address) -> None:
    settings = settings_for(s3_address)
    secret = settings.secret_key.get_secret_value()
    client = Minio(urlsplit(settings.endpoint).netloc, settings.access_key, secret, secure=False)
    client.make_bucket(settings.bucket, object_lock=True)
    assert await probed(settings) == StoreReport(None, lock_holds=False)
    locked = await made(settings.model_copy(update={"lock_days": 2}))
    assert await probed(locked) == StoreReport(Lock("COMPLIANCE", 2), lock_holds=True)


async def test_the_object_of_the_probe_is_no_blob(s3_address: S3Address) -> None:
    settings = await made(settings_for(s3_address))
    await probed(settings)
    async with opened(settings) as blobs:
        await blobs.create("a", b"x")
        assert [key async for key in blobs.list("")] == ["a"]


async def test_a_lock_on_a_bucket_that_has_none_is_refused_with_what_to_do(s3_address: S3Address) -> None:
    settings = await made(settings_for(s3_address))
    bucket = Bucket(settings.model_copy(update={"lock_days": 7}))
    with pytest.raises(Rejected, match="REENTRA_S3__LOCK_DAYS"):
        await bucket.prepare()
    bucket.close()


class _Agreeable(BaseHTTPRequestHandler):
    """Says yes to every request, whatever it forbids."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = _UPLOAD_BEGUN if "uploads" in self.path else b""
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def careless_store() -> Iterator[S3Address]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Agreeable) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield S3Address(f"http://127.0.0.1:{server.server_port}", "key", "secret")
        server.shutdown()


async def test_a_store_that_overwrites_is_refused(careless_store: S3Address) -> None:
    with pytest.raises(Rejected, match="a put and a multipart upload overwrite"):
        await probed(settings_for(careless_store))
