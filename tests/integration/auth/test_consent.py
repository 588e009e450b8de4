"""The browser's consent road against the simulated Microsoft cloud: the good way, and every way to lie."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.integration.auth.conftest import PRODUCT_APP, SESSION, World

from reentra.auth.errors import ConsentRefused
from reentra.auth.operations.consent import CONSENTS
from reentra.common.clock import SystemClock, to_text
from reentra.common.connecting import AddedTenant, ConsentWish
from reentra.common.errors import NeedsConsent, NotFound, Rejected
from reentra.common.stores.documents import Query
from reentra.common.stores.tenants import TENANTS

WISH = ConsentWish(cloud="custom", frequency_minutes=60, immediate_backup=True)


async def signed_in_answer(world: World, wish: ConsentWish = WISH, session: str = SESSION) -> dict[str, str]:
    """What Microsoft's sign-in sends back, not yet handed to auth."""
    url = await world.auth.connections.start_consent(session, wish)
    return await world.sign_in_at_microsoft(url, world.tenant.administrator)


async def consent_page(world: World) -> str:
    outcome = await world.auth.connections.signed_in(SESSION, await signed_in_answer(world))
    assert outcome.redirect_to is not None
    return outcome.redirect_to


async def consented_answer(world: World) -> dict[str, str]:
    return await world.decide_at_microsoft(await consent_page(world))


async def nothing_is_connected(world: World) -> bool:
    return not await world.tenants.list()


async def test_administrator_connects_the_tenant_and_the_wish_goes_out(world: World) -> None:
    outcome = await world.auth.connections.consented(SESSION, await consented_answer(world))

    assert outcome.tenant_id == world.tenant_id
    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert (tenant.state, tenant.backup_client_id, tenant.cloud) == ("healthy", PRODUCT_APP, "custom")
    document = await world.stores.documents.get(TENANTS, world.tenant_id)
    assert document is not None
    data = document.body["outbox"][0]["data"]
    assert (data["frequency_minutes"], data["immediate_backup"]) == (60, True)
    assert await world.auth.tokens.token(world.tenant_id, "backup")


async def test_sign_in_asks_with_pkce_state_and_nonce(world: World) -> None:
    url = await world.auth.connections.start_consent(SESSION, WISH)

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) >= 43
    assert len(query["nonce"]) >= 43
    stored = await world.stores.documents.find(CONSENTS, Query())
    assert query["state"] not in str(stored)


