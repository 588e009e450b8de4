import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.ids import ObjectId, ObjectTypeName
from reentra.common.snapshot.record import ObjectRecord
from reentra.exporter.domain.files import file_content, file_name

USER = ObjectTypeName("user")


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
