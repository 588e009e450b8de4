"""SQLite's words -> our errors, once. Constraint violations stay as they are: only a statement's author knows more."""

import sqlite3
from pathlib import Path

from reentra.common.errors import ReentraError, Rejected, RetryLater, Unreadable

_PRIMARY = 0xFF
_FULL_WHILE_MAPPING = {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_NOMEM}
"""A full disk can show itself in the shared-memory file first; nothing was acknowledged then."""


def code_of(error: sqlite3.Error) -> int:
    """SQLite's extended result code; 0 for errors of the Python module itself."""
    return getattr(error, "sqlite_errorcode", 0) or 0


def is_media_failure(error: sqlite3.Error) -> bool:
    """Reading, writing or syncing the file failed in a way after which its state is unknown."""
    code = code_of(error)
    return code & _PRIMARY == sqlite3.SQLITE_IOERR and code not in _FULL_WHILE_MAPPING


def translate(error: sqlite3.Error, path: Path) -> ReentraError | None:
    """None for what is not the file's fault: constraint violations and mistakes in our own SQL."""
    code = code_of(error)
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL or code in _FULL_WHILE_MAPPING:
        return RetryLater(f"No space is left for the database {path}. Free some disk space; work continues by itself.")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RetryLater(f"The database {path} is busy with another program. It is tried again by itself.")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, str(error))
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
