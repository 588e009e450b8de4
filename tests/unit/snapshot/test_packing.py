"""Lines go in, the same lines come out; what objects have in common takes no room. Whoever does it, Python or native
code: every test runs with both."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.snapshot.lines import JSON, OBJECTS, canonical, people

from reentra.common.snapshot.columns.streams import Malformed
from reentra.common.snapshot.packing import COLUMNS, LINES, as_columns, as_lines, pack, unpack

pytestmark = pytest.mark.usefixtures("columns_by")


def columns(lines: list[bytes], plain: bytes) -> bytes:
    content = as_columns(lines, plain)
    assert content is not None
    return content


@given(st.lists(OBJECTS | JSON, min_size=1, max_size=30))
def test_columns_of_any_json_give_the_same_bytes(values: list[Any]) -> None:
    lines, plain = canonical(values)
    assert unpack(columns(lines, plain)) == plain


@given(st.lists(OBJECTS, min_size=1, max_size=4), st.integers(2, 300))
def test_columns_of_repeated_objects_give_the_same_bytes(values: list[Any], count: int) -> None:
    lines, plain = canonical([{**values[n % len(values)], "number": n} for n in range(count)])
    assert unpack(columns(lines, plain)) == plain


@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"")), max_size=20))
def test_lines_that_are_no_json_come_back(lines: list[bytes]) -> None:
    plain = b"".join(line + b"\n" for line in lines)
    assert unpack(pack(lines, plain)) == plain


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"b":1,"a":2}', b'{"a":2,"b":1}'] * 40,
        [b'{ "a" : 1 }', b'{"a":1.0}', b'{"a":1e0}'] * 40,
        [b'{"a":1,"a":2}', b'{"a":1}'] * 40,
        [b'{"a":"\\u0041\\ud800"}', b'{"\\ud800":1}'] * 40,
        [b"[" * 2000 + b"]" * 2000, b'{"a":' * 500 + b"1" + b"}" * 500] * 20,
        [b"[]", b"{}", b"", b"{", b"[1", b'"', b'""'] * 40,
        [b'{"key%d":%d}' % (n, n) for n in range(400)],
    ],
)
def test_json_that_is_not_canonical_and_hostile_lines_come_back(lines: list[bytes]) -> None:
    plain = b"".join(line + b"\n" for line in lines)
    assert unpack(pack(lines, plain)) == plain


def test_what_objects_have_in_common_takes_no_room() -> None:
    lines, plain = canonical(people(600))
    content = pack(lines, plain)
    assert content[0] == COLUMNS
    assert unpack(content) == plain
    assert len(content) < len(as_lines(plain)) / 2


@pytest.mark.parametrize("derived", ["securityIdentifier", "userPrincipalName", "identities", "logins"])
def test_what_follows_from_other_properties_takes_no_room(derived: str) -> None:
    full = people(600)
    less = [{key: value for key, value in person.items() if key != derived} for person in full]
    sizes = [len(columns(*canonical(values))) for values in (full, less)]
    assert sizes[0] - sizes[1] < 200


def test_few_lines_are_stored_as_they_are_when_that_is_shorter() -> None:
    lines, plain = canonical([{"id": "a"}])
    content = pack(lines, plain)
    assert content[0] == LINES
    assert unpack(content) == plain


def test_a_very_large_object_is_stored_as_it_is() -> None:
    members = [{"@odata.type": "#microsoft.graph.user", "id": f"{n:032x}"} for n in range(90_000)]
    lines, plain = canonical([{"id": "a", "links": {"members": members}}])
    content = pack(lines, plain)
    assert content[0] == LINES
    assert unpack(content) == plain


def test_no_lines_are_no_bytes() -> None:
    assert unpack(pack([], b"")) == b""


def test_what_is_no_content_is_malformed() -> None:
    lines, plain = canonical(people(20))
    content = columns(lines, plain)
    wrong = [content[:length] for length in range(len(content))]
    wrong += [bytes((9,)) + content[1:], as_lines(plain)[:-3], bytes((LINES,)) + content[1:]]
    for data in wrong:
        with pytest.raises(Malformed):
            unpack(data)
