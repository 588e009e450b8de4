"""Clients that nobody here wrote work against the simulated cloud over https: msal, azure-identity, msgraph-sdk."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msal
import pytest
import requests
from azure.identity.aio import ClientSecretCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.models.group import Group
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.user import User
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory, PageIterator

from reentra.simulator.server import ServedCloud, simulated_cloud

# The SDK warns about its own generated classes.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*deprecated.*")

APP = "44444444-aaaa-4aaa-8aaa-444444444444"
READER = "55555555-aaaa-4aaa-8aaa-555555555555"
SECRET = "the-secret"
SCOPE = ["https://graph.microsoft.com/.default"]
CALLBACK = "http://localhost:9/callback"
USERS = 250


@pytest.fixture(scope="module", name="key")
def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Client")])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


@pytest.fixture
async def served(certificate: x509.Certificate) -> AsyncIterator[ServedCloud]:
    async with simulated_cloud(users=USERS, seed=4) as served:
        served.sign_in.register_app(
            APP,
            "Client",
            secrets=[SECRET],
            certificates=[certificate],
            app_roles=["User.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All"],
            redirect_uris=[CALLBACK],
        )
        served.sign_in.register_app(READER, "Reader", secrets=[SECRET], app_roles=["User.Read.All"])
        for app_id in (APP, READER):
            served.sign_in.consent(served.tenants[0].tenant_id, app_id)
        yield served


# msal


def _msal_app(served: ServedCloud, credential: Any, **options: Any) -> msal.ConfidentialClientApplication:
    authority = f"{served.login_url}/{served.tenants[0].tenant_id}"
    session = requests.Session()
    session.trust_env = False  # a machine's REQUESTS_CA_BUNDLE would win over `verify`
    session.verify = str(served.ca_file)
    settings = {"authority": authority, "instance_discovery": False, "http_client": session}
    return msal.ConfidentialClientApplication(APP, client_credential=credential, **(settings | options))


def _certificate_credential(key: rsa.RSAPrivateKey, certificate: x509.Certificate, kind: str) -> dict[str, str]:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    if kind == "sha1":
        return {"private_key": pem, "thumbprint": certificate.fingerprint(hashes.SHA1()).hex()}
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return {"private_key": pem, "public_certificate": public}


async def test_msal_gets_a_token_with_a_secret(served: ServedCloud) -> None:
    answer = _msal_app(served, SECRET).acquire_token_for_client(SCOPE)

    token = served.cloud.read_token(answer["access_token"])
    assert token is not None
    assert token.roles == {"User.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All"}


@pytest.mark.parametrize("kind", ["sha256", "sha1"])
async def test_msal_gets_a_token_with_a_certificate(
    served: ServedCloud, key: rsa.RSAPrivateKey, certificate: x509.Certificate, kind: str
) -> None:
    answer = _msal_app(served, _certificate_credential(key, certificate, kind)).acquire_token_for_client(SCOPE)

    assert "access_token" in answer, answer


async def test_msal_finds_the_authority_by_instance_discovery(served: ServedCloud) -> None:
    discovery = f"{served.login_url}/common/discovery/instance"

    answer = _msal_app(served, SECRET, instance_discovery=discovery).acquire_token_for_client(SCOPE)

    assert "access_token" in answer, answer


async def test_msal_reports_a_bad_secret(served: ServedCloud) -> None:
    answer = _msal_app(served, "wrong").acquire_token_for_client(SCOPE)

    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [7000215])


async def test_msal_refuses_an_unknown_tenant(served: ServedCloud) -> None:
    authority = f"{served.login_url}/no-such-tenant.example"

    with pytest.raises(ValueError, match="authority configuration"):
        _msal_app(served, SECRET, authority=authority).acquire_token_for_client(SCOPE)


async def test_msal_signs_a_person_in_with_code_and_pkce(served: ServedCloud) -> None:
    app = _msal_app(served, SECRET)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=CALLBACK, response_mode="form_post")
    form = {
        "username": served.tenants[0].administrator,
        "password": served.sign_in.password,
        "decision": "sign-in",
    }
    async with httpx.AsyncClient(verify=_trust(served)) as browser:
        answer = await browser.post(flow["auth_uri"], data=form)
    callback = dict(re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', answer.text))

    result = app.acquire_token_by_auth_code_flow(flow, callback)

    claims = result["id_token_claims"]
    assert claims["preferred_username"] == served.tenants[0].administrator
    assert claims["iss"] == f"{served.login_url}/{served.tenants[0].tenant_id}/v2.0"


# msgraph-sdk, signing in through azure-identity


@dataclass
class Sdk:
    """Microsoft's client pointed at the simulated cloud; raises on anything it does not understand."""

    graph: GraphServiceClient
    served: ServedCloud

    @property
    def domain(self) -> str:
        return self.served.tenants[0].directory.domain


def _trust(served: ServedCloud) -> Any:
    return httpx.create_ssl_context(verify=str(served.ca_file))


async def _sdk(served: ServedCloud, app_id: str, stack: list[Any]) -> Sdk:
    credential = ClientSecretCredential(
        served.tenants[0].tenant_id,
        app_id,
        SECRET,
        authority=served.login_url,
        disable_instance_discovery=True,
        connection_verify=str(served.ca_file),
    )
    host = urlsplit(served.graph_url).hostname or ""
    provider = AzureIdentityAuthenticationProvider(credential, scopes=SCOPE, allowed_hosts=[host])
    client = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(verify=_trust(served)))
    adapter = GraphRequestAdapter(provider, client)
    adapter.base_url = f"{served.graph_url}/v1.0"
    stack += [credential.close, client.aclose]
    return Sdk(GraphServiceClient(request_adapter=adapter), served)


