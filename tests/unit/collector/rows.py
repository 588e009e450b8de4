"""Rows as Graph sends them, and as it hardly ever does, in the bytes of a page.

python -m tests.unit.collector.rows SECONDS [SEED]    native code against Python, for as long as one likes
"""

import random
import sys
import time
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
import pytest
from tests.unit.snapshot.lines import CELLS

from reentra.collector.domain.entries import opened, read_entries, state_in
from reentra.collector.domain.merge import Entry, merge, read_entry
from reentra.collector.domain.rows import CheckedRows
from reentra.collector.operations.pages import draft
from reentra.common.clients.graph.rows import page_body
from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.directory.normalise import canonical
from reentra.common.directory.summary import Summary, summary_of
from reentra.common.errors import Rejected
from reentra.common.ids import ObjectId, TenantId
from reentra.common.snapshot.columns.native import NativeRow
from reentra.common.stores.catalogue import encode_facets

TENANT = TenantId("4f3c1a52-9d2e-4e61-8b0a-6a1f0c7d2e11")
TYPES = [row for row in CATALOG.values() if row.parent_type is None]
_TEXTS = (
    "",
    "Anna",
    "ÄRGER Straße",
    "İstanbul",
    "ΟΔΟΣ",
    "\u0130\u0178\u00df\u0149\u01c5\u023a\u024e",
    "ꟊⱯ",
    'say "no"',
    "a\\b",
    "line\nend",
    "\x01",
    "\x7f",
    "@odata.type",
    "😀",
)
_KEYS = ("city", "é", "@odata.etag", "x@odata.type", "members@delta", "nested@delta", 'k"', "", "@removed", "n@x")


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _text(chance: random.Random) -> Any:
    return chance.choice((None, True, False, 5, *_TEXTS)) if chance.random() < 0.4 else f"Anna {chance.randrange(99)}"


def entries_of(chance: random.Random) -> Any:
    """What a delta query may say of a relationship."""
    odd = chance.random() < 0.2
    found: list[Any] = []
    for _ in range(chance.choice((0, 1, 1, 2, 9))):
        entry: dict[str, Any] = {"@odata.type": "#microsoft.graph.user", "id": _id(chance)}
        if odd:
            change = chance.randrange(7)
            if change == 0:
                entry["@removed"] = {"reason": "deleted"}
            elif change == 1:
                entry["displayName"] = "x"
            elif change == 2:
                entry["id"] = entry["id"].upper()
            elif change == 3:
                del entry["@odata.type"]
            elif change == 4 and found:
                entry["id"] = found[0]["id"]
            elif change == 5:
                entry["@odata.type"] = 5
        found.append(entry)
    if chance.random() < 0.5:
        found.sort(key=lambda entry: str(entry["id"]))
    return None if odd and chance.random() < 0.1 else found


def row_of(chance: random.Random, object_type: ObjectType) -> dict[str, Any]:
    row: dict[str, Any] = {"id": _id(chance)}
    names = dict.fromkeys((*object_type.display, *object_type.search, *object_type.facets))
    row |= {name: _text(chance) for name in names if name != "id" and chance.random() < 0.9}
    needed = (None, True, False, [], ["Unified"], ["DynamicMembership", "x"], [{"keyId": "1"}], _text(chance), TENANT)
    row |= {name: chance.choice(needed) for name in object_type.needed if chance.random() < 0.7}
    for place in range(chance.randrange(12)):
        row[f"p{place}"] = chance.choice(CELLS)(chance, place, row)
    if chance.random() < 0.15:
        row[chance.choice(_KEYS)] = chance.choice(
            (None, [], {"b": 1, "a": {"@odata.type": "x"}}, 1.5, 2**64 - 1, -0.0, "x")
        )
    for relationship in object_type.relationships_by("delta"):
        if chance.random() < 0.7:
            row[relationship.name + "@delta"] = entries_of(chance)
    if chance.random() < 0.1:
        row["id"] = chance.choice((row["id"].upper(), "Contoso.example", "é", "a\\", "x" * 36))
    members = list(row.items())
    if chance.random() < 0.3:
        chance.shuffle(members)
    return dict(members)


