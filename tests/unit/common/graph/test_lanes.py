"""How much is sent when: resource units, writes, one a second, and what Graph's headers say about it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.clients.graph import GraphOutcomeUnknown
from reentra.common.clients.graph.costs import lane_of, resource_units
from reentra.common.clients.graph.lanes import Window

from .conftest import Scripted, answer, page

Script = Callable[..., Scripted]


@pytest.mark.parametrize(
    ("method", "path", "units"),
    [
        ("GET", "/users", 2),
        ("GET", "/users?$select=id", 1),
        ("GET", "/users/1/memberOf", 2),
        ("GET", "/users?$select=id&$top=10", 1),
        ("GET", "/users?$top=999", 2),
        ("GET", "/groups/1/members", 3),
        ("GET", "/groups/1/members?$select=id", 2),
        ("GET", "/groups/1/transitiveMembers", 5),
        ("GET", "/groups?$expand=owners", 2),
        ("GET", "/groups?%24expand=owners&%24select=id", 1),
        ("GET", "/devices", 1),
        ("GET", "/subscribedSkus", 3),
        ("GET", "/servicePrincipals/1/appRoleAssignedTo", 2),
        ("POST", "/directoryObjects/getByIds", 5),
        ("POST", "/directoryObjects/getByIds?$select=id", 2),
        ("PATCH", "/users/1", 1),
    ],
)
def test_requests_cost_what_microsofts_table_says(method: str, path: str, units: int) -> None:
    assert resource_units(method, path) == units


def test_conditional_access_has_a_lane_of_its_own() -> None:
    assert lane_of("/identity/conditionalAccess/policies/1") == "conditional_access"
    assert lane_of("/identity/conditionalAccess/deletedItems/policies") == "conditional_access"
    assert lane_of("/identity/identityProviders") == "directory"


async def test_conditional_access_is_asked_once_a_second_by_both_apps_together(script: Script) -> None:
    graph = script(*[page() for _ in range(4)])
    backup, restore = graph.open("backup"), graph.open("restore")
    for client in (backup, restore, backup, restore):
        await client.page("/identity/conditionalAccess/policies")
    gaps = [b - a for a, b in zip(graph.times, graph.times[1:], strict=False)]
    assert min(gaps) >= 1.0


async def test_the_directory_is_not_slowed_by_conditional_access(script: Script) -> None:
    graph = script(page(), page())
    client = graph.open()
    await client.page("/identity/conditionalAccess/policies")
    await client.page("/users")
    assert graph.times[0] == graph.times[1]


async def test_units_wait_for_the_window(script: Script) -> None:
    graph = script(*[answer(200, {}, x_ms_resource_unit="1000") for _ in range(5)])
    client = graph.open()
    for _ in range(5):
        await client.get("/organization")
    assert graph.times[3] == graph.times[0]
    assert graph.times[4] - graph.times[0] >= 9.9
    assert client.stats.resource_units == 5000


async def test_a_large_tenant_has_more_room(script: Script) -> None:
    graph = script(*[answer(200, {}, x_ms_resource_unit="1000") for _ in range(7)])
    client = graph.open()
    client.told_users(100_000)
    for _ in range(7):
        await client.get("/organization")
    assert graph.times[6] == graph.times[0]


async def test_limits_outlive_a_client(script: Script) -> None:
    graph = script(*[answer(200, {}, x_ms_resource_unit="1600") for _ in range(3)])
    for _ in range(3):
        await graph.open().get("/organization")
    assert graph.times[2] > graph.times[1]


async def test_near_the_limit_we_slow_down(script: Script) -> None:
    graph = script(
        answer(200, {}, x_ms_resource_unit="1200", x_ms_throttle_limit_percentage="1.1"),
        *[answer(200, {}, x_ms_resource_unit="400") for _ in range(2)],
    )
    client = graph.open()
    for _ in range(3):
        await client.get("/organization")
    assert graph.times[2] > graph.times[0]


async def test_writes_have_a_quota(script: Script) -> None:
    graph = script(*[answer(204) for _ in range(2701)])
    client = graph.open("restore")
    for _ in range(2701):
        await client.send("PATCH", "/users/1", {})
    assert graph.times[2699] - graph.times[0] < 30
    assert graph.times[2700] - graph.times[0] >= 149.9


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 40)), max_size=60))
def test_no_window_ever_holds_more_than_the_limit(asked: list[tuple[float, int]]) -> None:
    window, now, sent = Window(100, 10.0), 0.0, []
    for idle, cost in asked:
        now += idle
        while (pause := window.wait_seconds(now, cost)) > 0:
            now += pause
        window.spend(now, cost)
        sent.append((now, cost))
    for start, _ in sent:
        assert sum(cost for at, cost in sent if start <= at < start + 9.999) <= 100


async def test_retry_after_is_kept_in_every_lane_of_the_tenant(script: Script) -> None:
    """Graph counts it per app and tenant, whatever is asked meanwhile, also after a write that is not repeated."""
    graph = script(answer(503, None, retry_after="7"), page())
    with pytest.raises(GraphOutcomeUnknown):
        await graph.open("restore").send("POST", "/users", {})
    await graph.open("restore").page("/identity/conditionalAccess/policies")
    assert graph.times[1] - graph.times[0] >= 7.0


async def test_a_second_of_conditional_access_counts_from_the_answer(script: Script) -> None:
    """How long a request was on its way to Graph is not known here; when its answer came is."""

    def slowly(_request: httpx.Request) -> httpx.Response:
        graph.waits.at += 5.0
        return page()

    graph = script(slowly, page())
    client = graph.open()
    await client.page("/identity/conditionalAccess/policies")
    answered = graph.waits.at
    await client.page("/identity/conditionalAccess/policies")
    assert graph.times[1] - answered >= 1.0
