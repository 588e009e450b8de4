"""Lag after a create, lost answers, unknown paths and properties, limits: what makes writing hard."""

from __future__ import annotations

import pytest

from reentra.simulator.graph.faults import FaultRule

from .conftest import Writer, new_user

pytestmark = pytest.mark.unit


async def test_a_new_object_is_unknown_to_other_replicas_for_a_while(writer: Writer) -> None:
    group = await writer.group()
    writer.cloud.lag.set(reads=4)
    user = await writer.user()

    assert (await writer.refused("GET", f"/users/{user}"))[0] == 404
    assert (await writer.refused("PATCH", f"/users/{user}", {"city": "Bonn"}))[0] == 404
    path = f"/groups/{group}/members/$ref"
    for _ in range(2):
        status, message = await writer.refused("POST", path, writer.reference(user))
        assert (status, "being referenced don't exist" in message) == (400, True)
    await writer.link(f"/groups/{group}/members", user)


@pytest.mark.parametrize("body", ["x", 5, [], {"requests": "x"}, {"requests": ["x", 5]}])
async def test_batch_of_another_form_is_refused_by_whoever_watches_creates_too(writer: Writer, body: object) -> None:
    assert (await writer.refused("POST", "/$batch", body))[0] == 400


async def test_links_from_a_new_group_and_its_applications_principal_have_to_wait(writer: Writer) -> None:
    user = await writer.user()
    writer.cloud.lag.set(reads=1)
    group, application = await writer.group(), await writer.application()

    status, message = await writer.refused("POST", f"/groups/{group}/members/$ref", writer.reference(user))
    assert (status, "don't exist" in message) == (400, True)
    status, message = await writer.refused("POST", "/servicePrincipals", {"appId": application["appId"]})
    assert (status, "does not reference a valid application object" in message) == (400, True)

    await writer.link(f"/groups/{group}/members", user)
    await writer.post("/servicePrincipals", {"appId": application["appId"]})


@pytest.mark.parametrize("kind", ["commit_then_504", "reset", "half_body", "status"])
async def test_repeating_a_lost_create_blindly_is_counted(writer: Writer, kind: str) -> None:
    writer.cloud.faults.add(FaultRule(kind=kind, method="POST", path="/users$", times=1))  # type: ignore[arg-type]
    await writer.http.post("/users", json=new_user("adele"))

    await writer.http.post("/users", json=new_user("adele"))

    assert writer.violations() == ["blind_create"]


async def test_looking_first_is_not_blind(writer: Writer) -> None:
    writer.cloud.faults.add(FaultRule(kind="commit_then_504", method="POST", path="/users$", times=1))
    lost = await writer.http.post("/users", json=new_user("adele"))
    assert lost.status_code == 504

    await writer.get("/users?$filter=userPrincipalName eq 'adele@contoso.com'")
    await writer.refused("POST", "/users", new_user("adele"))

    assert writer.violations() == []


async def test_a_second_create_after_an_answer_that_arrived_is_fine(writer: Writer) -> None:
    await writer.application("Same")
    await writer.application("Same")
    assert writer.violations() == []


async def test_a_lost_batch_item_repeated_blindly_is_counted(writer: Writer) -> None:
    writer.cloud.faults.add(FaultRule(kind="drop_batch_item", path=r"/\$batch", times=1))
    item = {
        "id": "1",
        "method": "POST",
        "url": "/users",
        "headers": {"Content-Type": "application/json"},
        "body": new_user("adele"),
    }
    for _ in range(2):
        await writer.http.post("/$batch", json={"requests": [item]})

    assert writer.violations() == ["blind_create"]


async def test_unknown_properties_and_paths_are_counted(writer: Writer) -> None:
    await writer.refused("POST", "/users", {**new_user("adele"), "colour": "red"})
    await writer.refused("POST", "/users/x/dance", {})
    await writer.refused("PUT", "/users", {})

    assert writer.violations() == ["unknown_property", "unknown_path", "unknown_path"]


async def test_a_body_is_needed(writer: Writer) -> None:
    assert (await writer.refused("POST", "/users"))[0] == 400
    assert (await writer.refused("PATCH", f"/users/{await writer.user()}", ["x"]))[0] == 400


async def test_access_policies_take_one_request_a_second(writer: Writer) -> None:
    writer.cloud.settings.throttle_scale = 1.0
    body = {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "displayName": "Home",
        "countriesAndRegions": ["DE"],
    }
    answers = [await writer.http.post("/identity/conditionalAccess/namedLocations", json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 429]
    assert "Retry-After" not in answers[1].headers


async def test_an_id_of_another_type_or_nothing_is_not_found(writer: Writer) -> None:
    group = await writer.group()
    assert (await writer.refused("PATCH", f"/users/{group}", {"city": "Bonn"}))[0] == 404
    assert (await writer.refused("DELETE", "/groups/99999999-0000-0000-0000-000000000000"))[0] == 404
    assert (await writer.refused("POST", f"/directory/deletedItems/{group}/restore"))[0] == 404
