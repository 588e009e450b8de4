"""FolderBlobs: the byte port on a local folder.

How a blob comes into being, so that a crash at any moment leaves all of it or nothing of it:
1. a temporary file, created exclusively in the same tree, gets the bytes, read-only permission and an fsync;
2. a hard link gives it its name (and refuses, if the name is taken); the folder gets an fsync;
3. the temporary name goes. What a crash left of it is swept at the next start.
A disk that fails an fsync ends the process.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import uuid4

from reentra.common.errors import Conflict, NotFound, Rejected, RetryLater, Unreadable
from reentra.common.stores.blobs import BlobInfo
from reentra.common.stores.fatal import storage_failed
from reentra.common.stores.keys import checked_key, checked_prefix

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_RESERVE_BYTES = 256 << 20
_INCOMING = "~incoming"
"""`~` is no letter of keys, so this folder can never be one."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_BLOB = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_THREADS = 4
_KEYS_AT_ONCE = 1000
"""Per visit to a thread; a folder of segments has 256 folders."""
_LOOK_AGAIN_SECONDS = 10
"""How long what a full disk has stopped waits before it tries again."""


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class FolderBlobs:
    def __init__(
        self,
        root: Path,
        *,
        read_only: bool = False,
        reserve_bytes: int = DEFAULT_RESERVE_BYTES,
        free: Callable[[Path], int] = free_bytes,
        fsync: Callable[[int], None] = os.fsync,
    ) -> None:
        """The caller holds the lock of the data folder: leftovers of other writers are swept here.
        New data is refused while less than `reserve_bytes` would stay free, so that what is begun can be ended."""
        self._root = root
        self._incoming = root / _INCOMING
        self._reserve_bytes = reserve_bytes
        self._free = free
        self._fsync = fsync
        self._read_only = read_only
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        if not read_only:
            self._sweep()

    def close(self) -> None:
        self._threads.shutdown()

    async def check_room(self) -> None:
        """Raises RetryLater while new data would be refused."""
        if await self._run(self._free, self._root) < self._reserve_bytes:
            raise self._full()

    async def create(self, key: str, data: bytes) -> None:
        target = self._changed_path(key)
        await self._run(self._create, key, target, data)

    async def create_stream(self, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        target = self._changed_path(key)
        temporary, descriptor = await self._run(self._open_temporary)
        digest = hashlib.sha256()
        size = 0
        try:
            async for chunk in chunks:
                await self._run(self._append, descriptor, chunk)
                await self._run(digest.update, chunk)
                size += len(chunk)
            await self._run(self._finish, descriptor, temporary, key, target)
        finally:
            os.close(descriptor)
            temporary.unlink(missing_ok=True)
        return BlobInfo(key, size, digest.hexdigest())

    async def read(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        return await self._run(_read, key, self._path(key), offset, length)

    async def stream(self, key: str, *, offset: int = 0, chunk_bytes: int = 1 << 20) -> AsyncIterator[bytes]:
        path = self._path(key)
        size = await self._run(_size, path)
        if size is None:
            raise _missing(key)
        while offset < size:
            chunk = await self._run(_read, key, path, offset, min(chunk_bytes, size - offset))
            yield chunk
            offset += len(chunk)

    async def info(self, key: str) -> BlobInfo | None:
        size = await self._run(_size, self._path(key))
        return None if size is None else BlobInfo(key, size, "")

    async def list(self, prefix: str) -> AsyncIterator[str]:
        folder, _, _ = checked_prefix(prefix).rpartition("/")
        waiting = [folder + "/" if folder else ""]
        while waiting:
            for key in await self._run(_next_keys, self._root, waiting, prefix):
                yield key

    async def delete(self, key: str) -> None:
        await self._run(self._delete, self._changed_path(key))

    async def _run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """A thread cannot be interrupted: a cancelled caller waits for it, so no file is closed under its hands."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([future])
            raise

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _changed_path(self, key: str) -> Path:
        if self._read_only:
            raise Rejected(f"{self._root} was opened for reading only; {key} cannot be changed.", key=key)
        return self._path(key)

    def _sweep(self) -> None:
        with self._translated():
            self._incoming.mkdir(parents=True, exist_ok=True)
            for leftover in self._incoming.iterdir():
                leftover.unlink()

    def _create(self, key: str, target: Path, data: bytes) -> None:
        if target.exists():
            raise _taken(key)
        temporary, descriptor = self._open_temporary()
        try:
            self._append(descriptor, data)
            self._finish(descriptor, temporary, key, target)
        finally:
            os.close(descriptor)
            temporary.unlink(missing_ok=True)

    def _open_temporary(self) -> tuple[Path, int]:
        path = self._incoming / uuid4().hex
        with self._translated():
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def _append(self, descriptor: int, data: bytes) -> None:
        if self._free(self._root) - len(data) < self._reserve_bytes:
            raise self._full()
        view = memoryview(data)
        with self._translated():
            while view:
                view = view[os.write(descriptor, view) :]

    def _finish(self, descriptor: int, temporary: Path, key: str, target: Path) -> None:
        with self._translated():
            os.fchmod(descriptor, 0o400)
            self._sync(descriptor)
            try:
                self._make_folder(target.parent)
                os.link(temporary, target)
            except (FileExistsError, NotADirectoryError):
                raise _taken(key) from None
            self._sync_folder(target.parent)

    def _make_folder(self, folder: Path) -> None:
        """A folder is only as durable as its entry in the one above."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self._sync_folder(folder.parent)

    def _sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        try:
            self._fsync(descriptor)
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise
            storage_failed(self._root, error)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink()
        except FileNotFoundError:
            return
        self._sync_folder(path.parent)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise self._full() from error
            if error.errno == errno.EIO:
                storage_failed(self._root, error)
            if error.errno in _NOT_WRITABLE:
                raise self._not_writable(error) from error
            raise

    def _not_writable(self, error: OSError) -> Rejected:
        return Rejected(
            f"{self._root} cannot be written ({error.strerror}). Check the folder's owner and permissions, and how its "
            "disk is mounted.",
            place=str(self._root),
        )

    def _full(self) -> RetryLater:
        return RetryLater(
            f"The disk of {self._root} is full or has less than {self._reserve_bytes >> 20} MiB left. "
            "Free some disk space; accepted jobs go on by themselves.",
            place=str(self._root),
            after_seconds=_LOOK_AGAIN_SECONDS,
        )


def _read(key: str, path: Path, offset: int, length: int | None) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            wanted = max(size - offset, 0) if length is None else length
            data = os.pread(file.fileno(), wanted, offset)
    except _NO_BLOB:
        raise _missing(key) from None
    except OSError as error:
        raise Unreadable(f"{key} cannot be read from the disk ({error.strerror}).", key=key) from error
    if len(data) < wanted or offset > size:
        raise Unreadable(f"{key} is too short: {size} bytes. Run `reentra verify` to see what is affected.", key=key)
    return data


def _size(path: Path) -> int | None:
    try:
        found = path.stat()
    except _NO_BLOB:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _next_keys(root: Path, waiting: list[str], prefix: str) -> list[str]:
    """Some of those that lie in `waiting`, from its end on; folders are replaced by what is in them."""
    found: list[str] = []
    while waiting and len(found) < _KEYS_AT_ONCE:
        name = waiting.pop()
        if name and not name.endswith("/"):
            found.append(name)
            continue
        entries = _entries(root / name, name)
        # The last one is taken first, so that keys come in ascending order.
        waiting.extend(entry for entry in reversed(entries) if _leads_to(entry, prefix))
    return found


def _entries(folder: Path, prefix: str) -> list[str]:
    """Keys, and folders ending in `/`, in the order of the keys they hold: `a-b` before `a/b` before `a0`."""
    try:
        with os.scandir(folder) as entries:
            names = [prefix + entry.name + ("/" if entry.is_dir() else "") for entry in entries]
    except _NO_BLOB:
        return []
    return sorted(name for name in names if name != f"{_INCOMING}/")


def _leads_to(entry: str, prefix: str) -> bool:
    return entry.startswith(prefix) or (entry.endswith("/") and prefix.startswith(entry))


def _taken(key: str) -> Conflict:
    return Conflict(f"{key} is stored already, and stored bytes are never overwritten.", key=key)


def _missing(key: str) -> NotFound:
    return NotFound(f"{key} is not in the object store.", key=key)
