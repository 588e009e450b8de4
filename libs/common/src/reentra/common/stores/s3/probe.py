"""What is tried at every start before the store is trusted: some servers accept a rule and do not keep it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from reentra.common.errors import Conflict, Rejected
from reentra.common.stores.s3.blobs import HIDDEN, S3Blobs
from reentra.common.stores.s3.bucket import Bucket, Lock

log = structlog.get_logger()

_KEY = f"{HIDDEN}probe/create-only"
_DATA = b"Reentra tries here whether this store refuses to overwrite. May be left.\n"


@dataclass(frozen=True, slots=True)
class StoreReport:
    lock: Lock | None
    lock_holds: bool
    """Whether the store refused to delete a version that is locked. Never assumed."""


async def probe(blobs: S3Blobs, bucket: Bucket) -> StoreReport:
    """Raises Rejected for a store that overwrites, Forbidden for a key that may not do what is needed. One object
    stays, so that later starts find it."""
    await _prove_create_only(blobs, bucket)
    # What a key may store and not read could be backed up and never restored.
    await blobs.read_unchecked(_KEY)
    lock = await bucket.lock()
    holds = lock is not None and await _lock_holds(blobs, bucket)
    if lock is not None and not holds:
        log.warning("object lock does not hold: a locked version could be deleted", endpoint=bucket.endpoint)
    return StoreReport(lock, holds)


async def _prove_create_only(blobs: S3Blobs, bucket: Bucket) -> None:
    await _stores(blobs.create_unchecked)
    ways = {"a put": blobs.create_unchecked, "a multipart upload": blobs.upload_unchecked}
    overwriting = [name for name, way in ways.items() if await _stores(way)]
    if overwriting:
        raise Rejected(
            f"The object store at {bucket.endpoint} let {' and '.join(overwriting)} overwrite an object, although the "
            "request forbade it (If-None-Match). Backups would not be safe there: choose another store."
        )


async def _lock_holds(blobs: S3Blobs, bucket: Bucket) -> bool:
    """The probe's own object is what is tried; once its time is over it is made anew."""
    if not await bucket.is_locked(_KEY):
        await bucket.refuses_to_delete(_KEY)
        await _stores(blobs.create_unchecked)
    return await bucket.refuses_to_delete(_KEY)


async def _stores(way: Callable[[str, bytes], Awaitable[None]]) -> bool:
    try:
        await way(_KEY, _DATA)
    except Conflict:
        return False
    return True
