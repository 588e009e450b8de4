"""Native code reads a page's rows as Python does, and leaves to it those that it does not know."""

import random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.collector.rows import TENANT, TYPES, agree, page_of, row_of, told

from reentra.collector.domain.entries import opened, read_entries
from reentra.collector.domain.merge import Entry
from reentra.collector.domain.rows import Chain, CheckedRows, encoded_rows
from reentra.common.clients.graph.halves import REPLACED
from reentra.common.clients.graph.rows import page_body
from reentra.common.directory.catalog import CATALOG
from reentra.common.directory.normalise import content_hash
from reentra.common.directory.summary import Summary, summarise
from reentra.common.errors import Rejected
from reentra.common.ids import ObjectId, ObjectTypeName
from reentra.common.snapshot.columns.native import NativeRow, native
from reentra.common.snapshot.record import ObjectRecord

USER, GROUP = CATALOG[ObjectTypeName("user")], CATALOG[ObjectTypeName("group")]
_ID = "1012f037-b64c-4422-8c38-fb2918f135d2"
needs_native = pytest.mark.skipif(native() is None, reason="there is no native code")


def page(*rows: object) -> CheckedRows:
    body = page_body(b'{"value":[%b]}' % b",".join(r if isinstance(r, bytes) else orjson.dumps(r) for r in rows))
    assert body is not None
    return CheckedRows(body["value"], "/rows")


def shown(row: object) -> Summary:
    assert isinstance(row, NativeRow)
    return Summary(row.display_name, row.search, orjson.loads(row.facets or "{}"))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_rows_become_the_same_entries(seed: int) -> None:
    chance = random.Random(seed)
    object_type = chance.choice(TYPES)
    agree(chance, object_type, page_of(chance, object_type, chance.choice((1, 5, 40))))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_rows_that_were_decoded_become_the_same_entries(seed: int) -> None:
    """Native code reads them too, from JSON that is made of them again."""
    chance = random.Random(seed)
    object_type = chance.choice(TYPES)
    rows = [row for row in (row_of(chance, object_type) for _ in range(20)) if not any("delta" in key for key in row)]
    rows.append({"id": "a", "x": "\ufffd", REPLACED: ["x"]})
    again = [opened(object_type, row) for row in read_entries(object_type, encoded_rows(rows), TENANT)]
    plain = [opened(object_type, row) for row in read_entries(object_type, rows, TENANT)]
    assert [told(entry) for entry in again] == [told(entry) for entry in plain]


@needs_native
def test_a_row_of_a_sweep_that_says_more_than_none_is_read() -> None:
    rows = page(
        {"id": _ID, "owners": []},
        {"id": "next", "owners": [], "owners@odata.nextLink": "x"},
        {"id": "one", "owners": [{"id": "d"}]},
        {"id": "inner", "x": {"owners": []}},
        {"id": "missing"},
        {"id": "null", "owners": None},
    )
    assert [row["id"] for row in rows.telling("owners", references=True)] == ["next", "one", "inner", "missing", "null"]


def test_a_row_of_a_sweep_without_an_id_is_refused() -> None:
    with pytest.raises(Rejected):
        list(page({"id": "", "owners": []}).telling("owners", references=True))


@needs_native
def test_native_code_takes_plain_rows_and_puts_them_in_order() -> None:
    manager = {"@odata.type": "#microsoft.graph.user", "id": _ID}
    row = {
        "id": _ID,
        "z": -1,
        "displayName": "Jürgen",
        "a": {"y": [{"c": 1, "b": "\n"}], "x": {}},
        "manager@delta": [manager],
    }
    found = read_entries(USER, page(row, {"id": "x"}), TENANT)
    first, _ = (row for row in found if isinstance(row, NativeRow))
    properties = {name: value for name, value in row.items() if name != "manager@delta"}
    assert first.line == ObjectRecord(USER.name, ObjectId(_ID), properties, {"manager": [manager]}).to_line()
    assert first.content_hash == content_hash(properties, {"manager": [manager]})
    assert (first.display_name, first.search) == ("Jürgen", "jürgen")


