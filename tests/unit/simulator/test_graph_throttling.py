"""Limits in resource units, and what counts as not respecting them."""

import pytest

from reentra.simulator.directory import Directory

EMPTY_TENANT_UNITS = 3_500


@pytest.mark.parametrize(
    ("url", "units"),
    [
        ("/users", 2),
        ("/users?$select=id", 1),
        ("/users?$top=5&$select=id", 1),
        ("/users?$expand=manager", 3),
        ("/groups", 1),
        ("/groups/{group}/members", 3),
        ("/groups/{group}/members?$select=id&$top=5", 1),
        ("/groups/{group}/transitiveMembers", 5),
        ("/applications", 2),
        ("/subscribedSkus", 3),
        ("/oauth2PermissionGrants", 2),
        ("/users/delta", 1),
    ],
)
async def test_cost_of_a_read(caller, url, units):
    response = await caller.get(url.format(group=caller.group()))
    assert response.status_code == 200
    assert response.headers["x-ms-resource-unit"] == str(units)


def limit_to(caller, units):
    caller.cloud.settings.throttle_scale = units / EMPTY_TENANT_UNITS


async def test_more_than_the_bucket_is_429_until_the_window_is_over(caller):
    limit_to(caller, 4)
    assert [(await caller.get("/users")).status_code for _ in range(3)] == [200, 200, 429]
    refused = await caller.get("/users")
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["x-ms-throttle-scope"].startswith("Application_Tenant/ReadWrite/")
    assert refused.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    caller.clock.forward(10)
    assert (await caller.get("/users")).status_code == 200


async def test_call_before_retry_after_has_passed_is_a_violation(caller):
    limit_to(caller, 2)
    await caller.get("/users")
    await caller.get("/users")
    caller.clock.forward(0.1)
    await caller.get("/users")
    assert caller.violations() == [], "it was on its way when the 429 was sent"
    caller.clock.forward(3)
    await caller.get("/users")
    assert caller.violations() == ["early_retry"]
    caller.clock.forward(7)
    assert (await caller.get("/users")).status_code == 200
    assert caller.violations() == ["early_retry"]


async def test_nearly_full_bucket_is_told(caller):
    limit_to(caller, 10)
    seen = [(await caller.get("/users")).headers.get("x-ms-throttle-limit-percentage") for _ in range(5)]
    assert seen == [None, None, None, "0.80", "1.00"]


async def test_larger_tenants_have_larger_buckets(caller):
    caller.cloud.settings.throttle_scale = 4 / EMPTY_TENANT_UNITS
    caller.users(60)
    assert [(await caller.get("/users?$select=id")).status_code for _ in range(6)] == [200] * 5 + [429]


async def test_conditional_access_allows_one_request_a_second_without_saying_when(caller):
    path = "/identity/conditionalAccess/namedLocations"
    assert (await caller.get(path)).status_code == 200
    refused = await caller.get(path)
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    caller.clock.forward(1)
    assert (await caller.get(path)).status_code == 200
    assert caller.violations() == []


async def test_conditional_access_lane_is_shared_by_all_apps_of_a_tenant(caller):
    path = "/identity/conditionalAccess/policies"
    tenant = caller.directory.tenant_id
    await caller.get(path)
    other = caller.cloud.issue_token(tenant, "other-app", roles=["Policy.Read.All"])
    assert (await caller.get(path, Authorization=f"Bearer {other}")).status_code == 429


async def test_buckets_of_tenants_are_apart(caller):
    limit_to(caller, 2)
    caller.cloud.add_tenant(Directory("33333333-0000-0000-0000-000000000000", "fabrikam.com"))
    token = caller.cloud.issue_token("33333333-0000-0000-0000-000000000000", "an-app", roles=["User.Read.All"])
    await caller.get("/users")
    assert (await caller.get("/users")).status_code == 429
    assert (await caller.get("/users", Authorization=f"Bearer {token}")).status_code == 200


async def test_switched_off(caller):
    caller.cloud.settings.throttle_scale = None
    path = "/identity/conditionalAccess/policies"
    assert {(await caller.get(path)).status_code for _ in range(5)} == {200}


async def test_counters_add_up_by_path(caller):
    group_id = caller.group()
    await caller.get("/users")
    await caller.get(f"/groups/{group_id}/members")
    counted = caller.cloud.counters.as_json()
    assert counted["requests"] == 2
    assert counted["resourceUnits"] == 5
    assert counted["byTemplate"] == {"GET /users": 1, "GET /groups/{id}/members": 1}
    assert [entry["status"] for entry in caller.cloud.counters.log_as_json()] == [200, 200]
