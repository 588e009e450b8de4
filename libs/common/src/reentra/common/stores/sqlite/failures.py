"""SQLite's words -> our errors, once. Constraint violations stay as they are: only a statement's author knows more."""

import sqlite3
from pathlib import Path

from reentra.common.errors import ReentraError, Rejected, RetryLater, Unreadable

_PRIMARY = 0xFF
_FULL_WHILE_MAPPING = {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_NOMEM}
"""A full disk can show itself in the shared-memory file first; nothing was acknowledged then."""

_SIGNS_OF_DAMAGE = (
    "Could not decode to UTF-8",
    "malformed JSON",
    "JSON path error",
    "bad JSON path",
    "no such table",
    "no such column",
    "no such function",
    "table ",
)
"""Statements are fixed and tables are made before they are used, so these words tell of a damaged file."""


FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises: of a damaged schema Python cannot always decode the error's own text."""


def code_of(error: Exception) -> int:
    """SQLite's extended result code; 0 for errors of the Python module itself."""
    return getattr(error, "sqlite_errorcode", 0) or 0


def is_media_failure(error: Exception) -> bool:
    """Reading, writing or syncing the file failed in a way after which its state is unknown."""
    code = code_of(error)
    return code & _PRIMARY == sqlite3.SQLITE_IOERR and code not in _FULL_WHILE_MAPPING


def translate(error: Exception, path: Path) -> ReentraError | None:
    """None for what is not the file's fault: constraint violations and mistakes in our own SQL."""
    code = code_of(error)
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL or code in _FULL_WHILE_MAPPING:
        return RetryLater(
            f"No space is left for the database {path}. Free some disk space; accepted jobs go on by themselves.",
            after_seconds=10,
        )
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RetryLater(f"The database {path} is busy with another program. It is tried again by itself.")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, str(error))
    if isinstance(error, UnicodeDecodeError) or primary == sqlite3.SQLITE_TOOBIG:
        return damaged(path, "something in it is not as it was written")
    if isinstance(error, sqlite3.OperationalError) and str(error).startswith(_SIGNS_OF_DAMAGE):
        # What SQLite cites here may be a person's data; the sentence goes without it.
        return damaged(path, "something in it is not as it was written")
    if primary == sqlite3.SQLITE_IOERR:
        return Unreadable(f"The database {path} cannot be read ({error}). Check the disk, then start again.")
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return Rejected(f"The database {path} cannot be opened ({error}). Check the folder's owner and permissions.")
    return None


def damaged(path: Path, found: str) -> Unreadable:
    return Unreadable(
        f"The database {path} is damaged ({found}). Move it away and run `reentra rebuild`: "
        "the backups themselves lie in the objects folder."
    )
