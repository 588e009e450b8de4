"""A record that lies where another one should is never taken for it."""

import pytest
from msgspec.structs import replace

from reentra.common.directory.normalise import content_hash
from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber
from reentra.common.snapshot.agreement import check_record
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion, Place

USER = ObjectTypeName("user")
RECORD = ObjectRecord(USER, ObjectId("1"), {"id": "1", "city": "Bern"}, {})
VERSION = ObjectVersion(
    USER,
    ObjectId("1"),
    content_hash(RECORD.properties, RECORD.links),
    Place(SegmentId("s"), 0, 1, 0),
    None,
    "",
    {},
    SnapshotNumber(1),
    None,
)


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, object_id=ObjectId("2")),
        replace(RECORD, object_type=ObjectTypeName("group")),
        replace(RECORD, properties={"id": "1", "city": "Basel"}),
        replace(RECORD, removed="deleted"),
        replace(RECORD, part=True),
    ],
)
def test_another_record_than_the_catalogue_means_is_unreadable(other: ObjectRecord) -> None:
    check_record(VERSION, RECORD, consequence="nothing is done")
    with pytest.raises(Unreadable, match="user 1 cannot be read, so nothing is done: "):
        check_record(VERSION, other, consequence="nothing is done")
