"""Apps get tokens: by secret, by certificate, only where and what an administrator consented to."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.generator import GeneratedTenant, generate_tenant
from reentra.simulator.identity import ClientSecret, SignIn, build_identity_app, consent

APP = "11111111-aaaa-4aaa-8aaa-111111111111"
SECRET = "right-secret"
LOGIN = "https://login.test"


@dataclass
class Login:
    http: httpx.AsyncClient
    sign_in: SignIn
    tenant: GeneratedTenant

    async def token(self, *, tenant: str | None = None, **fields: str) -> httpx.Response:
        form = {
            "client_id": APP,
            "grant_type": "client_credentials",
            "scope": "https://graph.test/.default",
            "client_secret": SECRET,
        } | fields
        kept = {name: value for name, value in form.items() if value}
        return await self.http.post(f"/{tenant or self.tenant.tenant_id}/oauth2/v2.0/token", data=kept)

    async def token_by_assertion(self, assertion: str) -> httpx.Response:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return await self.token(client_secret="", client_assertion=assertion, client_assertion_type=kind)


@pytest.fixture
async def login() -> AsyncIterator[Login]:
    cloud = SimulatedCloud()
    tenant = generate_tenant(cloud, users=20, seed=1)
    sign_in = SignIn(cloud)
    sign_in.register_app(APP, "Reader", secrets=[SECRET], app_roles=["User.Read.All", "Group.Read.All"])
    sign_in.consent(tenant.tenant_id, APP)
    transport = httpx.ASGITransport(app=build_identity_app(sign_in))
    async with httpx.AsyncClient(transport=transport, base_url=LOGIN) as http:
        yield Login(http, sign_in, tenant)


async def test_secret_gives_a_token_with_the_consented_roles(login: Login) -> None:
    answer = await login.token()

    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    token = login.sign_in.cloud.read_token(body["access_token"])
    assert token is not None
    assert token.roles == {"User.Read.All", "Group.Read.All"}
    assert token.tenant_id == login.tenant.tenant_id


@pytest.mark.parametrize(("form", "status"), [("{}", 200), ("alias.{}", 200), ("planned-{}", 400), ("other.{}", 400)])
async def test_tenant_may_be_named_by_its_verified_domains(login: Login, form: str, status: int) -> None:
    domain = form.format(login.tenant.directory.domain)

    assert (await login.token(tenant=domain.title())).status_code == status


@pytest.mark.parametrize(
    ("fields", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": "99999999-aaaa-4aaa-8aaa-111111111111"}, 400, "unauthorized_client", 700016),
        ({"tenant": "nobody.example"}, 400, "invalid_request", 90002),
        ({"tenant": "organizations"}, 400, "invalid_request", 90019),
        ({"scope": "https://graph.test/User.Read"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://vault.azure.net/.default"}, 400, "invalid_resource", 500011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
    ],
)
async def test_refusals_carry_microsofts_numbers(
    login: Login, fields: dict[str, Any], status: int, error: str, number: int
) -> None:
    answer = await login.token(**fields)

    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert SECRET not in answer.text


async def test_expired_secret_is_told_apart_from_a_wrong_one(login: Login) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    login.sign_in.register_app(APP, "Reader", secrets=[ClientSecret(SECRET, expires=yesterday)])

    assert (await login.token()).json()["error_codes"] == [7000222]


async def test_app_without_consent_is_not_found_in_the_tenant(login: Login) -> None:
    other = generate_tenant(login.sign_in.cloud, users=10, seed=2)

    assert (await login.token(tenant=other.tenant_id)).json()["error_codes"] == [700016]


async def test_revoked_consent_ends_sign_in_and_consenting_again_brings_it_back(login: Login) -> None:
    consent.revoke(login.sign_in.cloud, login.tenant.directory, APP)
    assert (await login.token()).json()["error_codes"] == [7000229]

    login.sign_in.consent(login.tenant.tenant_id, APP)
    assert (await login.token()).status_code == 200


async def test_disabled_enterprise_application_gets_no_token(login: Login) -> None:
    principal_id = consent.principal_id_of(login.tenant.directory, APP)
    assert principal_id is not None
    login.tenant.directory.patch(principal_id, {"accountEnabled": False})

    assert (await login.token()).json()["error_codes"] == [7000112]


async def test_removed_permission_is_missing_from_the_next_token(login: Login) -> None:
    consent.remove_permission(login.sign_in.cloud, login.tenant.directory, APP, "Group.Read.All")

    token = login.sign_in.cloud.read_token((await login.token()).json()["access_token"])
    assert token is not None
    assert token.roles == {"User.Read.All"}


# Certificates


@dataclass
class Credential:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def assertion(
        self, *, algorithm: str = "PS256", more_header: Mapping[str, Any] | None = None, **changes: Any
    ) -> str:
        thumbprint = ("x5t#S256", hashes.SHA256()) if algorithm == "PS256" else ("x5t", hashes.SHA1())
        header = {"alg": algorithm, "typ": "JWT", thumbprint[0]: _encoded(self.certificate.fingerprint(thumbprint[1]))}
        now = int(dt.datetime.now(dt.UTC).timestamp())
        claims = {"iss": APP, "sub": APP, "jti": str(uuid.uuid4()), "nbf": now, "iat": now, "exp": now + 600}
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        registry = JWSRegistry(algorithms=[algorithm])
        registry.max_header_length = 10_000
        return jwt.encode(header | dict(more_header or {}), claims | changes, RSAKey.import_key(pem), registry=registry)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_credential(*, days: int = 30) -> Credential:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Reader")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=60)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=60 + days))
        .sign(key, hashes.SHA256())
    )
    return Credential(key, certificate)


@pytest.fixture(scope="module")
def credential() -> Credential:
    return new_credential()


def _register(login: Login, credential: Credential) -> str:
    """The audience a client puts into its assertion."""
    login.sign_in.register_app(
        APP,
        "Reader",
        certificates=[credential.certificate.public_bytes(serialization.Encoding.PEM)],
        app_roles=["User.Read.All"],
    )
    return f"{LOGIN}/{login.tenant.tenant_id}/oauth2/v2.0/token"


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
async def test_signed_assertion_gives_a_token(login: Login, credential: Credential, algorithm: str) -> None:
    audience = _register(login, credential)

    answer = await login.token_by_assertion(credential.assertion(algorithm=algorithm, aud=audience))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("refuses", "second"), [(False, 200), (True, 401)])
async def test_assertion_may_come_again_unless_replays_are_refused(
    login: Login, credential: Credential, refuses: bool, second: int
) -> None:
    login.sign_in.assertions.refuses_replays = refuses
    assertion = credential.assertion(aud=_register(login, credential))

    assert (await login.token_by_assertion(assertion)).status_code == 200
    assert (await login.token_by_assertion(assertion)).status_code == second


async def test_certificate_chain_in_the_header_is_accepted(login: Login, credential: Credential) -> None:
    audience = _register(login, credential)
    chain = [base64.b64encode(credential.certificate.public_bytes(serialization.Encoding.DER)).decode()]

    answer = await login.token_by_assertion(credential.assertion(more_header={"x5c": chain}, aud=audience))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"aud": "https://login.test/other/oauth2/v2.0/token"}, 700023),
        ({"iss": "someone else"}, 700021),
        ({"exp": 1_000_000}, 700024),
        ({"nbf": 4_000_000_000}, 700024),
        ({"jti": ""}, 50027),
    ],
)
async def test_wrong_claims_are_named(
    login: Login, credential: Credential, changes: dict[str, Any], number: int
) -> None:
    claims = {"aud": _register(login, credential)} | changes

    answer = await login.token_by_assertion(credential.assertion(**claims))

    assert answer.json()["error_codes"] == [number]


async def test_certificate_must_be_registered(login: Login, credential: Credential) -> None:
    audience = _register(login, credential)

    answer = await login.token_by_assertion(new_credential().assertion(aud=audience))

    assert answer.json()["error_codes"] == [700027]
    assert "not registered" in answer.json()["error_description"]


async def test_expired_certificate_is_refused(login: Login) -> None:
    expired = new_credential(days=-1)
    audience = _register(login, expired)

    answer = await login.token_by_assertion(expired.assertion(aud=audience))

    assert answer.json()["error_codes"] == [700027]
    assert "expired" in answer.json()["error_description"]


async def test_forged_signature_is_refused(login: Login, credential: Credential) -> None:
    audience = _register(login, credential)
    forger = Credential(new_credential().key, credential.certificate)

    answer = await login.token_by_assertion(forger.assertion(aud=audience))

    assert answer.json()["error_codes"] == [700027]
    assert "signature" in answer.json()["error_description"]


@pytest.mark.parametrize("assertion", ["nonsense", "a.b.c", "bnVsbA.e30.x"])
async def test_unreadable_assertion_is_refused(login: Login, credential: Credential, assertion: str) -> None:
    _register(login, credential)

    assert (await login.token_by_assertion(assertion)).json()["error_codes"] == [50027]


def test_unknown_permission_is_refused_at_registration() -> None:
    with pytest.raises(ValueError, match=r"User\.Raed\.All"):
        SignIn(SimulatedCloud()).register_app(APP, "Reader", app_roles=["User.Raed.All"])
