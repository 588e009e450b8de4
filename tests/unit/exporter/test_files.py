import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reentra.common.directory.normalise import content_hash
from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion, Place
from reentra.exporter.domain.files import check, file_content, file_name

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
    ("object_id", "name"),
    [
        ("3f1c-9", "user/3f1c-9.json"),
        ("contoso.example", "user/contoso.example.json"),
        ("../../etc/passwd", "user/%2E.%2F..%2Fetc%2Fpasswd.json"),
        ("a\\b:c*", "user/a%5Cb%3Ac%2A.json"),
        ("50%", "user/50%25.json"),
        ("CON", "user/%43ON.json"),
        ("nul.txt", "user/%6Eul.txt.json"),
        ("Zoë", "user/Zo%C3%AB.json"),
    ],
)
def test_names_are_safe_on_every_system(object_id: str, name: str) -> None:
    assert file_name(USER, ObjectId(object_id)) == name


@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=200))
def test_two_ids_never_share_a_name(one: str, two: str) -> None:
    names = {file_name(USER, ObjectId(one)), file_name(USER, ObjectId(two))}
    assert len(names) == len({one, two})
    assert all(len(name) < 160 and name.count("/") == 1 and name.isascii() for name in names)


def test_content_is_graphs_own_with_relationships_beside_it() -> None:
    member = {"@odata.type": "#microsoft.graph.user", "id": "2"}
    group = ObjectRecord(ObjectTypeName("group"), ObjectId("1"), {"id": "1", "new": {"a": None}}, {"members": [member]})
    assert json.loads(file_content(group)) == {
        "@odata.type": "#microsoft.graph.group",
        "id": "1",
        "new": {"a": None},
        "members": [member],
    }


def test_a_type_that_microsoft_tells_in_the_object_wins() -> None:
    location = ObjectRecord(
        ObjectTypeName("namedLocation"), ObjectId("1"), {"@odata.type": "#microsoft.graph.ipNamedLocation"}
    )
    assert json.loads(file_content(location))["@odata.type"] == "#microsoft.graph.ipNamedLocation"


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
    check(VERSION, RECORD)
    with pytest.raises(Unreadable, match="user 1"):
        check(VERSION, other)
