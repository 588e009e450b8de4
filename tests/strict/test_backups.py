"""The product backs up whatever Graph's documents allow, and does nothing that they forbid."""

from collections.abc import Callable, Sequence

import pytest
from tests.strict.bench import WITHOUT_SLOW_LANE, StrictBench
from tests.strict.weather import (
    MinimalDelta,
    MoreNames,
    OmittedNulls,
    OtherCase,
    Packed,
    Repeated,
    Storm,
    UnevenPages,
    UntypedMembers,
    Weather,
)

from reentra.common.directory.catalog import CATALOG
from reentra.simulator.directory import Directory

Weathers = Callable[[str], Sequence[Weather]]
EVERY_TYPE = list(CATALOG)


CALM: dict[str, Weathers] = {
    "uneven pages": lambda url: [UnevenPages(url)],
    "uneven pages with repeated rows": lambda url: [Repeated(), UnevenPages(url, seed=2)],
    "other case": lambda url: [OtherCase()],
    "repeated rows": lambda url: [Repeated()],
    "more names": lambda url: [MoreNames()],
    "omitted nulls": lambda url: [OmittedNulls()],
    "minimal delta": lambda url: [MinimalDelta(), OmittedNulls()],
    "members without types": lambda url: [UntypedMembers()],
    "packed": lambda url: [Packed(0.005), MoreNames()],
}
ROUGH: dict[str, Weathers] = {
    "429 with Retry-After": lambda url: [Storm(7, 429, retry_after=1, most=2)],
    "429 without Retry-After": lambda url: [Storm(9, 429, most=2, code="Request_ThrottledTemporarily")],
    "429 in batches": lambda url: [Storm(3, 429, retry_after=1, items=True, most=2)],
    "429 in batches without Retry-After": lambda url: [Storm(4, 429, items=True, most=2)],
    "503 with Retry-After": lambda url: [Storm(8, 503, retry_after=1, most=2, code="ServiceUnavailable")],
    "504": lambda url: [Storm(6, 504, most=2, code="GatewayTimeout")],
    "503 in batches": lambda url: [Storm(3, 503, retry_after=1, items=True, most=2, code="ServiceUnavailable")],
    "resets": lambda url: [Storm(6, 0, most=2)],
    "half bodies": lambda url: [Storm(6, 0, half=True, most=2)],
}


def change(directory: Directory) -> None:
    """A bit of everything that happens between two backups."""
    users, groups = list(directory.ids("user")), list(directory.ids("group"))
    full = next(g for g in groups if len(directory.targets("members", g)) > 4)
    assigned = {a["principalId"] for a in directory.objects("roleAssignment")}
    dismissed = next(u for u in users[9:] if u not in assigned)
    directory.patch(users[3], {"jobTitle": "Astronaut", "department": None})
    directory.soft_delete(dismissed)
    directory.hard_delete(next(g for g in reversed(groups) if g != full and g not in assigned))
    for member in list(directory.targets("members", full))[:2]:
        directory.remove_link("members", full, member)
    for user in users[4:8]:
        directory.add_link("members", full, user)
    directory.add_link("owners", full, users[4])
    directory.set_single_link("manager", users[5], users[6])
    directory.create("user", {"displayName": "Ana Novák", "userPrincipalName": "ana@example.com"})


async def full_and_incremental(bench: StrictBench, weathers: Weathers) -> None:
    weather = weathers(bench.examiner.base_url)
    first = await bench.back_up(*weather)
    assert await bench.differences(first) == []
    change(bench.directory)
    second = await bench.back_up(*weather)
    assert await bench.differences(second) == []
    third = await bench.back_up(*weather)
    assert await bench.differences(third) == []
    assert [v.object_id for v in await bench.changes(third)] == [], "unchanged objects write nothing"
    assert bench.violations == []


@pytest.mark.parametrize("name", CALM)
async def test_answers_may_look_like_this(bench: StrictBench, name: str) -> None:
    bench.cloud.settings.delta_links_per_entry = 3
    bench.cloud.settings.delta_page_size = 13
    await full_and_incremental(bench, CALM[name])


@pytest.mark.parametrize("name", ROUGH)
async def test_answers_may_fail_like_this(bench: StrictBench, name: str) -> None:
    bench.cloud.settings.delta_page_size = 20
    await full_and_incremental(bench, ROUGH[name])
    assert sum(part.struck for part in bench.examiner.weather if isinstance(part, Storm)) > 0


async def test_every_type_is_read_as_microsoft_documents_it(bench: StrictBench) -> None:
    for _ in range(2):
        job = await bench.back_up(types=EVERY_TYPE)
        assert await bench.differences(job, EVERY_TYPE) == []
        change(bench.directory)
    assert bench.violations == []


async def test_uneven_pages_of_conditional_access_keep_their_second(bench: StrictBench) -> None:
    slow = [name for name in EVERY_TYPE if name not in WITHOUT_SLOW_LANE]
    job = await bench.back_up(UnevenPages(bench.examiner.base_url), Storm(4, 429, most=1), types=slow)
    assert await bench.differences(job, slow) == []
    assert bench.violations == []
