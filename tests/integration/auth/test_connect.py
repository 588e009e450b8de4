"""Tenants that bring their own app registration: what is proven, what is stored, what is said when it fails."""

import ssl
import time

import httpx
import pytest
from tests.certificates import key_and_certificate
from tests.integration.auth.conftest import OWN_APP, SECRET, World

from reentra.auth.operations.credentials import CREDENTIALS
from reentra.common.connecting import AppCredential
from reentra.common.errors import Conflict, NeedsConsent, NotFound, Rejected
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Query
from reentra.common.stores.tenants import TENANTS


@pytest.fixture(params=["certificate", "secret"])
def credential(request: pytest.FixtureRequest, pem: str) -> AppCredential:
    return AppCredential(OWN_APP, request.param, pem if request.param == "certificate" else SECRET)


async def test_connected_tenant_is_healthy_and_knows_its_domains(world: World, credential: AppCredential) -> None:
    tenant_id = await world.auth.connections.connect(world.own(credential))

    tenant = await world.tenants.get(tenant_id)
    assert tenant is not None
    assert (tenant.state, tenant.name, tenant.domain) == ("healthy", "Contoso", world.tenant.directory.domain)
    assert tenant.backup_client_id == OWN_APP
    assert (await world.tenants.called(tenant.domain.upper())).id == tenant_id


async def test_connecting_announces_the_tenant_in_the_same_write(world: World, credential: AppCredential) -> None:
    await world.auth.connections.connect(world.own(credential, frequency_minutes=60, immediate_backup=True))

    document = await world.stores.documents.get(TENANTS, world.tenant_id)
    assert document is not None
    [entry] = document.body["outbox"]
    assert entry["topic"] == "auth.tenant-connected.v1"
    assert (entry["data"]["frequency_minutes"], entry["data"]["immediate_backup"]) == (60, True)


async def test_stored_credential_is_encrypted_and_hands_out_tokens(world: World, credential: AppCredential) -> None:
    await world.auth.connections.connect(world.own(credential))

    stored = await world.stores.documents.find(CREDENTIALS, Query())
    assert credential.value not in str(stored)
    token = await world.auth.tokens.token(world.tenant_id, "backup")
    trusted = ssl.create_default_context(cafile=world.served.ca_file)
    async with httpx.AsyncClient(verify=trusted) as graph:
        answer = await graph.get(
            f"{world.served.graph_url}/v1.0/organization", headers={"Authorization": f"Bearer {token}"}
        )
    assert answer.json()["value"][0]["id"] == world.tenant_id


async def test_wrong_secret_is_one_sentence_and_stores_nothing(world: World) -> None:
    with pytest.raises(NeedsConsent, match="refused the credential") as refused:
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", "not-the-secret")))

    assert "not-the-secret" not in str(refused.value)
    assert await nothing_is_stored(world)


async def test_certificate_that_is_not_registered_is_refused(world: World) -> None:
    with pytest.raises(NeedsConsent, match="certificate"):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "certificate", key_and_certificate())))

    assert await nothing_is_stored(world)


async def test_unknown_tenant_is_not_found(world: World) -> None:
    elsewhere = TenantId("99999999-9999-4999-8999-999999999999")
    with pytest.raises(NotFound, match=elsewhere):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET), tenant_id=elsewhere))

    assert await nothing_is_stored(world)


async def test_app_without_consent_in_the_tenant_needs_consent(world: World) -> None:
    other = TenantId(world.served.tenants[1].tenant_id)
    with pytest.raises(NeedsConsent, match="consent"):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET), tenant_id=other))

    assert await nothing_is_stored(world)


async def test_disabled_app_is_told_from_a_missing_one(world: World) -> None:
    directory = world.tenant.directory
    [principal_id] = directory.find("servicePrincipal", "appId", OWN_APP)
    directory.patch(principal_id, {"accountEnabled": False})

    with pytest.raises(NeedsConsent, match="disabled"):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET)))

    directory.patch(principal_id, {"accountEnabled": True})
    assert await nothing_is_stored(world)


