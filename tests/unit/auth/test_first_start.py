"""A first start that dies before it showed its link: the next one shows another, and nobody else's is taken away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from reentra.auth.app import Auth, build_app
from reentra.auth.operations.people import PEOPLE
from reentra.auth.settings import AuthSettings
from reentra.common.errors import NotFound
from reentra.common.stores.documents import Query
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.fakes import FakeClock

PASSWORD = "a-long-enough-password"


class House:
    def __init__(self, auth: Auth, clock: FakeClock) -> None:
        self.auth = auth
        self.clock = clock

    async def link(self, *, alone: bool = True) -> str | None:
        first = await self.auth.first_starts.begin(alone=alone)
        return first.link.partition("#")[2] if first else None


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        auth = build_app(AuthSettings(), documents=stores.documents, sealer=_Sealer(), clock=clock, hasher=hasher)
        yield House(auth, clock)
        await auth.close()
        people = await stores.documents.find(PEOPLE, Query())
        assert len(people) == 1


class _Sealer:
    """No credentials are kept here."""

    def seal(self, secret: bytes, context: str) -> str:
        raise AssertionError

    def open(self, sealed: str, context: str) -> bytes:
        raise AssertionError


async def test_link_that_was_not_shown_is_replaced_by_the_next_start(house: House) -> None:
    first, second = await house.link(), await house.link()

    assert first
    assert second
    with pytest.raises(NotFound):
        await house.auth.membership.opened(first)
    await house.auth.membership.set_up(second, PASSWORD, name="grace")
    assert (await house.auth.sign_in("grace", PASSWORD)).role == "admin"


async def test_link_that_was_shown_is_the_last(house: House) -> None:
    first = await house.link()
    await house.auth.first_starts.told()

    assert first
    assert await house.link() is None
    assert (await house.auth.membership.opened(first)).may_choose_name


async def test_password_chosen_before_the_showing_was_noted_stays(house: House) -> None:
    first = await house.link()
    assert first
    await house.auth.membership.set_up(first, PASSWORD)

    assert await house.link() is None
    assert (await house.auth.sign_in("admin", PASSWORD)).role == "admin"
    assert await house.link() is None


async def test_another_process_is_given_a_minute_to_show_its_link(house: House) -> None:
    assert await house.link(alone=False)
    assert await house.link(alone=False) is None
    house.clock.move(minutes=1)
    assert await house.link(alone=False)