async def test_declined_consent_is_told_and_connects_nothing(world: World) -> None:
    answer = await world.decide_at_microsoft(await consent_page(world), "cancel")

    with pytest.raises(ConsentRefused, match="declined"):
        await world.auth.connections.consented(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_error_counts_although_admin_consent_is_true_beside_it(world: World) -> None:
    answer = await consented_answer(world) | {"error": "consent_required", "error_description": "no"}

    with pytest.raises(ConsentRefused):
        await world.auth.connections.consented(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_callback_that_names_another_tenant_is_not_believed(world: World) -> None:
    answer = await consented_answer(world) | {"tenant": world.served.tenants[1].tenant_id}

    with pytest.raises(ConsentRefused, match="another tenant"):
        await world.auth.connections.consented(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_callback_without_a_decision_is_refused(world: World) -> None:
    answer = {name: value for name, value in (await consented_answer(world)).items() if name != "admin_consent"}

    with pytest.raises(ConsentRefused):
        await world.auth.connections.consented(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_state_is_good_once(world: World) -> None:
    answer = await signed_in_answer(world)
    await world.auth.connections.signed_in(SESSION, answer)

    with pytest.raises(ConsentRefused, match="used already"):
        await world.auth.connections.signed_in(SESSION, answer)


async def test_consent_callback_is_good_once(world: World) -> None:
    answer = await consented_answer(world)
    await world.auth.connections.consented(SESSION, answer)

    with pytest.raises(ConsentRefused, match="used already"):
        await world.auth.connections.consented(SESSION, answer)


async def test_callback_that_was_not_finished_is_finished_by_loading_it_again(world: World) -> None:
    """Graph did not know the consent yet, or the process died while it asked: the browser still has the address."""
    answer = await consented_answer(world)
    directory = world.tenant.directory
    [principal_id] = directory.find("servicePrincipal", "appId", PRODUCT_APP)
    world.served.cloud.revoke_consent(world.tenant_id, PRODUCT_APP)
    directory.soft_delete(principal_id)
    with pytest.raises(NeedsConsent):
        await world.auth.connections.consented(SESSION, answer)
    assert await nothing_is_connected(world)

    world.served.sign_in.consent(world.tenant_id, PRODUCT_APP)
    outcome = await world.auth.connections.consented(SESSION, answer)

    assert outcome.tenant_id == world.tenant_id
    with pytest.raises(ConsentRefused, match="used already"):
        await world.auth.connections.consented(SESSION, answer)


async def test_refused_callback_is_used_up(world: World) -> None:
    answer = await consented_answer(world)
    with pytest.raises(ConsentRefused, match="declined"):
        await world.auth.connections.consented(SESSION, answer | {"error": "permission_denied"})

    with pytest.raises(ConsentRefused, match="used already"):
        await world.auth.connections.consented(SESSION, answer)


async def test_state_of_another_session_is_refused_and_stays_good_for_its_own(world: World) -> None:
    answer = await signed_in_answer(world)

    with pytest.raises(ConsentRefused):
        await world.auth.connections.signed_in("the-session-of-a-stranger", answer)

    assert (await world.auth.connections.signed_in(SESSION, answer)).redirect_to


async def test_state_of_one_step_does_not_open_the_other(world: World) -> None:
    first = await signed_in_answer(world)
    forged = {"state": first["state"], "tenant": world.tenant_id, "admin_consent": "True"}

    with pytest.raises(ConsentRefused):
        await world.auth.connections.consented(SESSION, forged)

    assert await nothing_is_connected(world)


@pytest.mark.parametrize("answer", [{}, {"state": ""}, {"state": "invented", "code": "x"}])
async def test_unknown_state_is_refused(world: World, answer: dict[str, str]) -> None:
    with pytest.raises(ConsentRefused):
        await world.auth.connections.signed_in(SESSION, answer)
    with pytest.raises(ConsentRefused):
        await world.auth.connections.consented(SESSION, answer)


async def test_state_that_took_too_long_is_refused(world: World) -> None:
    answer = await signed_in_answer(world)
    [document] = await world.stores.documents.find(CONSENTS, Query())
    past = to_text(SystemClock().now() - timedelta(seconds=1))
    body = document.body | {"expires_at": past}
    await world.stores.documents.replace(CONSENTS, document.id, body, revision=document.revision)

    with pytest.raises(ConsentRefused, match="too long"):
        await world.auth.connections.signed_in(SESSION, answer)


async def test_invented_or_missing_code_is_refused(world: World) -> None:
    for code in ({"code": "invented"}, {"code": ""}):
        answer = await signed_in_answer(world) | code
        with pytest.raises(ConsentRefused, match="code"):
            await world.auth.connections.signed_in(SESSION, answer)


async def test_code_of_another_sign_in_is_refused(world: World) -> None:
    """The attacker's own code under the victim's state: PKCE and nonce belong to another request."""
    mine, stolen = await signed_in_answer(world), await signed_in_answer(world, session="stranger")

    with pytest.raises(ConsentRefused):
        await world.auth.connections.signed_in(SESSION, mine | {"code": stolen["code"]})


async def test_consent_that_reaches_graph_late_is_waited_for(world: World) -> None:
    """Nobody consented, so every attempt is refused: the last refusal is told, after all of them."""
    answer = await consented_answer(world)
    world.served.cloud.revoke_consent(world.tenant_id, PRODUCT_APP)
    directory = world.tenant.directory
    for principal_id in list(directory.find("servicePrincipal", "appId", PRODUCT_APP)):
        directory.soft_delete(principal_id)

    with pytest.raises(NeedsConsent):
        await world.auth.connections.consented(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_cloud_without_the_products_registration_says_what_to_do(world: World) -> None:
    with pytest.raises(Rejected, match="own app registration"):
        await world.auth.connections.start_consent(SESSION, ConsentWish(cloud="global"))


async def test_consented_again_the_tenant_is_healthy_again(world: World) -> None:
    await world.auth.connections.consented(SESSION, await consented_answer(world))
    await world.auth.connections.registry.needs_consent(world.tenant_id, "It was revoked.")
    async with httpx.AsyncClient(verify=world.browser_trust) as fresh:
        world.browser = fresh
        await world.auth.connections.consented(SESSION, await consented_answer(world))

    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert (tenant.state, tenant.needs_consent_reason) == ("healthy", None)


async def test_account_of_another_organization_does_not_activate_the_tenant(world: World) -> None:
    wish = replace(WISH, tenant_id=world.served.tenants[1].tenant_id)
    answer = await signed_in_answer(world, wish)

    with pytest.raises(ConsentRefused, match="another organization"):
        await world.auth.connections.signed_in(SESSION, answer)

    assert await nothing_is_connected(world)


async def test_added_tenant_is_found_by_its_domain_and_activated_by_consent(world: World) -> None:
    domain = world.tenant.directory.domain
    added = await world.auth.connections.add(AddedTenant("Contoso", domain, "custom"))
    assert added == world.tenant_id
    before = await world.tenants.get(added)

    wish = replace(WISH, name="Contoso", tenant_id=added)
    outcome = await world.auth.connections.signed_in(SESSION, await signed_in_answer(world, wish))
    await world.auth.connections.consented(SESSION, await world.decide_at_microsoft(str(outcome.redirect_to)))

    after = await world.tenants.get(added)
    assert before is not None
    assert after is not None
    assert (before.state, after.state, after.domain) == ("needs_activation", "healthy", domain)


async def test_domain_that_nobody_verified_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match=r"nobody\.example"):
        await world.auth.connections.add(AddedTenant("Nobody", "nobody.example", "custom"))