async def test_machine_with_a_wrong_clock_is_told_so(world: World, pem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The assertion's time is msal's, which asks nobody but the machine."""
    right = time.time
    monkeypatch.setattr("time.time", lambda: right() - 86_400)

    with pytest.raises(Rejected, match="clock"):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "certificate", pem)))

    assert await nothing_is_stored(world)


async def test_wrong_restore_credential_connects_nothing(world: World) -> None:
    good, bad = AppCredential(OWN_APP, "secret", SECRET), AppCredential(OWN_APP, "secret", "wrong")
    with pytest.raises(NeedsConsent):
        await world.auth.connections.connect(world.own(good, restore=bad))

    assert await nothing_is_stored(world)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tenant_id": "contoso"}, "not a GUID"),
        ({"name": "  "}, "name"),
        ({"frequency_minutes": 7}, "frequency"),
        ({"backup": AppCredential("x", "secret", SECRET)}, "client id"),
        ({"backup": AppCredential(OWN_APP, "secret", " ")}, "empty"),
        ({"backup": AppCredential(OWN_APP, "certificate", "hello")}, "no certificate"),
        ({"backup": AppCredential(OWN_APP, "certificate", key_and_certificate(days=-1))}, "expired"),
    ],
)
async def test_nonsense_is_rejected_in_a_sentence(world: World, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(Rejected, match=sentence):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET), **changes))

    assert await nothing_is_stored(world)


async def test_unknown_cloud_names_those_there_are(world: World) -> None:
    with pytest.raises(NotFound, match="gcc_high"):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET), cloud="moon"))


async def test_second_credential_overlaps_and_a_refused_one_is_passed_over(world: World, pem: str) -> None:
    await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "certificate", pem)))
    await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET)))
    world.served.sign_in.register_app(OWN_APP, "Own", secrets=["another"], certificates=[pem.encode()])

    assert await world.auth.tokens.token(world.tenant_id, "backup", renew=True)
    assert await world.stores.documents.count(CREDENTIALS, {}) == 2


async def test_third_credential_replaces_the_oldest(world: World, pem: str) -> None:
    registered = world.served.sign_in.app(OWN_APP, world.tenant_id)
    secrets, certificates = [*registered.secrets, "another"], registered.certificates
    roles = tuple(registered.app_roles)
    world.served.sign_in.register_app(OWN_APP, "Own", secrets=secrets, certificates=certificates, app_roles=roles)
    for credential in (("certificate", pem), ("secret", SECRET), ("secret", "another")):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, *credential)))

    assert await world.stores.documents.count(CREDENTIALS, {}) == 2


async def test_the_same_credential_given_again_counts_once(world: World, pem: str) -> None:
    for credential in (("secret", SECRET), ("certificate", pem), ("certificate", pem)):
        await world.auth.connections.connect(world.own(AppCredential(OWN_APP, *credential)))

    facts = await world.auth.connections.credentials(world.tenant_id)
    assert [one.kind for one in facts] == ["certificate", "secret"]
    assert await world.stores.documents.count(CREDENTIALS, {}) == 2
    assert await world.auth.tokens.token(world.tenant_id, "backup", renew=True)


async def test_name_of_another_tenant_is_refused_before_anything_is_asked(world: World) -> None:
    credential = AppCredential(OWN_APP, "secret", SECRET)
    await world.auth.connections.connect(world.own(credential))
    other = world.own(credential, name="CONTOSO", tenant_id=TenantId(world.served.tenants[1].tenant_id))

    with pytest.raises(Conflict, match="CONTOSO"):
        await world.auth.connections.connect(other)


async def test_revoked_consent_shows_on_the_tenant_and_goes_when_it_is_back(world: World) -> None:
    await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET)))
    world.served.sign_in.register_app(OWN_APP, "Own", secrets=["changed"], app_roles=("Organization.Read.All",))

    with pytest.raises(NeedsConsent):
        await world.auth.tokens.token(world.tenant_id, "backup", renew=True)
    refused = await world.tenants.get(world.tenant_id)
    world.served.sign_in.register_app(OWN_APP, "Own", secrets=[SECRET], app_roles=("Organization.Read.All",))
    await world.auth.tokens.token(world.tenant_id, "backup", renew=True)
    healed = await world.tenants.get(world.tenant_id)

    assert refused is not None
    assert healed is not None
    assert (refused.state, healed.state) == ("needs_consent", "healthy")
    assert "credential" in (refused.needs_consent_reason or "")


async def test_restore_without_a_restore_app_needs_consent(world: World) -> None:
    await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "secret", SECRET)))

    with pytest.raises(NeedsConsent, match="restore"):
        await world.auth.tokens.token(world.tenant_id, "restore")


async def test_removed_tenant_loses_its_credentials_and_comes_back(world: World) -> None:
    credential = AppCredential(OWN_APP, "secret", SECRET)
    await world.auth.connections.connect(world.own(credential))
    await world.auth.connections.disconnect(world.tenant_id)

    assert await nothing_is_stored(world)
    with pytest.raises(NotFound):
        await world.auth.tokens.token(world.tenant_id, "backup")
    await world.auth.connections.connect(world.own(credential))
    assert (await world.tenants.called("contoso")).state == "healthy"


async def nothing_is_stored(world: World) -> bool:
    return await world.stores.documents.count(CREDENTIALS, {}) == 0 and not await world.tenants.list()
