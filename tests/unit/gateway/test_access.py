"""Who gets through which door: every route, every kind of caller."""

import asyncio
import re

import pytest
from tests.unit.gateway.conftest import PASSWORD, World

from reentra.auth.operations.api_tokens import API_TOKENS
from reentra.common.people import EVERYWHERE, Subject
from reentra.common.stores.documents import Query
from reentra.gateway.domain.permissions import RULES, allows
from reentra.gateway.errors import TooManyAttempts
from reentra.gateway.operations.sign_in_limit import SIGN_IN_ATTEMPTS, SignInLimit

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/set-up"),
    ("POST", "/api/v1/set-up/invitation"),
    ("GET", "/connect/signed-in"),
    ("GET", "/connect/consented"),
}
STREAM = ("GET", "/api/v1/events")


def address(path: str) -> str:
    return re.sub(r"\{\w+\}", "nothing", path)


async def served(world: World) -> set[tuple[str, str]]:
    document = (await world.admin.get("/api/v1/openapi.json")).json()
    return {(method.upper(), path) for path, found in document["paths"].items() for method in found}


async def test_every_served_route_has_a_rule_and_every_rule_a_route(world: World) -> None:
    assert await served(world) | {("GET", "/api/v1/openapi.json")} == RULES.keys()


def test_nothing_is_open_but_health_sign_in_set_up_consent_callback_and_the_description() -> None:
    assert {key for key, rule in RULES.items() if rule.permission == "open"} == OPEN


@pytest.mark.parametrize(("method", "path"), sorted(RULES.keys() - OPEN))
async def test_strangers_are_turned_away_everywhere(world: World, method: str, path: str) -> None:
    async with world.anybody() as stranger, world.anybody(Authorization="Bearer reentra_wrong") as liar:
        for client in (stranger, liar):
            answer = await client.request(method, address(path))
            assert answer.status_code == 401, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_unknown_roles_and_scopes_are_granted_nothing() -> None:
    stranger = Subject("1", "somebody", "owner", EVERYWHERE, "everything", "t")  # type: ignore[arg-type]
    assert not any(allows(stranger, rule.permission) for rule in RULES.values())


async def test_session_needs_its_csrf_token_for_changes_only(world: World) -> None:
    async with world.anybody() as browser:
        me = (await browser.post("/api/v1/session", json={"username": "Admin", "password": PASSWORD})).json()

        assert (await browser.get("/api/v1/tenants")).status_code == 200
        body = {"name": "from a browser"}
        assert (await browser.post("/api/v1/tokens", json=body)).status_code == 403
        wrong = await browser.post("/api/v1/tokens", json=body, headers={"X-CSRF-Token": "x"})
        assert wrong.status_code == 403
        right = await browser.post("/api/v1/tokens", json=body, headers={"X-CSRF-Token": me["csrf_token"]})
        assert right.status_code == 201


async def test_signing_out_ends_the_session(world: World) -> None:
    async with world.anybody() as browser:
        me = (await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})).json()
        cookie = browser.cookies["reentra_session"]
        out = await browser.delete("/api/v1/session", headers={"X-CSRF-Token": me["csrf_token"]})
        assert out.status_code == 204
        browser.cookies.set("reentra_session", cookie)
        assert (await browser.get("/api/v1/session")).status_code == 401


async def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    async with world.anybody() as browser:
        answer = await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_guessing_passwords_is_slowed_down(world: World) -> None:
    async with world.anybody() as browser:
        wrong = {"username": "admin", "password": "guess"}
        answers = [(await browser.post("/api/v1/session", json=wrong)).status_code for _ in range(12)]
        last = await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})

    assert answers == [401] * 10 + [429] * 2
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("stranger", "owner"), [("203.0.113.9", "198.51.100.7"), ("2001:db8:1:1::1", "2001:db8:1:2::1")]
)
async def test_a_stranger_who_guesses_does_not_keep_others_out(world: World, stranger: str, owner: str) -> None:
    async with world.from_address(stranger) as guessing, world.from_address(owner) as knowing:
        for _ in range(11):
            await guessing.post("/api/v1/session", json={"username": "admin", "password": "guess"})
        refused = await guessing.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
        admitted = await knowing.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
    assert (refused.status_code, admitted.status_code) == (429, 201)


