"""The stores of one machine in one data folder: `reentra.db`, `objects/`, and a lock that admits one process.

`read_only` takes no lock and changes nothing, so that `verify` can look on while Reentra runs.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from reentra.common.clock import Clock
from reentra.common.errors import NotFound, Rejected, RetryLater, Unreadable
from reentra.common.stores.folder import DEFAULT_RESERVE_BYTES, FolderBlobs
from reentra.common.stores.sqlite.catalogue import SqliteCatalogue
from reentra.common.stores.sqlite.database import Database
from reentra.common.stores.sqlite.documents import SqliteDocuments
from reentra.common.stores.sqlite.inspection import SqliteInspection
from reentra.common.stores.sqlite.log import damage_of

DATABASE = "reentra.db"


class FolderLock:
    """Held as long as the process lives, whatever ends it. The file keeps the holder's process id until a clean
    `release`; so whoever finds one there, and gets the lock, comes after an unclean stop."""

    def __init__(self, data_folder: Path) -> None:
        try:
            self._descriptor = os.open(data_folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Rejected(
                f"The data folder {data_folder} cannot be written ({error.strerror}). Check its owner and permissions, "
                "and how its disk is mounted."
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode().strip()
            os.close(self._descriptor)
            raise Rejected(
                f"The data folder {data_folder} is in use by another Reentra process ({holder}). "
                "Stop that one first, or choose another folder."
            ) from None
        self.after_unclean_stop = os.fstat(self._descriptor).st_size > 0
        try:
            # Over what is there: on a full disk it stays, and with it that the stop was unclean.
            os.pwrite(self._descriptor, f"{os.getpid():<19}\n".encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise RetryLater(
                f"The data folder {data_folder} cannot be written ({error.strerror}). Free some disk space."
            ) from error

    def release(self, *, clean: bool = True) -> None:
        """Not clean: the next start must see that this one did not end well."""
        if clean:
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def log_damage(data_folder: Path) -> str | None:
    """A sentence when the database's log is damaged; None while a process uses it, which reads it otherwise."""
    try:
        descriptor = os.open(data_folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return _log_damage(data_folder)
    except BlockingIOError:
        return None
    finally:
        os.close(descriptor)


def _log_damage(data_folder: Path) -> str | None:
    log = data_folder / f"{DATABASE}-wal"
    found = damage_of(log)
    if found is None:
        return None
    return (
        f"The database's log {log} is damaged ({found}); what was written last lies in it. Put it and {DATABASE} back "
        "from a copy, or move the log away, run `reentra rebuild` and look at the newest jobs."
    )


@dataclass(frozen=True, slots=True)
class EmbeddedStores:
    """Closed once, after everybody who uses them has stopped."""

    documents: SqliteDocuments
    blobs: FolderBlobs
    catalogue: SqliteCatalogue
    database: Database
    lock: FolderLock | None
    """None when read-only."""

    @property
    def inspection(self) -> SqliteInspection:
        return SqliteInspection(self.database, self.catalogue, lambda: log_damage(self.database.path.parent))

    async def close(self) -> None:
        self.blobs.close()
        self.database.close()
        if self.lock is not None:
            self.lock.release()

    async def __aenter__(self) -> "EmbeddedStores":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def open_stores(
    data_folder: Path,
    *,
    read_only: bool = False,
    reserve_bytes: int = DEFAULT_RESERVE_BYTES,
    clock: Clock | None = None,
) -> EmbeddedStores:
    """Raises Rejected when another process holds the folder, Unreadable when the database is damaged; read-only,
    NotFound when there is nothing yet."""
    if read_only:
        return _open(data_folder, None, reserve_bytes, clock)
    _make_private(data_folder)
    lock = FolderLock(data_folder)
    try:
        return _open(data_folder, lock, reserve_bytes, clock)
    except BaseException:
        lock.release(clean=False)
        raise


def _open(data_folder: Path, lock: FolderLock | None, reserve_bytes: int, clock: Clock | None) -> EmbeddedStores:
    read_only = lock is None
    if read_only and not data_folder.is_dir():
        raise NotFound(f"There is no data folder {data_folder}.")
    check = lock is not None and lock.after_unclean_stop
    if check and (sentence := _log_damage(data_folder)) is not None:
        # SQLite would go on without what lies behind the damage, and say nothing.
        raise Unreadable(sentence)
    database = Database(data_folder / DATABASE, read_only=read_only, check=check)
    blobs = FolderBlobs(data_folder / "objects", read_only=read_only, reserve_bytes=reserve_bytes)
    return EmbeddedStores(SqliteDocuments(database, clock), blobs, SqliteCatalogue(database), database, lock)


def _make_private(data_folder: Path) -> None:
    try:
        data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Rejected(f"The data folder {data_folder} cannot be made: {error.strerror}.") from error
