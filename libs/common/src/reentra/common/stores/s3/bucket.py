"""The bucket itself: made, locked and asked about through MinIO's client, which is synchronous and runs in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import MinioException, S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig

from reentra.common.errors import Rejected, RetryLater
from reentra.common.stores.s3.failures import refused, unanswered
from reentra.common.stores.s3.settings import S3Settings

T = TypeVar("T")

_THREADS = 4
_SECONDS = 20.0
_SIGNED_FOR = timedelta(hours=1)
_REFUSED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch")
_LOCKED = ("AccessDenied", "ObjectLocked", "InvalidRequest")
"""What stores answer to the deletion of a locked version."""
_NO_LOCK = ("ObjectLockConfigurationNotFoundError", "NotImplemented", "NoSuchObjectLockConfiguration")
_MAY_NOT = "AccessDenied"
_OURS_ALREADY = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


@dataclass(frozen=True, slots=True)
class Lock:
    mode: str
    days: int


class Bucket:
    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        address = urlsplit(settings.endpoint)
        self._client = Minio(
            address.netloc,
            access_key=settings.access_key,
            secret_key=settings.secret_key.get_secret_value(),
            # Given, so that signing an address needs no request.
            region=settings.region,
            secure=address.scheme == "https",
            http_client=urllib3.PoolManager(
                maxsize=_THREADS,
                timeout=urllib3.Timeout(_SECONDS),
                retries=urllib3.Retry(2, backoff_factor=0.2),
                ssl_context=settings.trust(),
            ),
        )
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="bucket")

    @property
    def endpoint(self) -> str:
        return self._settings.endpoint

    def close(self) -> None:
        self._threads.shutdown()

    def signed(self, method: str, key: str, query: dict[str, str]) -> str:
        """An address that may be used once it is known, so it is never logged."""
        return self._client.get_presigned_url(
            method, self._settings.bucket, key, expires=_SIGNED_FOR, extra_query_params=dict(query)
        )

    async def prepare(self) -> None:
        """Makes the bucket if it is not there, with the lock that is wished. May be repeated."""
        await self._run(self._prepare, "s3:ListBucket (or s3:CreateBucket)")
        if self._settings.lock_days:
            await self._run(self._set_lock, "s3:PutBucketObjectLockConfiguration")

    async def lock(self) -> Lock | None:
        """What every new object gets, according to the store; `probe` tries whether it holds."""
        return await self._run(self._lock, "s3:GetBucketObjectLockConfiguration")

    async def refuses_to_delete(self, key: str) -> bool:
        """Tries to delete the newest version of an object whose lock should hold, and reports what the store did."""
        return await self._run(lambda: self._refuses_to_delete(key), "s3:GetObject")

    async def is_locked(self, key: str) -> bool:
        """Whether the newest version's time is not over yet."""
        return await self._run(lambda: self._is_locked(key), "s3:GetObjectRetention")

    def _prepare(self) -> None:
        if self._client.bucket_exists(self._settings.bucket):
            return
        try:
            self._client.make_bucket(self._settings.bucket, object_lock=self._settings.lock_days > 0)
        except S3Error as error:
            # Another process was faster, and made it in the same way.
            if error.code not in _OURS_ALREADY:
                raise

    def _set_lock(self) -> None:
        name, days = self._settings.bucket, self._settings.lock_days
        found = self._lock()
        if found is not None and found.days >= days:
            return
        try:
            self._client.set_object_lock_config(name, ObjectLockConfig(COMPLIANCE, days, DAYS))
        except S3Error as error:
            if error.code in _REFUSED:
                raise
            raise Rejected(
                f"The bucket {name} has no object lock, and only a new bucket can have one. Name a new bucket in "
                "REENTRA_S3__BUCKET, or set REENTRA_S3__LOCK_DAYS to 0."
            ) from error

    def _lock(self) -> Lock | None:
        try:
            found = self._client.get_object_lock_config(self._settings.bucket)
        except S3Error as error:
            if error.code in _NO_LOCK:
                return None
            raise
        if found.mode is None or found.duration is None:
            return None
        return Lock(found.mode, found.duration * (1 if found.duration_unit == DAYS else 365))

    def _is_locked(self, key: str) -> bool:
        version = self._client.stat_object(self._settings.bucket, key).version_id
        retention = self._client.get_object_retention(self._settings.bucket, key, version)
        return retention is not None and retention.retain_until_date.replace(tzinfo=UTC) > datetime.now(UTC)

    def _refuses_to_delete(self, key: str) -> bool:
        version = self._client.stat_object(self._settings.bucket, key).version_id
        if version is None:
            return False
        try:
            self._client.remove_object(self._settings.bucket, key, version_id=version)
        except S3Error as error:
            if error.code in _LOCKED:
                return True
            raise
        return False

    async def _run(self, work: Callable[[], T], permission: str) -> T:
        """`permission`: what the key needs for it."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except S3Error as error:
            if error.code in _REFUSED:
                raise refused(self.endpoint, permission if error.code == _MAY_NOT else "") from error
            raise unanswered(self.endpoint, f"the bucket {self._settings.bucket}", str(error.code)) from error
        except MinioException as error:
            # Its words are no S3's: of a proxy, or of another server at that address.
            raise unanswered(self.endpoint, f"the bucket {self._settings.bucket}", type(error).__name__) from error
        except urllib3.exceptions.HTTPError as error:
            raise RetryLater(
                f"The object store at {self.endpoint} cannot be reached ({type(error).__name__}).", place=self.endpoint
            ) from error