async def test_other_addresses_of_one_customer_count_as_one(world: World) -> None:
    answers = []
    for number in range(11):
        async with world.from_address(f"2001:db8:1:1::{number + 1:x}") as guessing:
            guess = await guessing.post("/api/v1/session", json={"username": "admin", "password": "guess"})
            answers.append(guess.status_code)
    assert answers == [401] * 10 + [429]


async def test_guesses_at_several_gateways_are_counted_together(world: World) -> None:
    limits = [SignInLimit(world.stores.documents, 4) for _ in range(3)]
    async with asyncio.TaskGroup() as guesses:
        for limit in limits:
            guesses.create_task(limit.count("Admin", "1.2.3.4"))
    await limits[0].count("admin", "1.2.3.4")
    with pytest.raises(TooManyAttempts):
        await limits[1].count("admin", "1.2.3.4")
    await limits[2].count("admin", "9.9.9.9")
    await limits[2].count("viewer", "1.2.3.4")

    await limits[2].succeeded("ADMIN", "1.2.3.4")
    await limits[0].count("admin", "1.2.3.4")
    for limit in (*limits, limits[0]):
        await limit.failed("1.2.3.4")
    with pytest.raises(TooManyAttempts):
        await limits[1].count("somebody", "1.2.3.4")
    stored = await world.stores.documents.find(SIGN_IN_ATTEMPTS, Query())
    assert "admin" not in str(stored)
    assert "1.2.3.4" not in str(stored)


async def test_who_knows_the_password_is_never_slowed_down(world: World) -> None:
    right = {"username": "admin", "password": PASSWORD}
    async with world.anybody() as browser:
        answers = [(await browser.post("/api/v1/session", json=right)).status_code for _ in range(12)]

    assert answers == [201] * 12


async def test_wrong_name_and_wrong_password_sound_the_same(world: World) -> None:
    async with world.anybody() as browser:
        name = await browser.post("/api/v1/session", json={"username": "nobody", "password": PASSWORD})
        password = await browser.post("/api/v1/session", json={"username": "admin", "password": "x"})

    assert name.json()["detail"] == password.json()["detail"]


async def test_changed_password_ends_other_sessions(world: World) -> None:
    async with world.anybody() as here, world.anybody() as there:
        sign_in = {"username": "admin", "password": PASSWORD}
        me = (await here.post("/api/v1/session", json=sign_in)).json()
        await there.post("/api/v1/session", json=sign_in)
        change = {"old_password": PASSWORD, "new_password": "another-long-password"}
        changed = await here.put("/api/v1/session/password", json=change, headers={"X-CSRF-Token": me["csrf_token"]})

        assert changed.status_code == 204
        assert (await here.get("/api/v1/session")).status_code == 200
        assert (await there.get("/api/v1/session")).status_code == 401


async def test_revoked_token_opens_nothing(world: World) -> None:
    made = (await world.admin.post("/api/v1/tokens", json={"name": "script", "scope": "read"})).json()
    async with world.anybody(Authorization=f"Bearer {made['secret']}") as script:
        assert (await script.get("/api/v1/jobs")).status_code == 200
        assert (await world.admin.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
        assert (await script.get("/api/v1/jobs")).status_code == 401


async def test_token_secrets_are_shown_once_and_stored_never(world: World) -> None:
    made = (await world.admin.post("/api/v1/tokens", json={"name": "script"})).json()
    listed = (await world.admin.get("/api/v1/tokens")).text
    stored = await world.stores.documents.find(API_TOKENS, Query())

    assert made["secret"] not in listed
    assert made["secret"] not in str(stored)