@needs_native
def test_what_lists_show_is_made_by_python_where_small_letters_are_not_simple() -> None:
    derived = {"synced": "false", "licensed": "false", "#": "2"}
    found = read_entries(USER, page({"id": "a", "displayName": "ΟΔΟΣ"}, {"id": "b", "displayName": ["x"]}), TENANT)
    assert [shown(row) for row in found] == [
        Summary("ΟΔΟΣ", "οδος", derived),
        Summary("['x']", "", derived),
    ]


@needs_native
def test_native_code_and_python_agree_about_small_letters() -> None:
    letters = [chr(code) for code in range(0x20, 0x3100) if chr(code) not in '"\\']
    rows = [{"id": "a", "displayName": "".join(letters[at : at + 16])} for at in range(0, len(letters), 16)]
    found = [shown(row) for row in read_entries(USER, page(*rows), TENANT)]
    assert found == [summarise(USER, row, {}, TENANT) for row in rows]


@needs_native
def test_content_of_every_length_has_its_hash() -> None:
    """The hash works on blocks of 128 bytes, and on a row alone in another way than on many."""
    rows = [{"id": "a", "x": "x" * length} for length in (*range(300), 5000, 0, 1000)]
    expected = [content_hash(row, {}) for row in rows]
    together = read_entries(USER, page(*rows), TENANT)
    alone = [entry for row in rows for entry in read_entries(USER, page(row), TENANT)]
    for entries in (together, alone):
        assert [row.content_hash for row in entries if isinstance(row, NativeRow)] == expected


@needs_native
def test_a_row_whose_id_stands_behind_another_one_gets_its_own_swept_links() -> None:
    links = {ObjectId("inner"): b'[{"id":"x"}]', ObjectId("outer"): b'[{"id":"y"}]'}
    rows = page(b'{"a":[{"id":"inner"}],"id":"outer"}', {"id": "inner"})
    first, second = read_entries(USER, rows, TENANT, {"sponsors": links})
    assert isinstance(first, Entry)
    assert isinstance(second, NativeRow)
    assert second.line == b'{"id":"inner","links":{"sponsors":[{"id":"x"}]},"properties":{"id":"inner"},"type":"user"}'


@needs_native
@pytest.mark.parametrize(
    "row",
    [
        {"id": _ID.upper()},
        {"id": _ID, "@removed": {"reason": "deleted"}},
        {"id": _ID, "a": {"b@odata.type": "x"}},
        {"id": _ID, "members@delta": [{"@odata.type": "#microsoft.graph.user", "id": _ID, "@removed": {}}]},
        {"id": _ID, "members@delta": [{"@odata.type": "#microsoft.graph.user", "id": _ID}] * 2},
        {"id": _ID, "members@delta": [{"id": _ID}]},
        {"id": _ID, "owners@delta": []},
        {"id": _ID, 'k"': 1},
        {"id": _ID, "score": 1.5},
        {"id": _ID, "deep": orjson.Fragment(b"[" * 70 + b"]" * 70)},
        b'{"id":"a","id":"b"}',
        b'{"id":"a","x":{"y":1,"y":2}}',
        b'{"id":"a","x":"\\u0041"}',
        b'{"id":"a","x":"\\/"}',
        b'{"id":"a","x":-0}',
        b'{"id":"a","x":12345678901234567890}',
    ],
)
def test_other_rows_are_read_by_python_and_their_neighbours_are_not(row: object) -> None:
    rows = page({"id": "before"}, row, {"id": "after"})
    assert agree(random.Random(0), GROUP, rows) == 2


@pytest.mark.parametrize("row", [{"id": ""}, {"id": 5}, {}, [], "x", None, {"id": None, "displayName": "x"}])
def test_what_is_no_object_with_an_id_is_refused_wherever_it_stands(row: object) -> None:
    for rows in (page(row), page({"id": "before"}, row), Chain([page({"id": "before"}), page(row, {"id": "after"})])):
        with pytest.raises(Rejected, match="not a list of objects with ids"):
            read_entries(GROUP, rows, TENANT)


def test_many_pages_together_keep_their_order() -> None:
    rows = Chain([page(*({"id": f"{n}-{m}", "n": m / 2} for m in range(n))) for n in range(20)])
    assert [entry.object_id for entry in read_entries(USER, rows, TENANT)] == [row["id"] for row in rows]
