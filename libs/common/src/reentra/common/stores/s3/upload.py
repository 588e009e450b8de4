"""A stream of unknown length becomes an object by one create-only completion; until then nobody sees any of it.

The parts are sent to addresses that MinIO's client signs (it computes them, without a request).
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from xml.sax.saxutils import escape

import httpx
import stamina

from reentra.common.errors import ReentraError, RetryLater
from reentra.common.stores.s3.bucket import Bucket
from reentra.common.stores.s3.failures import refused, taken, unable, unanswered

PART_BYTES = 16 << 20
"""S3 takes 10,000 parts, so a stream may have 156 GiB."""
_UPLOAD_ID = re.compile(r"<UploadId>([^<]+)</UploadId>")
_ATTEMPTS = 4


class Upload:
    """Begun by its first part, then completed or aborted."""

    def __init__(self, bucket: Bucket, http: httpx.AsyncClient, key: str) -> None:
        self._bucket = bucket
        self._http = http
        self._key = key
        self._id = ""
        self._etags: list[str] = []

    @property
    def is_begun(self) -> bool:
        return bool(self._id)

    async def add(self, part: bytes) -> None:
        if not self._id:
            await self._begin()
        digest = base64.b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()
        number = len(self._etags) + 1
        query = {"partNumber": str(number), "uploadId": self._id}
        async for attempt in stamina.retry_context(on=RetryLater, attempts=_ATTEMPTS, wait_initial=0.2):
            with attempt:
                answer = await self._send("PUT", query, content=part, headers={"Content-MD5": digest})
        self._etags.append(answer.headers["ETag"])

    async def complete(self) -> None:
        """Raises Conflict when the key is taken. When no answer came, it may have happened; whoever tries again meets
        Conflict then, and recognises its own bytes."""
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(self._etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = await self._send("POST", {"uploadId": self._id}, content=body, headers={"If-None-Match": "*"})
        # S3 may begin to answer before it knows the end: an error can come with status 200.
        if b"<Error>" in answer.content:
            if b"PreconditionFailed" in answer.content:
                raise taken(self._key)
            raise unanswered(self._bucket.endpoint, self._key, "the upload was not completed")

    async def abort(self) -> None:
        """What cannot be aborted now, the store abandons after a day."""
        if self._id:
            try:
                await self._send("DELETE", {"uploadId": self._id})
            except ReentraError:
                return

    async def _begin(self) -> None:
        answer = await self._send("POST", {"uploads": ""})
        found = _UPLOAD_ID.search(answer.text)
        if found is None:
            raise unanswered(self._bucket.endpoint, self._key, "no upload id")
        self._id = found[1]

    async def _send(
        self, method: str, query: dict[str, str], *, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        address = self._bucket.signed(method, self._key, query)
        try:
            answer = await self._http.request(method, address, content=content, headers=headers)
        except httpx.TransportError as error:
            raise unanswered(self._bucket.endpoint, self._key, type(error).__name__) from error
        match answer.status_code:
            case HTTPStatus.PRECONDITION_FAILED:
                raise taken(self._key)
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise refused(self._bucket.endpoint)
            case HTTPStatus.NOT_IMPLEMENTED:
                raise unable(self._bucket.endpoint)
            case status if status >= HTTPStatus.MULTIPLE_CHOICES:
                raise unanswered(self._bucket.endpoint, self._key, f"status {status}")
        return answer
