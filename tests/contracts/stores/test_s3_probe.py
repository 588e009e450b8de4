"""A store is tried before it is trusted: MinIO as it is, and servers that keep some of the rules."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from minio import Minio
from tests.contracts.stores.test_s3_blobs import made, opened, settings_for
from tests.servers import S3Address

from reentra.common.errors import Forbidden, Rejected, RetryLater
from reentra.common.stores.s3 import Bucket, S3Settings, StoreReport, probe
from reentra.common.stores.s3.bucket import Lock

_UPLOAD_BEGUN = b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
_LOCK_OF_A_DAY = (
    b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
    b"<Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
)
_RETAINED = b"<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2999-01-01T00:00:00.000Z</RetainUntilDate></Retention>"


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


@dataclass
class Fake:
    """An S3 of one object that keeps some of the rules."""

    refuses_to_overwrite: bool = True
    unknown_status: int | None = None
    """What it answers to a header that it does not know."""
    says_it_locks: bool = False
    keeps_locks: bool = True
    read_only: bool = False
    write_only: bool = False
    secret_lock: bool = False
    stored: bool = False

    def answer(self, method: str, query: str, *, create_only: bool) -> tuple[int, bytes]:
        match method, query:
            case "GET", "object-lock" if self.secret_lock:
                return 403, _error("AccessDenied")
            case "GET", "object-lock":
                return (
                    (200, _LOCK_OF_A_DAY)
                    if self.says_it_locks
                    else (404, _error("ObjectLockConfigurationNotFoundError"))
                )
            case "GET", "retention":
                return 200, _RETAINED
            case ("HEAD", _) | ("GET", _) if self.write_only:
                return 403, _error("AccessDenied")
            case ("HEAD", _) | ("GET", _):
                return (200 if self.stored else 404), b""
            case _ if self.read_only:
                return 403, _error("AccessDenied")
            case "DELETE", "version":
                if self.keeps_locks:
                    return 403, _error("AccessDenied")
                self.stored = False
                return 204, b""
            case "POST", "uploads":
                return 200, _UPLOAD_BEGUN
            case ("PUT", "part") | ("DELETE", _):
                return 200, b""
        if create_only and self.unknown_status is not None:
            return self.unknown_status, _error("NotImplemented")
        if create_only and self.stored and self.refuses_to_overwrite:
            return 412, _error("PreconditionFailed")
        self.stored = True
        return 200, b""


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


@contextmanager
def served(fake: Fake) -> Iterator[S3Settings]:
    words = {"uploads": "uploads", "uploadId": "part", "object-lock": "object-lock", "retention": "retention"}

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            names = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            query = next((words[name] for name in words if name in names), "version" if "versionId" in names else "")
            if query == "part" and self.command == "POST":
                query = "complete"
            create_only = "If-None-Match" in self.headers
            status, body = fake.answer(self.command, query, create_only=create_only)
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("ETag", '"1"')
            self.send_header("x-amz-version-id", "v1")
            self.send_header("Last-Modified", "Fri, 27 Nov 2026 00:00:00 GMT")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield settings_for(S3Address(f"http://127.0.0.1:{server.server_port}", "key", "secret"))
        server.shutdown()


async def test_a_store_that_overwrites_is_refused() -> None:
    with (
        served(Fake(refuses_to_overwrite=False)) as settings,
        pytest.raises(Rejected, match="a put and a multipart upload"),
    ):
        await probed(settings)


async def test_a_store_that_does_not_know_what_is_asked_is_refused_at_once() -> None:
    with (
        served(Fake(unknown_status=501)) as settings,
        pytest.raises(Rejected, match="does not know what Reentra asks"),
    ):
        await probed(settings)


async def test_a_status_that_may_pass_is_named_and_tried_again() -> None:
    with served(Fake(unknown_status=400)) as settings, pytest.raises(RetryLater, match="status 400"):
        await probed(settings)


async def test_a_lock_that_is_only_said_is_reported_as_not_holding() -> None:
    with served(Fake(says_it_locks=True, keeps_locks=False)) as settings:
        for _ in range(2):
            assert await probed(settings) == StoreReport(Lock("COMPLIANCE", 1), lock_holds=False)


async def test_a_lock_that_holds_elsewhere_is_reported_too() -> None:
    with served(Fake(says_it_locks=True)) as settings:
        assert await probed(settings) == StoreReport(Lock("COMPLIANCE", 1), lock_holds=True)


@pytest.mark.parametrize("fake", [Fake(read_only=True), Fake(write_only=True)], ids=["read-only", "write-only"])
async def test_a_key_that_may_only_do_half_is_said_at_once(fake: Fake) -> None:
    with served(fake) as settings, pytest.raises(Forbidden, match="what it may do"):
        await probed(settings)


async def test_a_key_that_may_not_ask_for_the_lock_is_told_what_it_may_not() -> None:
    with served(Fake(secret_lock=True)) as settings, pytest.raises(Forbidden, match="GetBucketObjectLockConfiguration"):
        await probed(settings)
