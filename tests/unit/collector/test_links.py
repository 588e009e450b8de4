"""What a sweep of a relationship keeps."""

from collections.abc import Mapping, Sequence

from reentra.collector.operations.links import sweep
from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.directory.catalog import object_type
from reentra.common.ids import ObjectId

USER = object_type("user")


class TwoPages:
    """Of users with their sponsors."""

    stats = GraphStats()
    throttled_for = 0.0

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page:
        number = 2 if path_or_link == "next" else 1
        rows = [{"id": f"{number}.{row}", "sponsors": [{"id": "chief"}]} for row in range(3)]
        rows.append({"id": f"{number}.alone"})
        return Page(rows, "next" if number == 1 else None, None)

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]:
        return [BatchAnswer(404) for _ in items]


async def test_objects_with_the_same_links_share_what_is_kept_of_them() -> None:
    found = await sweep(TwoPages(), USER, USER.relationship("sponsors"))

    assert len(found) == 6
    assert found[ObjectId("1.0")] == b'[{"id":"chief"}]'
    assert len(set(map(id, found.values()))) == 1
