"""Fetching a finished download: goes on where a broken connection stopped, and believes only the SHA-256."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import httpx

from reentra.standalone.client import Api, ClientError

_ATTEMPTS = 60
_PAUSE_SECONDS = 2.0
_CHUNK_BYTES = 1 << 20


def fetch(api: Api, job: dict[str, Any], target: Path) -> None:
    """The file appears under its name only when it is whole and its hash is right."""
    size, expected = int(job["result"]["size"]), str(job["result"]["sha256"])
    part = target.with_name(f".{target.name}.{job['id']}.part")
    try:
        _receive(api, str(job["id"]), part, size, expected)
        if _sha256(part) != expected:
            part.unlink()
            raise ClientError(
                f"What arrived is not the archive that was made (SHA-256 differs). {target} was not written."
            )
        part.replace(target)
    except OSError as error:
        raise ClientError(f"{target} cannot be written: {error.strerror}.") from error


def _receive(api: Api, job_id: str, part: Path, size: int, sha256: str) -> None:
    for attempt in range(_ATTEMPTS):
        have = part.stat().st_size if part.exists() else 0
        if have == size:
            return
        if have > size:
            part.unlink()
            continue
        try:
            _append(api, job_id, part, have, sha256)
        except httpx.TransportError as error:
            if attempt + 1 == _ATTEMPTS:
                raise ClientError(f"The connection broke again and again ({type(error).__name__}).") from error
            time.sleep(_PAUSE_SECONDS)


def _append(api: Api, job_id: str, part: Path, have: int, sha256: str) -> None:
    headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
    with api.stream(f"/downloads/{job_id}/content", headers) as response:
        mode = "ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb"
        with part.open(mode) as file:
            for chunk in response.iter_bytes(_CHUNK_BYTES):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
