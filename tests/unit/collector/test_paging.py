"""Small pages become durable together, and nothing that was read is lost when reading breaks off."""

from collections.abc import AsyncIterator, Sequence

import pytest

from reentra.collector.operations.paging import joined
from reentra.common.clients.graph import Page, PageExpired


async def found(sizes: Sequence[int], error: Exception | None = None) -> AsyncIterator[Page]:
    for number, size in enumerate(sizes, 1):
        link = f"next-{number}" if number < len(sizes) or error else None
        yield Page([{"id": f"{number}.{row}"} for row in range(size)], link, None if link else "delta")
    if error is not None:
        raise error


async def sizes_of(pages: AsyncIterator[Page], *, rows: int = 1000, seconds: float = 60.0) -> list[int]:
    return [len(page.values) async for page in joined(pages, rows=rows, seconds=seconds)]


async def test_small_pages_are_joined_up_to_the_limit_and_large_ones_left_alone() -> None:
    assert await sizes_of(found([100] * 23)) == [1000, 1000, 300]
    assert await sizes_of(found([999, 999, 1])) == [999, 1000]
    assert await sizes_of(found([1] * 22)) == [20, 2]
    assert await sizes_of(found([0])) == [0]


async def test_pages_do_not_wait_for_each_other_longer_than_told() -> None:
    assert await sizes_of(found([100] * 3), seconds=0.0) == [100, 100, 100]


async def test_a_joined_page_ends_where_its_last_page_does() -> None:
    pages = [page async for page in joined(found([600, 100, 400]), rows=1000, seconds=60.0)]

    assert [(p.next_link, p.delta_link) for p in pages] == [("next-2", None), (None, "delta")]
    assert [p.values[-1]["id"] for p in pages] == ["2.99", "3.399"]


async def test_what_was_read_comes_before_the_error() -> None:
    pages = joined(found([100] * 3, PageExpired("too old")), rows=1000, seconds=60.0)

    assert (await anext(pages)).next_link == "next-3"
    with pytest.raises(PageExpired):
        await anext(pages)
