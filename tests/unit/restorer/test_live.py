"""The tenant as a plan sees it, through a Graph whose page tokens grow too old."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphStats, Page, PageExpired
from reentra.common.directory.catalog import object_type
from reentra.restorer.operations.live import LiveReader

GROUP = "00000000-0000-4000-8000-000000000001"
PEOPLE = [{"id": f"00000000-0000-4000-8000-0000000000{n}"} for n in range(10, 17)]
LINK = "https://graph.test/v1.0/next?$skiptoken=old"
DELTA_LINK = "https://graph.test/v1.0/groups/delta?$skiptoken=old"
PIECES: list[Any] = [
    {"id": GROUP, "members@delta": [{"@odata.type": "#microsoft.graph.servicePrincipal", **one}]} for one in PEOPLE
]


@dataclass
class Ageing:
    """Lists people in pages of three; the token of the second page is too old `expires` times."""

    expires: int
    stats: GraphStats = field(default_factory=GraphStats)

    async def pages(
        self, path_or_link: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Page]:
        values = PIECES if "delta" in path_or_link else PEOPLE
        first = 3 if "skiptoken" in path_or_link else 0
        for start in range(first, len(values), 3):
            if start == 3 and self.expires:
                self.expires -= 1
                raise PageExpired("too old")
            yield Page(values[start : start + 3])

    async def page(
        self, path_or_link: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        raise NotImplementedError

    async def batch(self, items: Sequence[BatchRequest]) -> list[BatchAnswer]:
        return [
            BatchAnswer(200, {"value": PIECES[:3], "@odata.nextLink": DELTA_LINK})
            if "delta" in item.path
            else BatchAnswer(200, {"value": PEOPLE[:3], "@odata.nextLink": LINK})
            for item in items
        ]

    async def ask(self, path: str, body: Any) -> dict[str, Any]:
        return {"value": [{"id": i} for i in body["ids"]]}


@pytest.mark.parametrize("expires", [0, 1, 2])
async def test_a_collection_whose_page_token_is_too_old_is_read_from_the_start(expires: int) -> None:
    ids = [one["id"] for one in PEOPLE]
    members = object_type("group").relationship("members")

    assert list(await LiveReader(Ageing(expires)).collection(object_type("user"))) == ids
    assert await LiveReader(Ageing(expires)).rows(["/users"]) == {"/users": PEOPLE}
    held = await LiveReader(Ageing(expires)).links(members, [GROUP], principals=[GROUP])
    assert held == {GROUP: tuple(ids)}


async def test_a_collection_that_always_expires_is_given_up() -> None:
    with pytest.raises(PageExpired):
        await LiveReader(Ageing(9)).collection(object_type("user"))
