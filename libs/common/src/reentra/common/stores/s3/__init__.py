"""The byte port on any S3.

- `blobs.S3Blobs` reads and writes through obstore. Everything is written create-only (`If-None-Match: *`).
- `upload` writes streams of unknown length as a multipart upload whose completion is create-only as well: obstore's own
  multipart cannot be, and a second copy of the bytes would be the alternative. The store abandons unfinished uploads.
- `bucket.Bucket` makes the bucket, with object lock if wished, through MinIO's client in a few threads.
- `probe.probe` tries at the start what all of this relies on, and refuses a store that overwrites.

With object lock every version stays until its time is over: a deleted blob is hidden, not gone.
"""

from reentra.common.stores.s3.blobs import S3Blobs
from reentra.common.stores.s3.bucket import Bucket
from reentra.common.stores.s3.probe import StoreReport, probe
from reentra.common.stores.s3.settings import S3Settings

__all__ = ["Bucket", "S3Blobs", "S3Settings", "StoreReport", "probe"]
