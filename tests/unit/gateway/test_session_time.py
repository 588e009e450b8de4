"""How long a sign-in lasts, as a browser and a program see it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from tests.unit.gateway.conftest import PASSWORD, World, gateway_over

from reentra.auth.app import build_app as build_auth
from reentra.auth.settings import AuthSettings
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.clock import from_text
from reentra.common.testing.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def timed(world: World, clock: FakeClock) -> AsyncIterator[World]:
    """The same stores, and time that passes when it is told to."""
    auth = build_auth(
        AuthSettings(),
        documents=world.stores.documents,
        sealer=world.installation.sealer("credentials"),
        hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        clock=clock,
    )
    carrier = BrokerPublisher(make_broker(InProcessTransport()))
    yield replace(world, auth=auth, gateway=gateway_over(world.stores, auth, world.jobs, world.installation, carrier))
    await auth.close()


async def test_unused_session_ends_with_a_sentence_and_does_not_come_back(timed: World, clock: FakeClock) -> None:
    async with timed.anybody() as browser:
        me = (await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})).json()
        assert from_text(me["expires_at"]) == clock.now() + timedelta(hours=12)
        for _ in range(3):
            clock.move(minutes=29)
            assert (await browser.get("/api/v1/tenants")).status_code == 200
        clock.move(minutes=30)
        answers = [await browser.get("/api/v1/session"), await browser.get("/api/v1/events")]
        change = await browser.post(
            "/api/v1/tokens", json={"name": "late"}, headers={"X-CSRF-Token": str(me["csrf_token"])}
        )

    for answer in (*answers, change):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.json()["detail"].endswith("Sign in again.")


async def test_busy_session_ends_when_it_said_it_would(timed: World, clock: FakeClock) -> None:
    async with timed.anybody() as browser:
        await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
        statuses = []
        for _ in range(36):
            clock.move(minutes=20)
            statuses.append((await browser.get("/api/v1/session")).status_code)

    assert statuses == [200] * 35 + [401]


async def test_token_ends_in_the_minute_that_it_names(timed: World, clock: FakeClock) -> None:
    owner = await timed.auth.people.named("admin")
    assert owner is not None
    made = await timed.auth.api_tokens.create(owner, "for a day", "admin", lifetime=timedelta(days=1))
    async with timed.anybody(Authorization=f"Bearer {made.secret}") as program:
        clock.move(hours=23, minutes=59)
        assert (await program.get("/api/v1/tenants")).status_code == 200
        clock.move(minutes=1)
        late = await program.get("/api/v1/tenants")

    assert late.status_code == 401
    assert "has ended" in late.json()["detail"]
