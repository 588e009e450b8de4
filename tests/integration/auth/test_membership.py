"""Invitations, roles, and who is out at once: over the stores of one process and of several."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from tests.cutting import cutting
from tests.integration.auth.house import ANOTHER, PASSWORD, House, code_of, join

from reentra.auth.errors import NotSignedIn
from reentra.auth.operations.people import PEOPLE
from reentra.auth.operations.sessions import SESSIONS
from reentra.common.errors import Conflict, NotFound, Rejected
from reentra.common.people import EVERYWHERE, Reach
from reentra.common.snapshot.installation import create_installation
from reentra.common.stores.documents import Query
from reentra.common.stores.mongo import MongoDocuments, MongoSettings, connect
from reentra.common.testing.fakes import FakeClock


async def test_invited_person_sets_a_password_once(house: House) -> None:
    auth = house.process()
    made = await auth.membership.invite(" Ada@contoso.example ", "operator")

    assert made.link.startswith("https://reentra.test/set-up#")
    assert (made.person.name, made.person.state) == ("Ada@contoso.example", "invited")
    with pytest.raises(NotSignedIn):
        await auth.sign_in("ada@contoso.example", "")
    assert await auth.membership.opened(code_of(made)) == made.person
    with pytest.raises(Rejected, match="12"):
        await auth.membership.set_up(code_of(made), "short")
    subject = await auth.membership.set_up(code_of(made), PASSWORD)
    assert await auth.sign_in("ADA@contoso.example", PASSWORD) == subject
    assert subject.role == "operator"
    with pytest.raises(NotFound, match="used"):
        await auth.membership.set_up(code_of(made), ANOTHER)


async def test_two_browsers_with_one_link_set_one_password(house: House) -> None:
    auth = house.process()
    code = code_of(await auth.membership.invite("Ada", "viewer"))
    answers = await asyncio.gather(
        *(house.process().membership.set_up(code, f"{PASSWORD}-{n}") for n in range(4)), return_exceptions=True
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NotFound"] * 3 + ["Subject"]


async def test_link_ends_and_only_its_hash_is_stored(house: House) -> None:
    auth = house.process()
    code = code_of(await auth.membership.invite("Ada", "viewer"))
    stored = str(await house.documents.find(PEOPLE, Query()))
    house.clock.move(hours=72)

    assert code.partition(".")[2] not in stored
    with pytest.raises(NotFound):
        await auth.membership.opened(code)
    with pytest.raises(NotFound):
        await auth.membership.set_up(code, PASSWORD)


async def test_first_administrator_chooses_name_and_password_once_and_stays_the_local_one(house: House) -> None:
    auth = house.process()
    first = await auth.first_starts.begin(alone=True)
    assert first is not None
    code = first.link.partition("#")[2]
    session = await auth.sessions.begin(await auth.sign_in("admin", first.password))
    await join(auth, "Ada")

    assert (await auth.membership.opened(code)).may_choose_name
    with pytest.raises(Conflict, match="ada"):
        await auth.membership.set_up(code, PASSWORD, name="ada")
    grace = await auth.membership.set_up(code, PASSWORD, name=" Grace ")
    assert (grace.name, grace.role) == ("Grace", "admin")
    assert await auth.sign_in("grace", PASSWORD) == grace
    with pytest.raises(NotSignedIn):
        await auth.sign_in("admin", first.password)
    with pytest.raises(NotSignedIn):
        await auth.sessions.resume(session.id)
    with pytest.raises(NotFound, match="used"):
        await auth.membership.set_up(code, ANOTHER, name="Mallory")

    assert (await auth.token_of_local_administrator("file")).token.person_id == grace.id
    assert (await auth.renew_password()).username == "Grace"
    newer = await auth.membership.invite_local_administrator()
    assert await auth.membership.set_up(code_of(newer), ANOTHER) == grace


async def test_first_link_ends_with_the_first_password_that_is_chosen(house: House) -> None:
    auth = house.process()
    first = await auth.first_starts.begin(alone=True)
    assert first is not None
    admin = await auth.sign_in("admin", first.password)

    await auth.people.change_password(admin.id, first.password, PASSWORD)

    with pytest.raises(NotFound):
        await auth.membership.opened(first.link.partition("#")[2])


async def test_link_of_an_invitation_is_for_its_name(house: House) -> None:
    auth = house.process()
    made = await auth.membership.invite("Ada", "viewer")

    with pytest.raises(Rejected, match="one name"):
        await auth.membership.set_up(code_of(made), PASSWORD, name="admin")
    assert (await auth.membership.opened(code_of(made))).name == "Ada"


@pytest.mark.parametrize("code", ["", ".", "x", "x.y", ".y"])
async def test_a_code_that_is_none_opens_nothing(house: House, code: str) -> None:
    with pytest.raises(NotFound):
        await house.process().membership.opened(code)


async def test_secret_of_one_link_does_not_open_another(house: House) -> None:
    auth = house.process()
    mine, other = [code_of(await auth.membership.invite(name, "viewer")).split(".") for name in ("Ada", "Bob")]

    with pytest.raises(NotFound):
        await auth.membership.set_up(f"{other[0]}.{mine[1]}", PASSWORD)


async def test_names_are_given_once(house: House) -> None:
    auth = house.process()
    await auth.membership.invite("Ada", "viewer")

    with pytest.raises(Conflict, match="ADA already"):
        await auth.membership.invite("ADA", "viewer")
    with pytest.raises(Rejected):
        await auth.membership.invite("a\nb", "viewer")


@pytest.mark.parametrize("act", ["disable", "reset", "remove"])
async def test_who_ceases_to_have_access_is_out_in_every_process(house: House, act: str) -> None:
    auth, elsewhere = house.process(), house.process()
    await join(auth, "Boss")
    ada = await join(auth, "Ada", "operator")
    session = await elsewhere.sessions.begin(ada)
    token = (await auth.api_tokens.create(ada, "script", "admin", lifetime=timedelta(days=1))).secret
    assert await elsewhere.sessions.holder(session.id) is not None

    await getattr(auth.membership, act)(ada.id)

    assert await elsewhere.sessions.holder(session.id) is None
    for attempt in (
        elsewhere.sessions.resume(session.id),
        elsewhere.api_tokens.subject(token),
        elsewhere.sign_in("Ada", PASSWORD),
        elsewhere.sessions.begin(ada),
    ):
        with pytest.raises(NotSignedIn):
            await attempt
    assert await auth.api_tokens.list(ada.id) == []


async def test_disabled_person_comes_back_with_the_old_password(house: House) -> None:
    auth = house.process()
    await join(auth, "Boss")
    ada = await join(auth, "Ada", "viewer")
    await auth.membership.disable(ada.id)
    with pytest.raises(NotSignedIn, match="disabled"):
        await auth.sign_in("Ada", PASSWORD)
    with pytest.raises(NotSignedIn, match="wrong"):
        await auth.sign_in("Ada", ANOTHER)
    with pytest.raises(Rejected, match="Enable it first"):
        await auth.membership.reset(ada.id)

    assert (await auth.membership.enable(ada.id)).state == "active"
    assert await auth.sign_in("Ada", PASSWORD) == ada


async def test_link_of_an_invitation_dies_with_disabling(house: House) -> None:
    auth = house.process()
    made = await auth.membership.invite("Ada", "viewer")
    await auth.membership.disable(made.person.id)
    await auth.membership.enable(made.person.id)

    with pytest.raises(NotFound):
        await auth.membership.set_up(code_of(made), PASSWORD)


async def test_newer_link_replaces_the_older(house: House) -> None:
    auth = house.process()
    first = await auth.membership.invite("Ada", "viewer")
    second = await auth.membership.reset(first.person.id)

    with pytest.raises(NotFound):
        await auth.membership.set_up(code_of(first), PASSWORD)
    await auth.membership.set_up(code_of(second), PASSWORD)


async def test_changed_role_counts_for_sessions_that_run(house: House) -> None:
    auth = house.process()
    await join(auth, "Boss")
    ada = await join(auth, "Ada", "admin")
    session = await auth.sessions.begin(ada)
    await auth.membership.change_role(ada.id, "viewer")

    assert (await house.process().sessions.resume(session.id)).subject.role == "viewer"


async def test_limits_count_for_sessions_and_tokens_that_are_there_and_tokens_stay_within(house: House) -> None:
    auth, elsewhere = house.process(), house.process()
    one, two = Reach(frozenset({await house.tenant()})), Reach(frozenset({await house.tenant()}))
    ada = await join(auth, "Ada", "operator", one)
    session = await auth.sessions.begin(ada)
    of_person = await auth.api_tokens.create(ada, "all of hers", "admin")
    of_one = await auth.api_tokens.create(ada, "one", "read", reach=one)
    with pytest.raises(Rejected, match="no tenant"):
        await auth.api_tokens.create(ada, "more", "read", reach=two)
    assert (await elsewhere.sessions.resume(session.id)).subject.reach == one
    assert {token.reach for token in await auth.api_tokens.list(ada.id)} == {EVERYWHERE, one}

    assert (await auth.membership.change_tenants(ada.id, two)).reach == two

    assert (await elsewhere.sessions.resume(session.id)).subject.reach == two
    assert (await elsewhere.api_tokens.subject(of_person.secret)).reach == two
    assert (await elsewhere.api_tokens.subject(of_one.secret)).reach == Reach(frozenset())
    await auth.membership.change_tenants(ada.id, EVERYWHERE)
    assert (await elsewhere.api_tokens.subject(of_one.secret)).reach == one


async def test_lost_password_brings_the_local_administrator_back_to_all_tenants(house: House) -> None:
    auth = house.process()
    await auth.first_starts.begin(alone=True)
    local = await auth.people.named("admin")
    assert local is not None
    await join(auth, "Ada")
    await auth.membership.change_tenants(local.id, Reach(frozenset({await house.tenant()})))

    renewed = await auth.renew_password()

    assert (await auth.sign_in(renewed.username, renewed.password)).reach == EVERYWHERE


async def test_removal_whose_answer_is_lost_is_a_removal(mongo_address: str, tmp_path: Path) -> None:
    """MongoDB deleted the person, and asked once more it finds nobody."""
    with cutting(mongo_address) as way:
        connection = await connect(MongoSettings(url=SecretStr(way.url), database=f"test-{uuid4().hex}"))
        house = House(MongoDocuments(connection.database), FakeClock(), create_installation(tmp_path / "keys"))
        auth = house.process()
        await join(auth, "Grace")
        ada = await join(auth, "Ada")
        session = await auth.sessions.begin(ada)

        way.lose("delete")
        assert (await auth.membership.remove(ada.id)).name == "Ada"
        assert way.lost == 1
        assert await house.states() == {"Grace": ("admin", "active")}
        assert await house.documents.find(SESSIONS, Query()) == []
        with pytest.raises(NotSignedIn):
            await auth.sessions.resume(session.id)
        with pytest.raises(NotFound):
            await auth.membership.remove(ada.id)
        await connection.database.client.drop_database(connection.database.name)
        await connection.close()
