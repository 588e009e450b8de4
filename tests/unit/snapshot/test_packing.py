"""Lines go in, the same lines come out; what objects have in common takes no room."""

import random
import uuid
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.snapshot.columns.streams import Malformed
from reentra.common.snapshot.packing import COLUMNS, LINES, as_columns, as_lines, pack, unpack

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "null", '"', "\\", "\n", "a,b", "},{", "\x01", "2025-10-31T05:35:18Z", "S-1-12-1-1-2-3-4"])
    | st.uuids().map(str)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=9) | st.dictionaries(st.sampled_from(["a", "id", "@odata.type", 'k"', "é"]), inner)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["id", "mail", "links", "n", "\n"]) | st.text(max_size=5), JSON, max_size=6)


def canonical(values: list[Any]) -> tuple[list[bytes], bytes]:
    lines = [orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values]
    return lines, b"".join(line + b"\n" for line in lines)


def people(count: int) -> list[dict[str, Any]]:
    """Users as Graph has them, with their derived properties; every other one has a telephone."""
    chance = random.Random(1)
    found = []
    for number in range(count):
        id = uuid.UUID(int=chance.getrandbits(128), version=4)
        name = f"{chance.choice(['anna', 'bo', 'chiara', 'daví', 'eva'])}.{number * 7 % 1000}"
        words = [int.from_bytes(id.bytes_le[at : at + 4], "little") for at in (0, 4, 8, 12)]
        found.append(
            {
                "id": str(id),
                "displayName": f'{name} "{number}"',
                "userPrincipalName": f"{name}@contoso.example",
                "mail": None if number % 5 == 0 else f"{name}@contoso.example",
                "proxyAddresses": [f"SMTP:{name}@contoso.example", f"smtp:{name}@alias.example"][: number % 3],
                "identities": [{"issuer": "contoso.example", "issuerAssignedId": f"{name}@contoso.example"}],
                "createdDateTime": f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02d}-01T08:00:00Z",
                "securityIdentifier": "S-1-12-1-" + "-".join(map(str, words)),
                "onPremisesImmutableId": chance.randbytes(16).hex().upper(),
                "phones": [] if number % 2 else [f"+1 425 555 {number:04d}"],
                "accountEnabled": number % 7 != 0,
                "logins": number * 3,
                "score": number / 8,
                **({"extension": {"level": number % 3}} if number % 4 == 0 else {}),
                "members": [{"@odata.type": "#user", "id": str(id)} for _ in range(number % 11)],
            }
        )
    return found


@given(st.lists(OBJECTS | JSON, min_size=1, max_size=30))
def test_columns_of_any_json_give_the_same_bytes(values: list[Any]) -> None:
    lines, plain = canonical(values)
    assert unpack(as_columns(lines)) == plain


@given(st.lists(OBJECTS, min_size=1, max_size=4), st.integers(2, 300))
def test_columns_of_repeated_objects_give_the_same_bytes(values: list[Any], count: int) -> None:
    lines, plain = canonical([{**values[n % len(values)], "number": n} for n in range(count)])
    assert unpack(as_columns(lines)) == plain


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
    sizes = [len(as_columns(canonical(values)[0])) for values in (full, less)]
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
    lines, plain = canonical(people(50))
    content = as_columns(lines)
    wrong = [content[:length] for length in range(len(content))]
    wrong += [bytes((9,)) + content[1:], as_lines(plain)[:-3], bytes((LINES,)) + content[1:]]
    for data in wrong:
        with pytest.raises(Malformed):
            unpack(data)
