"""Ids of jobs: version 7 UUIDs, so that they sort by time (RFC 9562, section 5.7)."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from reentra.common.ids import JobId

_RANDOM_BITS = 74


def new_job_id(moment: datetime) -> JobId:
    return _version_7(moment, secrets.randbits(_RANDOM_BITS))


def derived_job_id(moment: datetime, *words: str) -> JobId:
    """The same id for the same moment and words: whoever submits it a second time meets the first."""
    digest = hashlib.sha256("\x00".join(words).encode()).digest()
    return _version_7(moment, int.from_bytes(digest) >> (256 - _RANDOM_BITS))


def _version_7(moment: datetime, random: int) -> JobId:
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return JobId(str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)))