def encoded(chance: random.Random, row: dict[str, Any]) -> bytes:
    """As text: compact as Graph's, or as somebody else may write the same."""
    text = orjson.dumps(row)
    match chance.randrange(12):
        case 0:
            return orjson.dumps(row, option=orjson.OPT_INDENT_2)
        case 1:
            return text.replace(b"/", b"\\/").replace(b"nna", b"nn\\u0061")
        case 2:
            return text.replace(b":", b" : ", 3).replace(b",", b" , ", 3)
        case 3:
            return text[:-1] + b',"id":"' + _id(chance).encode() + b'"}'
        case _:
            return text


def page_of(chance: random.Random, object_type: ObjectType, count: int) -> CheckedRows:
    rows = [encoded(chance, row_of(chance, object_type)) for _ in range(count)]
    body = page_body(b'{"value":[%b]}' % b",".join(rows))
    assert body is not None
    return CheckedRows(body["value"], "/rows")


def swept_of(
    chance: random.Random, object_type: ObjectType, ids: Sequence[ObjectId]
) -> dict[str, dict[ObjectId, bytes]]:
    """What sweeps may have read of these objects, and of others."""
    found: dict[str, dict[ObjectId, bytes]] = {}
    for relationship in object_type.relationships_by("expand"):
        if chance.random() < 0.7:
            some = [ObjectId(_id(chance)), *(i for i in ids if chance.random() < 0.5)]
            entry = {"@odata.type": "#microsoft.graph.user", "id": _id(chance)}
            found[relationship.name] = {i: canonical([entry] * chance.choice((1, 1, 3))) for i in some}
    return found


def agree(chance: random.Random, object_type: ObjectType, rows: CheckedRows) -> int:
    """How many of the rows native code took, after a look whether Python makes the same of them."""
    expected = [r.name for r in object_type.relationships_by("delta")]
    summarise = partial(summary_of, object_type, digests={}, tenant_id=TENANT)
    try:
        wanted = [read_entry(row, expected, summarise) for row in rows]
    except Rejected:
        with pytest.raises(Rejected):
            read_entries(object_type, rows, TENANT)
        return 0
    swept = swept_of(chance, object_type, [entry.object_id for entry in wanted])
    found = read_entries(object_type, rows, TENANT, swept)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert told(opened(object_type, one)) == told(other)
        if isinstance(one, NativeRow):
            state = merge(object_type, other, None, overlay=False)
            state.encoded_links.update({n: e[other.object_id] for n, e in swept.items() if other.object_id in e})
            for same in (state, state_in(object_type, one)):
                expected_draft = draft(object_type, same, None, None, tenant_id=TENANT)
                assert expected_draft is not None
                assert (one.line, one.content_hash) == (expected_draft.line, expected_draft.content_hash)
                assert _shown(one) == _listed(expected_draft.summary)
    return sum(isinstance(row, NativeRow) for row in found)


def _shown(row: NativeRow) -> Any:
    return row.display_name, row.search, row.facets


def _listed(summary: Summary) -> Any:
    return summary.display_name, summary.search, encode_facets(summary.facets)


def told(entry: Entry) -> Any:
    changes = {name: sorted(e, key=orjson.dumps) for name, e in entry.link_changes.items() if e}
    return entry.object_id, entry.encoded, changes, entry.removed


def _main(seconds: float, seed: int) -> None:
    taken = rows = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seed += 1
        chance = random.Random(seed)
        object_type = chance.choice(TYPES)
        try:
            page = page_of(chance, object_type, chance.choice((1, 5, 40, 100)))
            rows += len(page)
            taken += agree(chance, object_type, page)
        except BaseException:
            print(f"seed {seed - 1}", file=sys.stderr)
            raise
    print(f"no difference up to seed {seed}: {rows} rows, {taken} by native code")


if __name__ == "__main__":
    _main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
