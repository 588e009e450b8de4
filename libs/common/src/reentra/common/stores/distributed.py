"""The stores of many processes: MongoDB for documents and catalogue, an S3 for bytes. Several use them at once, so
nothing is locked and nothing is swept here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from reentra.common.patience import patiently
from reentra.common.stores.mongo import MongoCatalogue, MongoDocuments, MongoSettings, connect
from reentra.common.stores.s3 import Bucket, S3Blobs, S3Settings, probe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DistributedStores:
    documents: MongoDocuments
    blobs: S3Blobs
    catalogue: MongoCatalogue


@asynccontextmanager
async def open_distributed_stores(mongo: MongoSettings, s3: S3Settings) -> AsyncIterator[DistributedStores]:
    """Waits for both; raises Rejected for an object store that overwrites, Forbidden for a wrong credential."""
    connection = await patiently("MongoDB", lambda: connect(mongo))
    bucket = Bucket(s3)
    blobs = S3Blobs(s3, bucket)
    try:
        await patiently("the object store", bucket.prepare)
        report = await patiently("the object store", lambda: probe(blobs, bucket))
        lock = f"{report.lock.mode}, {report.lock.days} days" if report.lock else "none"
        log.info("object store tried", create_only=True, lock=lock, lock_holds=report.lock_holds)
        yield DistributedStores(MongoDocuments(connection.database), blobs, MongoCatalogue(connection.database))
    finally:
        await blobs.close()
        bucket.close()
        await connection.close()
