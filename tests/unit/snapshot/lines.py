"""Lines of JSON: any, people as Graph has them, and pages whose columns are of every form."""

import random
import uuid
from collections.abc import Callable
from typing import Any

import orjson
from hypothesis import strategies as st

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


Cell = Callable[[random.Random, int, dict[str, Any]], Any]
"""The value of a row, by its number and what the row has already."""


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _sid_of(chance: random.Random, row: dict[str, Any]) -> str:
    id = uuid.UUID(row["id"] if "id" in row else _id(chance))
    return "S-1-12-1-" + "-".join(str(int.from_bytes(id.bytes_le[at : at + 4], "little")) for at in (0, 4, 8, 12))


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices('ab1é-_. @{["\\\n/:0', k=chance.randrange(longest)))


def _name(chance: random.Random, row: dict[str, Any]) -> Any:
    return row.get("name", _text(chance, 9))


CELLS: tuple[Cell, ...] = (
    lambda c, n, r: None,
    lambda c, n, r: "the same",
    lambda c, n, r: c.choice(["red", "green", "a longer colour, perhaps blue"]),
    lambda c, n, r: c.choice([None, True, False]),
    lambda c, n, r: c.choice([None, "", _text(c, 30)]),
    lambda c, n, r: _text(c, 40),
    lambda c, n, r: _text(c, 2000) if n % 50 == 7 else "short",
    lambda c, n, r: _id(c),
    lambda c, n, r: r.get("id", "none"),
    lambda c, n, r: _sid_of(c, r),
    lambda c, n, r: "S-1-12-1-" + _id(c),
    lambda c, n, r: c.randbytes(16).hex(),
    lambda c, n, r: c.randbytes(9).hex().upper(),
    lambda c, n, r: c.randbytes(4).hex()[:7],
    lambda c, n, r: f"20{c.randrange(10, 26)}-{c.randrange(1, 13):02d}-01T08:{c.randrange(60):02d}:00Z",
    lambda c, n, r: f"{c.randrange(10**7):07d}",
    lambda c, n, r: f"E{n:06d}",
    lambda c, n, r: n * 3 + 5,
    lambda c, n, r: 900 - n,
    lambda c, n, r: c.randrange(2 ** c.randrange(1, 65)),
    lambda c, n, r: c.randrange(-5, 900),
    lambda c, n, r: c.random() * 10 ** c.randrange(-30, 30),
    lambda c, n, r: f"{_name(c, r)}@contoso.example",
    lambda c, n, r: f"CN={_name(c, r)},OU={c.choice('xyz')},DC={_name(c, r)}",
    lambda c, n, r: f"{c.choice(['a', 'bc'])}-{c.randrange(50)}-{c.choice(['x', 'yy'])}.{n}",
    lambda c, n, r: f"+1 425 555 {c.randrange(10**4):04d}",
    lambda c, n, r: [f"SMTP:{_name(c, r)}@contoso.example", _name(c, r)][: c.randrange(3)],
    lambda c, n, r: [{"@odata.type": "#user", "id": _id(c)} for _ in range(c.randrange(12))],
    lambda c, n, r: [c.randrange(9) for _ in range(7 + n % 3)],
    lambda c, n, r: [[], {}, [[n]], {"a": {"b": n}}, None, "x", 1.5][c.randrange(7)],
    lambda c, n, r: {"issuer": "contoso.example", "assigned": _name(c, r), "n": n},
    lambda c, n, r: {key: n for key in "abcd" if c.random() < 0.8},
    lambda c, n, r: {f"key{c.randrange(40)}": n},
    lambda c, n, r: [{"plan": c.choice("ab"), "state": "on"}],
)


def page(chance: random.Random, most: int = 300) -> tuple[list[bytes], bytes]:
    """Objects of which some properties are missing in some."""
    count = chance.choice((1, 2, 3, chance.randrange(1, 70), chance.randrange(64, most)))
    cells = chance.choices(CELLS, k=chance.randrange(1, 12))
    gaps = chance.choice((0, 0, 0.02, 0.5))
    rows: list[dict[str, Any]] = []
    for number in range(count):
        row: dict[str, Any] = {"id": _id(chance), "name": chance.choice(["anna", "bo", "eva", "d"]) + str(number * 7)}
        if chance.random() < gaps:
            del row["id"]
        for place, cell in enumerate(cells):
            if chance.random() >= gaps:
                row[f"p{place}"] = cell(chance, number, row)
        rows.append(row)
    return canonical(rows)
