"""What a sweep keeps does not depend on how its rows are decoded."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.collector.rows import entries_of

from reentra.collector.operations.links import LinkMap, sweep
from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.clients.graph.rows import page_body
from reentra.common.directory.catalog import CATALOG
from reentra.common.errors import Rejected
from reentra.common.ids import ObjectTypeName

GROUP = CATALOG[ObjectTypeName("group")]
OWNERS = next(r for r in GROUP.relationships if r.name == "owners")
ALONE = [{"@odata.type": "#microsoft.graph.user", "id": "read-alone"}]


@dataclass(slots=True)
class OnePage:
    """Whoever is asked for one by one has one owner."""

    rows: Sequence[dict[str, Any]]
    stats: GraphStats = field(default_factory=GraphStats)
    throttled_for: float = 0.0

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page:
        return Page(self.rows)

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]:
        return [BatchAnswer(200, body={"value": ALONE}) for _ in items]


def row_of(chance: random.Random, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"Group-{number}" if chance.random() < 0.9 else "ABCDEF12-3456-7890-ABCD-EF1234567890"}
    if chance.random() < 0.95:
        entries = entries_of(chance)
        whole = [e | {"displayName": "Anna", "phones": ["1"], "more": {"id": 1}} for e in entries or ()]
        row["owners"] = chance.choice((entries, whole, whole * 20 if chance.random() < 0.2 else whole))
    if chance.random() < 0.05:
        row["owners@odata.nextLink"] = chance.choice(("https://graph.example/next", None, 5))
    if chance.random() < 0.02:
        row["id"] = chance.choice(("", None, 5))
    return row


async def swept(rows: Sequence[dict[str, Any]]) -> LinkMap | str:
    try:
        return await sweep(OnePage(rows), GROUP, OWNERS)
    except Rejected as refused:
        return refused.message


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150)
async def test_references_are_the_same_when_only_ids_and_types_are_decoded(seed: int) -> None:
    chance = random.Random(seed)
    rows = [row_of(chance, number) for number in range(chance.choice((1, 3, 20)))]
    body = page_body(orjson.dumps({"value": rows}))
    assert body is not None
    assert await swept(body["value"]) == await swept(rows)


async def test_what_else_graph_says_of_a_reference_does_not_matter() -> None:
    owner = {"@odata.type": "#microsoft.graph.user", "id": "b"}
    body = page_body(orjson.dumps({"value": [{"id": "a", "owners": [owner | {"displayName": {"id": 1}}]}]}))
    assert body is not None
    assert await swept(body["value"]) == {"a": orjson.dumps([owner])}
