"""One administrator always remains, whoever takes whom away at once: over the stores of one process and of several."""

import asyncio
from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from tests.integration.auth.house import ANOTHER, PASSWORD, House, Paused, join

from reentra.auth.app import Auth
from reentra.auth.operations.people import PEOPLE
from reentra.common.errors import Conflict, ReentraError
from reentra.common.people import Reach, Subject


@pytest.mark.parametrize("act", ["disable", "reset", "remove", "change_role", "change_tenants"])
async def test_last_administrator_stays(house: House, act: str) -> None:
    auth = house.process()
    ada = await join(auth, "Ada")
    await join(auth, "Bob", "operator")
    await auth.membership.invite("Eve", "admin")  # who has no password yet

    mine = Reach(frozenset({await house.tenant()}))
    await join(auth, "Zoe", reach=mine)  # who could not give others access
    more = {"change_role": ("operator",), "change_tenants": (mine,)}.get(act, ())
    with pytest.raises(Conflict, match="last administrator"):
        await getattr(auth.membership, act)(ada.id, *more)
    assert (await house.states())["Ada"] == ("admin", "active")
    assert await auth.sign_in("Ada", PASSWORD) == ada


async def test_two_who_take_each_other_away_leave_one(house: House) -> None:
    """Each stops between making sure that the other remains and writing."""
    ada, bob = [await join(house.process(), name) for name in ("Ada", "Bob")]
    slow = Paused(house.documents)
    disabling = asyncio.create_task(house.process(slow).membership.disable(ada.id))
    await slow.reached.wait()
    await house.process().membership.change_role(bob.id, "viewer")
    slow.released.set()

    with pytest.raises(Conflict, match="last administrator"):
        await disabling
    assert await house.states() == {"Ada": ("admin", "active"), "Bob": ("viewer", "active")}


async def test_process_that_dies_in_the_middle_leaves_nobody_uncounted_for_ever(house: House) -> None:
    ada, bob = [await join(house.process(), name) for name in ("Ada", "Bob")]
    dying = Paused(house.documents)
    disabling = asyncio.create_task(house.process(dying).membership.disable(ada.id))
    await dying.reached.wait()
    disabling.cancel()
    await asyncio.wait([disabling])

    await house.process().membership.remove(bob.id)
    assert await house.states() == {"Ada": ("admin", "active")}


async def test_however_many_take_away_however_many_one_remains(house: House) -> None:
    everybody = [await join(house.process(), f"admin {n}") for n in range(4)]
    processes = [house.process() for _ in everybody]

    async def take_away(auth: Auth, other: Subject) -> None:
        with suppress(ReentraError):
            await auth.membership.disable(other.id)

    await asyncio.gather(*(take_away(auth, other) for auth in processes for other in everybody))

    assert len([one for one in (await house.states()).values() if one == ("admin", "active")]) >= 1


async def test_administrator_of_before_keeps_access_and_counts(house: House) -> None:
    """The document's shape before people could be invited."""
    old = {
        "username": "admin",
        "name": "admin",
        "role": "admin",
        "password_hash": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD),
        "created_at": "2026-11-01T00:00:00.000000Z",
    }
    await house.documents.insert(PEOPLE, "old", old)
    auth = house.process()
    admin = await auth.sign_in("admin", PASSWORD)
    session = await auth.sessions.begin(admin)
    [shown] = await auth.membership.list(limit=10)

    assert await auth.first_starts.begin(alone=True) is None
    assert (await auth.sessions.resume(session.id)).subject == admin
    assert (shown.state, shown.invitation_ends_at) == ("active", None)
    assert shown.last_sign_in_at is not None
    with pytest.raises(Conflict, match="last administrator"):
        await auth.membership.disable("old")
    await auth.people.change_password("old", PASSWORD, ANOTHER)
    assert await auth.sign_in("admin", ANOTHER) == admin


@pytest.mark.parametrize("act", ["disable", "remove", "change_role"])
async def test_whoever_holds_the_data_folder_brings_the_local_administrator_back(house: House, act: str) -> None:
    auth = house.process()
    first = await auth.first_starts.begin(alone=True)
    assert first is not None
    admin = await auth.sign_in("admin", first.password)
    await join(auth, "Ada")
    more = ("viewer",) if act == "change_role" else ()
    await getattr(auth.membership, act)(admin.id, *more)

    renewed = await auth.renew_password()
    assert (await auth.sign_in("admin", renewed.password)).role == "admin"
