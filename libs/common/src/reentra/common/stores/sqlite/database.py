"""One SQLite file: one writer thread for all writes, a few read connections in threads.

What returned from `write` is on the disk (WAL, synchronous=FULL) and seen by every later `read`. A failed write left
nothing behind. A full disk raises RetryLater; a disk that fails a write or an fsync ends the process.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from reentra.common.errors import NotFound, Rejected
from reentra.common.stores.fatal import storage_failed
from reentra.common.stores.sqlite import schema
from reentra.common.stores.sqlite.failures import FAILURES, damaged, is_media_failure, translate

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_READERS = 3
_WRITER_CACHE_KIB = 8_192
_READER_CACHE_KIB = 4_096
"""Of each. The kernel keeps the file's pages too."""
_BUSY_MILLISECONDS = 10_000
_COMMITS_PER_CHECKPOINT = 32
_ROOM_FOR_AN_INDEX = 1 << 20


class Database:
    def __init__(self, path: Path, *, read_only: bool = False, check: bool = False) -> None:
        """`check` reads the whole file first, as after an unclean stop; raises Unreadable when it is damaged."""
        self.path = path
        self.read_only = read_only
        if read_only and not path.exists():
            raise NotFound(f"There is no database {path}. Run `reentra rebuild` to make it from the objects folder.")
        self._commits = 0
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        # One left open by a failure would share its index of a damaged log with whoever opens the file next.
        with ExitStack() as self._connections:
            try:
                self._require_writable()
                self._writer = self._open(_WRITER_CACHE_KIB)
                self._prepare(check)
                for _ in range(_READERS):
                    self._idle.put(self._open(_READER_CACHE_KIB))
            except FAILURES as error:
                raise translate(error, path) or error from error
            self._connections = self._connections.pop_all()
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._read_threads = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-read")

    async def read(self, work: Work[T]) -> T:
        """All statements of `work` see the same state."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._reading, work)

    async def write(self, work: Work[T]) -> T:
        """One transaction. A caller that is cancelled meanwhile does not know whether it was committed."""
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._writing, work)

    def close(self) -> None:
        """Waits for running work. Afterwards the file stands alone, without its log."""
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        if not self.read_only:
            self._checkpoint("TRUNCATE")
        self._connections.close()

    def _require_writable(self) -> None:
        """SQLite would open what it may only read without a word, and refuse every write afterwards."""
        if self.read_only:
            return
        for file in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            if file.exists() and not os.access(file, os.W_OK):
                raise Rejected(f"The database {file} cannot be written by this user. Check its owner and permissions.")

    def _open(self, cache_kib: int) -> sqlite3.Connection:
        if not self.read_only:
            self.path.touch(mode=0o600)
        mode = "ro" if self.read_only else "rw"
        connection = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode={mode}{self._immutable()}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        self._connections.enter_context(closing(connection))
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        return connection

    def _immutable(self) -> str:
        """SQLite reads a database with a log only where it may make a file beside it; one without a log, on a medium
        that nobody writes, or that has not a byte left, it reads as it is."""
        log = self.path.with_name(f"{self.path.name}-wal")
        has_log = log.exists() and log.stat().st_size > 0
        if not self.read_only or has_log:
            return ""
        folder = self.path.parent
        is_writable = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM_FOR_AN_INDEX
        return "" if is_writable else "&immutable=1"

    def _prepare(self, check: bool) -> None:
        if not self.read_only:
            self._writer.execute("PRAGMA journal_mode=WAL")
            self._writer.execute("PRAGMA synchronous=FULL")
            # SQLite swallows what goes wrong in its automatic checkpoints, an fsync error too; ours are explicit.
            self._writer.execute("PRAGMA wal_autocheckpoint=0")
            self._writer.execute("PRAGMA journal_size_limit=67108864")
            self._writer.execute("BEGIN IMMEDIATE")
            schema.prepare(self._writer)
            self._writer.execute("COMMIT")
        else:
            schema.require_current(self._writer)
        if check:
            found = self._writer.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise damaged(self.path, found)

    def _reading(self, work: Work[T]) -> T:
        connection = self._idle.get()
        try:
            connection.execute("BEGIN")
            return work(connection)
        except FAILURES as error:
            raise translate(error, self.path) or error from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._idle.put(connection)

    def _writing(self, work: Work[T]) -> T:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            result = work(self._writer)
            self._writer.execute("COMMIT")
        except FAILURES as error:
            self._stop_if_media_failed(error)
            raise translate(error, self.path) or error from error
        finally:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        self._commits += 1
        if self._commits % _COMMITS_PER_CHECKPOINT == 0:
            self._checkpoint("PASSIVE")
        return result

    def _checkpoint(self, mode: str) -> None:
        """Moves committed pages from the log into the file. A full disk only postpones it."""
        try:
            self._writer.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        except sqlite3.Error as error:
            self._stop_if_media_failed(error)

    def _stop_if_media_failed(self, error: Exception) -> None:
        if is_media_failure(error):
            storage_failed(self.path, error)
