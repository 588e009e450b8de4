"""Which blob keys there may be: `/`-separated names that cannot leave the store or hide in it."""

import re

from reentra.common.errors import Rejected

_NAME = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]{1,255}"
_KEY = re.compile(rf"{_NAME}(?:/{_NAME})*")
_PREFIX = re.compile(rf"(?:{_NAME}/)*[A-Za-z0-9._-]{{0,255}}")
_MOST_CHARACTERS = 1024
"""S3's limit."""


def checked_key(key: str) -> str:
    if len(key) > _MOST_CHARACTERS or not _KEY.fullmatch(key):
        raise Rejected(f"{key[:100]!r} cannot be the name of stored bytes.")
    return key


def checked_prefix(prefix: str) -> str:
    """'' is the whole store; a prefix may end within a name."""
    if len(prefix) > _MOST_CHARACTERS or not _PREFIX.fullmatch(prefix):
        raise Rejected(f"{prefix[:100]!r} cannot begin the name of stored bytes.")
    return prefix
