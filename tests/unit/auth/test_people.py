"""People, sessions and API tokens over real documents, with a clock that a test moves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from reentra.auth.errors import NotSignedIn
from reentra.auth.operations.api_tokens import ApiTokens
from reentra.auth.operations.people import PEOPLE, People
from reentra.auth.operations.sessions import SESSIONS, Sessions
from reentra.common.errors import NotFound, Rejected
from reentra.common.people import Subject
from reentra.common.stores.documents import Documents, Query
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.fakes import FakeClock

PASSWORD = "a-long-enough-password"


@dataclass
class House:
    documents: Documents
    clock: FakeClock
    people: People
    sessions: Sessions
    tokens: ApiTokens
    ada: Subject


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        clock = FakeClock()
        people = People(stores.documents, clock, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        longest = timedelta(hours=12)
        sessions = Sessions(stores.documents, people, clock, idle=timedelta(minutes=30), longest=longest)
        ada = await people.add("Ada", PASSWORD, "admin")
        yield House(stores.documents, clock, people, sessions, ApiTokens(stores.documents, people, clock), ada)


async def test_first_start_makes_one_administrator_once(tmp_path: Path) -> None:
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        people = People(stores.documents, FakeClock())
        first, second = await people.ensure_administrator(), await people.ensure_administrator()

        assert second is None
        assert first is not None
        assert (await people.verify(first.username, first.password)).role == "admin"
        assert first.password not in str(await stores.documents.find(PEOPLE, Query()))
        assert (await stores.documents.find(PEOPLE, Query()))[0].body["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("ada", ""), ("", "")])
async def test_wrong_name_or_password_is_refused(house: House, name: str, password: str) -> None:
    with pytest.raises(NotSignedIn):
        await house.people.verify(name, password)


async def test_names_are_compared_without_case(house: House) -> None:
    assert await house.people.verify("ADA", PASSWORD) == house.ada


async def test_short_passwords_are_refused(house: House) -> None:
    with pytest.raises(Rejected, match="12"):
        await house.people.change_password(house.ada.id, PASSWORD, "short")


async def test_session_ends_after_half_an_hour_of_silence(house: House) -> None:
    session = await house.sessions.begin(house.ada)
    house.clock.move(minutes=29)
    await house.sessions.resume(session.id)
    house.clock.move(minutes=29)
    assert (await house.sessions.resume(session.id)).subject == house.ada
    house.clock.move(minutes=31)

    with pytest.raises(NotSignedIn):
        await house.sessions.resume(session.id)
    assert await house.documents.count(SESSIONS, {}) == 0


async def test_session_ends_after_half_a_day_however_busy(house: House) -> None:
    session = await house.sessions.begin(house.ada)
    for _ in range(35):
        house.clock.move(minutes=20)
        await house.sessions.resume(session.id)
    house.clock.move(minutes=21)

    with pytest.raises(NotSignedIn):
        await house.sessions.resume(session.id)


async def test_who_only_listens_does_not_keep_a_session_alive_and_is_told_nothing_after_it(house: House) -> None:
    session = await house.sessions.begin(house.ada)
    house.clock.move(minutes=29)
    assert await house.sessions.holder(session.id) == house.ada
    house.clock.move(minutes=1)

    assert await house.sessions.holder(session.id) is None


async def test_clock_that_is_set_back_ends_no_session_and_lengthens_none(house: House) -> None:
    session = await house.sessions.begin(house.ada)
    house.clock.move(days=-1)
    assert (await house.sessions.resume(session.id)).expires_at == session.expires_at
    house.clock.move(days=1, minutes=31)

    with pytest.raises(NotSignedIn):
        await house.sessions.resume(session.id)


async def test_only_the_hash_of_a_session_is_stored(house: House) -> None:
    session = await house.sessions.begin(house.ada)

    assert session.id not in str(await house.documents.find(SESSIONS, Query()))


async def test_ended_sessions_are_swept(house: House) -> None:
    await house.sessions.begin(house.ada)
    house.clock.move(hours=13)
    await house.sessions.begin(house.ada)

    assert await house.documents.count(SESSIONS, {}) == 1


async def test_token_ends_when_its_time_is_over(house: House) -> None:
    made = await house.tokens.create(house.ada, "script", "read", lifetime=timedelta(days=1))
    subject = await house.tokens.subject(made.secret)
    house.clock.move(days=1)

    assert (subject.scope, subject.token_id) == ("read", made.token.id)
    with pytest.raises(NotSignedIn):
        await house.tokens.subject(made.secret)


async def test_use_of_a_token_is_noted(house: House) -> None:
    made = await house.tokens.create(house.ada, "script", "read")
    await house.tokens.subject(made.secret)

    [token] = await house.tokens.list(house.ada.id)
    assert token.last_used_at is not None


async def test_token_of_somebody_else_cannot_be_revoked(house: House) -> None:
    bob = await house.people.add("Bob", PASSWORD, "viewer")
    made = await house.tokens.create(house.ada, "script", "read")

    with pytest.raises(NotFound, match="no API token"):
        await house.tokens.revoke(bob.id, made.token.id)
    assert await house.tokens.subject(made.secret)


async def test_person_who_is_gone_takes_sessions_and_tokens_along(house: House) -> None:
    session = await house.sessions.begin(house.ada)
    made = await house.tokens.create(house.ada, "script", "admin")
    await house.documents.delete(PEOPLE, house.ada.id)

    with pytest.raises(NotSignedIn):
        await house.sessions.resume(session.id)
    with pytest.raises(NotSignedIn):
        await house.tokens.subject(made.secret)
