"""The control API: what tests and drills do behind Graph's back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import ServedCloud, build_app, new_cloud


@dataclass
class Drill:
    """A cloud without a network: control API, sign-in and Graph in one client."""

    http: httpx.AsyncClient
    served: ServedCloud
    app: dict[str, Any]

    @property
    def tenant(self) -> str:
        return f"/_control/tenants/{self.served.tenants[0].tenant_id}"

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def token(self) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "scope": "https://graph.test/.default",
            "client_id": self.app["client_id"],
            "client_secret": self.app["client_secret"],
        }
        return await self.http.post(f"/{self.served.tenants[0].tenant_id}/oauth2/v2.0/token", data=form)

    async def graph(self, method: str, path: str, **more: Any) -> httpx.Response:
        token = (await self.token()).json()["access_token"]
        return await self.http.request(method, f"/v1.0{path}", headers={"Authorization": f"Bearer {token}"}, **more)


@pytest.fixture
async def drill() -> AsyncIterator[Drill]:
    served = new_cloud(users=40, seed=1)
    served.cloud.settings.throttle_scale = None
    app = register_demo_apps(served.sign_in)[1]
    transport = httpx.ASGITransport(app=build_app(served.cloud, served.sign_in))
    async with httpx.AsyncClient(transport=transport, base_url="https://cloud.test") as http:
        yield Drill(http, served, app)


async def test_control_api_describes_itself(drill: Drill) -> None:
    described = await drill.control("GET", "/_control/")

    assert len(described) > 20
    assert all(line.split(": ", 1)[1] for line in described)


async def test_truth_holds_objects_links_and_the_bin(drill: Drill) -> None:
    user_id = drill.served.tenants[0].directory.find(
        "user", "userPrincipalName", drill.served.tenants[0].ordinary_user
    )[0]
    await drill.control("DELETE", f"{drill.tenant}/object/{user_id}")

    found = await drill.control("GET", f"{drill.tenant}/truth")

    assert len(found["objects"]["user"]) == 39
    assert list(found["deleted"]["user"]) == [user_id]
    assert all(user_id not in members for members in found["links"]["members"].values())


async def test_object_shows_links_in_both_directions_also_from_the_bin(drill: Drill) -> None:
    directory = drill.served.tenants[0].directory
    group_id = next(iter(directory.ids("group")))
    user_id = next(iter(directory.targets("members", group_id)))
    await drill.control("DELETE", f"{drill.tenant}/object/{user_id}")

    found = await drill.control("GET", f"{drill.tenant}/object/{user_id}")

    assert (found["type"], found["deleted"]) == ("user", True)
    assert group_id in found["linkedFrom"]["members"]


async def test_changes_behind_graphs_back_are_seen_by_graph(drill: Drill) -> None:
    created = await drill.control("POST", f"{drill.tenant}/objects/group", {"displayName": "New", "groupTypes": []})
    member_id = next(iter(drill.served.tenants[0].directory.ids("user")))
    path = f"{drill.tenant}/links/members/{created['id']}/{member_id}"

    assert await drill.control("PUT", path) == {"changed": True}
    await drill.control("PATCH", f"{drill.tenant}/object/{created['id']}", {"displayName": "Renamed"})

    group = (await drill.graph("GET", f"/groups/{created['id']}")).json()
    members = (await drill.graph("GET", f"/groups/{created['id']}/members")).json()
    assert group["displayName"] == "Renamed"
    assert [member["id"] for member in members["value"]] == [member_id]

    assert await drill.control("DELETE", path) == {"changed": True}
    await drill.control("DELETE", f"{drill.tenant}/object/{created['id']}?hard=true")
    assert (await drill.graph("GET", f"/groups/{created['id']}")).status_code == 404


async def test_restored_object_is_live_again(drill: Drill) -> None:
    user_id = next(iter(drill.served.tenants[0].directory.ids("user")))
    await drill.control("DELETE", f"{drill.tenant}/object/{user_id}")
    await drill.control("POST", f"{drill.tenant}/object/{user_id}/restore")

    assert (await drill.graph("GET", f"/users/{user_id}")).status_code == 200


async def test_mutation_changes_the_asked_share(drill: Drill) -> None:
    body = {"type": "user", "percentage": 25, "properties": {"department": None}}

    changed = (await drill.control("POST", f"{drill.tenant}/mutate", body))["changed"]

    users = await drill.control("GET", f"{drill.tenant}/objects/user")
    assert len(changed) == 10
    assert {user_id for user_id, user in users.items() if user["department"] is None} == set(changed)


@pytest.mark.parametrize("type_name", ["user", "group", "servicePrincipal", "device"])
async def test_mutation_without_properties_always_changes_something(drill: Drill, type_name: str) -> None:
    before = await drill.control("GET", f"{drill.tenant}/objects/{type_name}")
    for seed in (1, 2):
        body = {"type": type_name, "percentage": 100, "seed": seed}
        await drill.control("POST", f"{drill.tenant}/mutate", body)
        after = await drill.control("GET", f"{drill.tenant}/objects/{type_name}")
        assert all(before[object_id] != after[object_id] for object_id in before)
        before = after


async def test_withdrawn_consent_and_permission_are_felt_at_the_next_token(drill: Drill) -> None:
    consents = f"{drill.tenant}/consents/{drill.app['client_id']}"
    for permission in ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"):
        await drill.control("DELETE", f"{consents}/{permission}")
    assert (await drill.graph("GET", "/identity/conditionalAccess/namedLocations")).status_code == 403
    assert (await drill.graph("GET", "/users?$top=1")).status_code == 200

    await drill.control("DELETE", consents)
    assert (await drill.token()).json()["error_codes"] == [7000229]

    await drill.control("PUT", consents)
    assert (await drill.graph("GET", "/identity/conditionalAccess/namedLocations")).status_code == 200


async def test_what_an_apps_maker_does_is_felt_at_the_next_token(drill: Drill) -> None:
    app, ended = f"/_control/apps/{drill.app['client_id']}", "2020-01-01T00:00:00+00:00"
    steps: list[tuple[dict[str, Any], list[int] | None]] = [
        ({"isDisabled": True}, [7000112]),
        ({"isDisabled": False}, None),
        ({"secrets": [{"value": drill.app["client_secret"], "expires": ended}]}, [7000222]),
        ({"secrets": []}, [7000215]),
    ]
    for change, numbers in steps:
        await drill.control("PATCH", app, change)
        assert (await drill.token()).json().get("error_codes") == numbers
    await drill.control("DELETE", app)
    assert (await drill.token()).json()["error_codes"] == [700016]


async def test_ended_token_is_refused_and_the_next_one_holds(drill: Drill) -> None:
    headers = {"Authorization": f"Bearer {(await drill.token()).json()['access_token']}"}

    await drill.control("POST", f"{drill.tenant}/expire-tokens")

    assert (await drill.http.get("/v1.0/organization", headers=headers)).status_code == 401
    assert (await drill.graph("GET", "/organization")).status_code == 200


@pytest.mark.parametrize("in_batch", [False, True])
async def test_held_request_goes_on_when_the_plan_is_replaced(drill: Drill, in_batch: bool) -> None:
    await drill.control("PUT", "/_control/faults", [{"kind": "hold", "path": "/organization"}])
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/organization"}]}
    road = drill.graph("POST", "/$batch", json=batch) if in_batch else drill.graph("GET", "/organization")
    held = asyncio.create_task(road)
    while (await drill.control("GET", "/_control/faults"))["struck"] == 0:
        await asyncio.sleep(0.01)
    assert (await drill.graph("GET", "/users?$top=1")).status_code == 200
    assert not held.done()

    await drill.control("PUT", "/_control/faults", [])

    assert (await held).status_code == 200


async def test_vanished_tenant_is_unknown_to_sign_in(drill: Drill) -> None:
    await drill.control("DELETE", drill.tenant)

    assert (await drill.token()).json()["error_codes"] == [90002]


async def test_apps_and_tenants_can_be_added(drill: Drill) -> None:
    body = {"appId": "66666666-aaaa-4aaa-8aaa-666666666666", "displayName": "Late", "secrets": ["s"]}
    await drill.control("POST", "/_control/apps", body)
    added = await drill.control("POST", "/_control/tenants", {"users": 10, "seed": 9})

    listed = {item["tenantId"]: item["counts"]["user"] for item in await drill.control("GET", "/_control/tenants")}

    assert listed[added["tenantId"]] == 10
    await drill.control("PUT", f"/_control/tenants/{added['domain']}/consents/{body['appId']}")


async def test_faults_lag_settings_and_counters_are_turned_here(drill: Drill) -> None:
    await drill.control("PUT", "/_control/faults", [{"kind": "status", "path": "/users", "status": 503, "times": 1}])
    await drill.control("PUT", "/_control/lag", {"reads": 2})
    settings = await drill.control("PATCH", "/_control/settings", {"delta_page_size": 7})

    statuses = [(await drill.graph("GET", "/users?$top=1")).status_code for _ in range(2)]

    assert statuses == [503, 200]
    assert await drill.control("GET", "/_control/faults") == {"struck": 1}
    assert (settings["delta_page_size"], drill.served.cloud.lag.reads) == (7, 2)
    counters = await drill.control("GET", "/_control/counters")
    assert counters["requests"] >= 1
    assert (await drill.control("GET", "/_control/log?last=1"))[0]["status"] == 200
    await drill.control("DELETE", "/_control/counters")
    assert (await drill.control("GET", "/_control/counters"))["requests"] == 0


async def test_expired_delta_tokens_must_start_again(drill: Drill) -> None:
    first = (await drill.graph("GET", "/users/delta?$deltatoken=latest")).json()["@odata.deltaLink"]
    await drill.control("POST", f"{drill.tenant}/expire-delta-tokens")

    answer = await drill.graph("GET", first.partition("/v1.0")[2])

    assert answer.status_code == 410


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_control/tenants/nobody.example/truth", None, 404),
        ("GET", "{tenant}/object/nothing", None, 404),
        ("DELETE", "{tenant}/object/nothing", None, 404),
        ("PATCH", "/_control/settings", {"no_such_setting": 1}, 400),
        ("POST", "/_control/apps", {"displayName": "no id"}, 400),
        ("POST", "/_control/tenants", {"users": 10}, 400),
    ],
)
async def test_mistakes_get_one_sentence(drill: Drill, method: str, path: str, body: Any, status: int) -> None:
    answer = await drill.http.request(method, path.format(tenant=drill.tenant), json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


async def test_generated_role_holders_follow_graphs_writes(drill: Drill) -> None:
    """The generator's two views of a role holder are the ones that Graph's writing side keeps together."""
    directory = drill.served.tenants[0].directory
    scoped = next(directory.objects("scopedRoleMember"))
    scope = f"/administrativeUnits/{scoped['administrativeUnitId']}"

    path = f"/directory/administrativeUnits/{scoped['administrativeUnitId']}/scopedRoleMembers/{scoped['id']}"
    assert (await drill.graph("DELETE", path)).status_code == 204

    left = [item for item in directory.objects("roleAssignment") if item["directoryScopeId"] == scope]
    builtin = [item for item in left if (directory.get(item["roleDefinitionId"]) or {})["isBuiltIn"]]
    assert builtin == []
