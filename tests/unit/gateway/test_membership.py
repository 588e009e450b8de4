"""People through the door: from the invitation to the last request of somebody who was disabled."""

import asyncio

import httpx
import pytest
from tests.unit.gateway.conftest import PASSWORD, World
from tests.unit.gateway.test_events import progressed

from reentra.auth.operations.people import PEOPLE
from reentra.common.stores.documents import Query

PEOPLE_PATH = "/api/v1/people"
NEW_PASSWORD = "four words nobody guesses"


async def invited(world: World, name: str = "ada@contoso.example", role: str = "operator") -> tuple[str, str]:
    """Their id, and the code of their link."""
    answer = await world.admin.post(PEOPLE_PATH, json={"name": name, "role": role})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["link"].partition("#")[2]


async def signed_in(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await browser.post("/api/v1/session", json={"username": name, "password": password})


async def test_invited_person_sets_a_password_and_signs_in(world: World) -> None:
    person_id, code = await invited(world)
    async with world.anybody() as browser:
        seen = await browser.post("/api/v1/set-up/invitation", json={"code": code})
        done = await browser.post("/api/v1/set-up", json={"code": code, "password": NEW_PASSWORD})
        again = await browser.post("/api/v1/set-up", json={"code": code, "password": "another-long-password"})
        me = await signed_in(browser, "Ada@Contoso.example", NEW_PASSWORD)
    [listed] = [one for one in (await world.admin.get(PEOPLE_PATH)).json()["value"] if one["id"] == person_id]

    assert (seen.json()["name"], seen.json()["role"]) == ("ada@contoso.example", "operator")
    assert (done.status_code, again.status_code) == (204, 404)
    assert me.json()["id"] == person_id
    assert "restores.apply" in me.json()["permissions"]
    assert "people.read" not in me.json()["permissions"]
    assert (listed["state"], listed["invitation_ends_at"]) == ("active", None)
    assert listed["last_sign_in_at"] is not None


async def test_list_goes_on_page_after_page(world: World) -> None:
    names, link = [], f"{PEOPLE_PATH}?limit=1"
    while link:
        page = (await world.admin.get(link)).json()
        names += [one["name"] for one in page["value"]]
        link = page["next_link"]

    assert names == ["admin", "auditor", "operator", "viewer"]


async def test_disabled_person_is_out_at_once_also_of_what_they_were_following(world: World) -> None:
    person = await world.auth.people.named("operator")
    assert person is not None
    token = await world.bearer("operator", "admin")
    async with world.anybody(Authorization=f"Bearer {token}") as script, world.anybody() as browser:
        await signed_in(browser, "operator", PASSWORD)
        streams = [asyncio.create_task(one.get("/api/v1/events")) for one in (script, browser)]
        assert (await script.get("/api/v1/jobs")).status_code == 200
        disabled = await world.admin.post(f"{PEOPLE_PATH}/{person.id}/disable")
        while not all(stream.done() for stream in streams):
            await world.gateway.feed.record(progressed("job", 1))
        later = [(await one.get("/api/v1/jobs")).status_code for one in (script, browser)]
        back = await signed_in(browser, "operator", PASSWORD)
        enabled = await world.admin.post(f"{PEOPLE_PATH}/{person.id}/enable")
        returned = await signed_in(browser, "operator", PASSWORD)

    assert (disabled.json()["state"], later, back.status_code) == ("disabled", [401, 401], 401)
    assert (enabled.json()["state"], returned.status_code) == ("active", 201)


async def test_changed_role_counts_with_the_next_request(world: World) -> None:
    person = await world.auth.people.named("auditor")
    assert person is not None
    async with world.anybody() as browser:
        await signed_in(browser, "auditor", PASSWORD)
        before = (await browser.get("/api/v1/audit")).status_code
        await world.admin.put(f"{PEOPLE_PATH}/{person.id}/role", json={"role": "viewer"})
        after = (await browser.get("/api/v1/audit")).status_code

    assert (before, after) == (200, 403)


async def test_reset_kills_the_old_password(world: World) -> None:
    person = await world.auth.people.named("viewer")
    assert person is not None
    answer = await world.admin.post(f"{PEOPLE_PATH}/{person.id}/reset")
    code = answer.json()["link"].partition("#")[2]
    async with world.anybody() as browser:
        old = await signed_in(browser, "viewer", PASSWORD)
        await browser.post("/api/v1/set-up", json={"code": code, "password": NEW_PASSWORD})
        new = await signed_in(browser, "viewer", NEW_PASSWORD)

    assert (answer.json()["state"], old.status_code, new.status_code) == ("invited", 401, 201)


async def test_last_administrator_stays_and_nobody_resets_themselves(world: World) -> None:
    me = (await world.admin.get("/api/v1/session")).json()["id"]
    answers = [
        await world.admin.post(f"{PEOPLE_PATH}/{me}/disable"),
        await world.admin.put(f"{PEOPLE_PATH}/{me}/role", json={"role": "viewer"}),
        await world.admin.delete(f"{PEOPLE_PATH}/{me}"),
        await world.admin.post(f"{PEOPLE_PATH}/{me}/reset"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 409, 422]
    assert "last administrator" in answers[0].json()["detail"]
    assert (await world.admin.get("/api/v1/session")).status_code == 200


async def test_every_change_is_in_the_audit_log_and_no_secret_is(world: World) -> None:
    person_id, code = await invited(world)
    async with world.anybody() as browser:
        await browser.post("/api/v1/set-up", json={"code": code, "password": NEW_PASSWORD})
    base = f"{PEOPLE_PATH}/{person_id}"
    await world.admin.put(f"{base}/role", json={"role": "auditor"})
    await world.admin.post(f"{base}/disable")
    await world.admin.post(f"{base}/enable")
    await world.admin.post(f"{base}/reset")
    await world.admin.delete(base)
    answer = await world.admin.get("/api/v1/audit")
    rows = [row for row in reversed(answer.json()["value"]) if row["action"].startswith("person.")]

    assert [row["action"].partition(".")[2] for row in rows] == [
        "invite", "set_up", "change_role", "disable", "enable", "reset", "remove",
    ]  # fmt: skip
    assert {row["details"]["person"] for row in rows} == {"ada@contoso.example"}
    assert [row["actor"].partition(" ")[0] for row in rows] == ["admin", "ada@contoso.example", *["admin"] * 5]
    assert code.partition(".")[2] not in answer.text + str(await world.stores.documents.find(PEOPLE, Query()))
    assert NEW_PASSWORD not in answer.text


async def test_what_a_role_refused_is_in_the_audit_log(world: World) -> None:
    async with world.anybody(Authorization=f"Bearer {await world.bearer('operator', 'admin')}") as script:
        answer = await script.post(PEOPLE_PATH, json={"name": "me again", "role": "admin"})
        await script.get("/api/v1/audit")
    rows = (await world.admin.get("/api/v1/audit")).json()["value"]

    assert answer.status_code == 403
    [row] = [row for row in rows if row["outcome"] == "forbidden"]
    assert (row["actor"].partition(" ")[0], row["action"]) == ("operator", "person.invite")


async def test_guessing_links_is_slowed_down(world: World) -> None:
    async with world.from_address("203.0.113.9") as guessing:
        guess = {"code": "x.y", "password": NEW_PASSWORD}
        answers = [(await guessing.post("/api/v1/set-up", json=guess)).status_code for _ in range(12)]

    assert answers == [404] * 10 + [429] * 2


@pytest.mark.parametrize("body", [{"name": "x", "role": "owner"}, {"name": " ", "role": "viewer"}, {"name": "x"}])
async def test_nobody_is_invited_as_what_does_not_exist(world: World, body: dict[str, str]) -> None:
    assert (await world.admin.post(PEOPLE_PATH, json=body)).status_code == 422
