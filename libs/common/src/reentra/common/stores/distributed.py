"""The stores of many processes: MongoDB for documents and catalogue, an S3 for bytes. Several use them at once, so
nothing is locked and nothing is swept here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from reentra.common.patience import START_SECONDS, Waiting, patiently
from reentra.common.stores.mongo import (
    MongoCatalogue,
    MongoDocuments,
    MongoInspection,
    MongoSettings,
    bring_up_to_date,
    connect,
    require_format,
)
from reentra.common.stores.s3 import Bucket, S3Blobs, S3Settings, probe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DistributedStores:
    documents: MongoDocuments
    blobs: S3Blobs
    catalogue: MongoCatalogue
    inspection: MongoInspection


@asynccontextmanager
async def open_distributed_stores(
    mongo: MongoSettings,
    s3: S3Settings,
    *,
    read_only: bool = False,
    seconds: float = START_SECONDS,
    waiting: Waiting | None = None,
) -> AsyncIterator[DistributedStores]:
    """Waits for both; raises Rejected for an object store that overwrites, Forbidden for a wrong credential.
    `read_only` makes no bucket, tries nothing out and leaves a database of an earlier form as it is (Rejected)."""
    bucket = Bucket(s3)  # before anything is waited for: its settings may be wrong
    blobs = S3Blobs(s3, bucket)
    connection = await patiently("MongoDB", lambda: connect(mongo), seconds=seconds, waiting=waiting)
    try:
        database = connection.database
        if read_only:
            await require_format(database)
            await patiently("the object store", bucket.lock, seconds=seconds, waiting=waiting)
        else:
            await patiently("MongoDB", lambda: bring_up_to_date(database), seconds=seconds, waiting=waiting)
            await patiently("the object store", bucket.prepare, seconds=seconds, waiting=waiting)
            report = await patiently("the object store", lambda: probe(blobs, bucket), seconds=seconds, waiting=waiting)
            lock = f"{report.lock.mode}, {report.lock.days} days" if report.lock else "none"
            log.info("object store tried", create_only=True, lock=lock, lock_holds=report.lock_holds)
        yield DistributedStores(MongoDocuments(database), blobs, MongoCatalogue(database), MongoInspection(database))
    finally:
        await blobs.close()
        bucket.close()
        await connection.close()
