"""Typed ids, so that two strings cannot change places."""

from typing import NewType

TenantId = NewType("TenantId", str)
"""Microsoft's tenant id (a GUID, lower case)."""
ObjectId = NewType("ObjectId", str)
ObjectTypeName = NewType("ObjectTypeName", str)
JobId = NewType("JobId", str)
SnapshotNumber = NewType("SnapshotNumber", int)
"""Counts 1, 2, 3 ... per tenant; the number of an abandoned snapshot is never used again."""
SegmentId = NewType("SegmentId", str)
