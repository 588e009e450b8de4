"""Fetching a finished download: goes on where a broken connection stopped, and believes only the SHA-256."""

import hashlib
import os
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

from reentra.standalone.client import Api, ClientError

_ATTEMPTS = 60
_PAUSE_SECONDS = 2.0
_CHUNK_BYTES = 1 << 20


def checked_target(target: Path) -> None:
    """Before any work is asked for. Only a plain file is ever replaced: a device or a folder is somebody's mistake."""
    if target.name in ("", "-") or target.is_dir():
        raise ClientError(f"--output needs the name of a file; {str(target)!r} is none. The ZIP is checked in a file.")
    if target.exists() and not target.is_file():
        raise ClientError(f"{target} is not a plain file, and is left alone. Choose another --output.")
    if not target.parent.is_dir():
        raise ClientError(f"There is no folder {target.parent} to put {target.name} into. Make it first.")
    if not os.access(target.parent, os.W_OK):
        raise ClientError(f"{target.parent} cannot be written to by this user.")


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
        except api.lost as error:
            if attempt + 1 == _ATTEMPTS:
                raise ClientError(f"The connection broke again and again ({type(error).__name__}).") from error
            time.sleep(_PAUSE_SECONDS)


def _append(api: Api, job_id: str, part: Path, have: int, sha256: str) -> None:
    headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
    with api.stream(f"/downloads/{job_id}/content", headers) as response:
        mode = "ab" if response.status_code == HTTPStatus.PARTIAL_CONTENT else "wb"
        with part.open(mode) as file:
            for chunk in response.iter_bytes(_CHUNK_BYTES):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