@pytest.fixture
async def sdk(served: ServedCloud) -> AsyncIterator[Sdk]:
    closers: list[Any] = []
    yield await _sdk(served, APP, closers)
    for close in closers:
        await close()


@pytest.fixture
async def reader(served: ServedCloud) -> AsyncIterator[Sdk]:
    closers: list[Any] = []
    yield await _sdk(served, READER, closers)
    for close in closers:
        await close()


def _users_query(**query: Any) -> RequestConfiguration[Any]:
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**query)
    return RequestConfiguration(query_parameters=parameters)


async def test_sdk_pages_through_all_users(sdk: Sdk) -> None:
    first = await sdk.graph.users.get(_users_query(top=60))
    names: list[str] = []

    def collect(user: User) -> bool:
        names.append(user.user_principal_name or "")
        return True

    await PageIterator(first, sdk.graph.request_adapter).iterate(collect)

    assert first is not None
    assert first.odata_next_link
    truth = {item["userPrincipalName"] for item in sdk.served.tenants[0].directory.objects("user")}
    assert len(names) == len(truth) == USERS
    assert set(names) == truth


async def test_sdk_reads_only_what_it_selects(sdk: Sdk) -> None:
    page = await sdk.graph.users.get(_users_query(select=["id", "accountEnabled", "assignedLicenses"], top=5))

    assert page is not None
    assert page.value
    user = page.value[0]
    assert (user.account_enabled, user.display_name) == (True, None)
    assert user.assigned_licenses


async def test_sdk_maps_errors(sdk: Sdk) -> None:
    with pytest.raises(ODataError) as caught:
        await sdk.graph.users.by_user_id("00000000-0000-4000-8000-000000000000").get()

    assert caught.value.response_status_code == 404
    assert caught.value.error is not None
    assert caught.value.error.code == "Request_ResourceNotFound"
    assert caught.value.error.inner_error is not None


async def test_sdk_is_told_what_it_may_not_do(reader: Sdk) -> None:
    with pytest.raises(ODataError) as caught:
        await reader.graph.groups.get()

    assert caught.value.response_status_code == 403
    assert caught.value.error is not None
    assert caught.value.error.code == "Authorization_RequestDenied"


def _new_user(domain: str) -> User:
    return User(
        account_enabled=True,
        display_name="Zoë Newcomer",
        mail_nickname="zoe.newcomer",
        user_principal_name=f"zoe.newcomer@{domain}",
        password_profile=PasswordProfile(password=base64.b64encode(b"A secret 123!").decode()),
    )


async def test_sdk_creates_a_user_and_a_group_links_and_deletes_them(sdk: Sdk) -> None:
    user = await sdk.graph.users.post(_new_user(sdk.domain))
    group = await sdk.graph.groups.post(
        Group(display_name="Newcomers", mail_nickname="newcomers", mail_enabled=False, security_enabled=True)
    )
    assert user is not None
    assert group is not None
    assert user.id is not None
    assert group.id is not None
    target = f"{sdk.served.graph_url}/v1.0/directoryObjects/{user.id}"
    await sdk.graph.groups.by_group_id(group.id).members.ref.post(ReferenceCreate(odata_id=target))
    members = await sdk.graph.groups.by_group_id(group.id).members.get()

    assert members is not None
    assert [type(member) for member in members.value or []] == [User]

    await sdk.graph.users.by_user_id(user.id).delete()
    await sdk.graph.groups.by_group_id(group.id).delete()
    directory = sdk.served.tenants[0].directory
    assert directory.deleted(user.id) is not None
    assert directory.deleted(group.id) is not None


async def test_sdk_follows_changes_by_delta(sdk: Sdk) -> None:
    query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["id", "displayName"])
    page = await sdk.graph.users.delta.get(RequestConfiguration(query_parameters=query))
    seen: set[str] = set()
    while page is not None and page.odata_next_link:
        seen |= {user.id or "" for user in page.value or []}
        page = await sdk.graph.users.delta.with_url(page.odata_next_link).get()
    assert page is not None
    assert page.odata_delta_link
    seen |= {user.id or "" for user in page.value or []}
    created = await sdk.graph.users.post(_new_user(sdk.domain))
    gone_id = sdk.served.tenants[0].directory.find("user", "userPrincipalName", sdk.served.tenants[0].ordinary_user)[0]
    await sdk.graph.users.by_user_id(gone_id).delete()

    changes = await sdk.graph.users.delta.with_url(page.odata_delta_link).get()

    assert len(seen) == USERS
    assert created is not None
    assert changes is not None
    by_id = {user.id: user for user in changes.value or []}
    assert set(by_id) == {created.id, gone_id}
    assert by_id[created.id].display_name == "Zoë Newcomer"
    assert by_id[gone_id].additional_data["@removed"] == {"reason": "changed"}


async def test_sdk_expands_owners_of_groups(sdk: Sdk) -> None:
    query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(expand=["owners($select=id)"], top=20)

    page = await sdk.graph.groups.get(RequestConfiguration(query_parameters=query))

    assert page is not None
    directory = sdk.served.tenants[0].directory
    for group in page.value or []:
        assert {owner.id for owner in group.owners or []} == set(directory.targets("owners", group.id or ""))
