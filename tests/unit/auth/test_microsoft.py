"""ID tokens of a sign-in host that lies: whatever is not Microsoft's word for this very sign-in is refused."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from reentra.auth.adapters.microsoft import MicrosoftPeople
from reentra.auth.domain.id_tokens import SignedInPerson, SignInRequest
from reentra.auth.errors import ConsentRefused
from reentra.common.clients.clouds import Cloud
from reentra.common.clock import SystemClock
from reentra.common.connecting import AppCredential
from reentra.common.errors import RetryLater

LOGIN = "https://login.test"
TENANT = "11111111-1111-4111-8111-111111111111"
CLOUD = Cloud("custom", LOGIN, "https://graph.test")
APP = AppCredential("22222222-2222-4222-8222-222222222222", "secret", "s")
REQUEST = SignInRequest("state", "the-nonce", "verifier")
KEY = RSAKey.generate_key(2048, {"kid": "good"}, private=True)
ROGUE = RSAKey.generate_key(2048, {"kid": "good"}, private=True)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "aud": APP.client_id,
        "iss": f"{LOGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": "a-person",
        "nonce": REQUEST.nonce,
        "nbf": now - 5,
        "exp": now + 600,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key: RSAKey = KEY, **changes: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "good"}, claims(**changes), key)


class SignInHost:
    """Answers as it is told; counts how often its keys were read."""

    def __init__(self, id_token: str | None, *, host: str = LOGIN, keys: list[RSAKey] | None = None) -> None:
        self.id_token = id_token
        self.host = host
        self.keys = keys or [KEY]
        self.keys_read = 0
        self.status = 200

    def app(self) -> Starlette:
        async def discovery(_: Request) -> JSONResponse:
            paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            body = {name: f"{self.host}/{path}" for name, path in paths.items()}
            return JSONResponse(body | {"issuer": LOGIN + "/{tenantid}/v2.0"})

        async def keys(_: Request) -> JSONResponse:
            self.keys_read += 1
            return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

        async def token(_: Request) -> JSONResponse:
            body = {"id_token": self.id_token} if self.id_token else {"error": "invalid_grant"}
            return JSONResponse(body, self.status)

        return Starlette(
            routes=[
                Route("/organizations/v2.0/.well-known/openid-configuration", discovery),
                Route("/keys", keys),
                Route("/token", token, methods=["POST"]),
            ]
        )


Ask = Callable[[SignInHost], Any]


@pytest.fixture
def ask() -> Ask:
    async def person(host: SignInHost) -> SignedInPerson:
        people = MicrosoftPeople(SystemClock(), httpx.ASGITransport(host.app()))
        try:
            return await people.person(CLOUD, APP, "code", REQUEST, "https://here.test/back")
        finally:
            await people.close()

    return person


async def test_good_token_gives_tenant_and_person(ask: Ask) -> None:
    assert await ask(SignInHost(signed())) == SignedInPerson(TENANT, "a-person")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"iss": f"{LOGIN}/99999999-9999-4999-8999-999999999999/v2.0"},
        {"iss": f"https://evil.test/{TENANT}/v2.0"},
        {"iss": LOGIN + "/{tenantid}/v2.0"},
        {"tid": None},
        {"tid": "contoso.example"},
        {"tid": "99999999-9999-4999-8999-999999999999"},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4102444800, "exp": 4102445800},
        {"oid": None},
    ],
)
async def test_claims_that_do_not_fit_are_refused(ask: Ask, changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentRefused):
        await ask(SignInHost(signed(**changes)))


async def test_signature_of_another_key_is_refused(ask: Ask) -> None:
    with pytest.raises(ConsentRefused, match="signature"):
        await ask(SignInHost(signed(ROGUE)))


async def test_unsigned_token_is_refused(ask: Ask) -> None:
    header, payload, _ = signed().split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for token in (f"{unsigned}.{payload}.", f"{header}.{payload}."):
        with pytest.raises(ConsentRefused, match="signature"):
            await ask(SignInHost(token))


async def test_public_key_used_as_a_shared_secret_is_refused(ask: Ask) -> None:
    _, payload, _ = signed().split(".")
    header = urlsafe_b64encode(b'{"alg":"HS256","kid":"good"}').rstrip(b"=").decode()
    mac = hmac.digest(KEY.as_pem(private=False), f"{header}.{payload}".encode(), "sha256")
    forged = f"{header}.{payload}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    with pytest.raises(ConsentRefused, match="signature"):
        await ask(SignInHost(forged))


async def test_altered_payload_is_refused(ask: Ask) -> None:
    header, _, signature = signed().split(".")
    _, other, _ = signed(oid="somebody-else").split(".")

    with pytest.raises(ConsentRefused, match="signature"):
        await ask(SignInHost(f"{header}.{other}.{signature}"))


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", None])
async def test_what_is_no_token_is_refused(ask: Ask, token: str | None) -> None:
    with pytest.raises(ConsentRefused):
        await ask(SignInHost(token))


async def test_rolled_keys_are_read_again(ask: Ask) -> None:
    new = RSAKey.generate_key(2048, {"kid": "new"}, private=True)
    host = SignInHost(signed())
    people = MicrosoftPeople(SystemClock(), httpx.ASGITransport(host.app()))
    await people.person(CLOUD, APP, "code", REQUEST, "https://here.test/back")
    host.keys, host.id_token = [new], jwt.encode({"alg": "RS256", "kid": "new"}, claims(), new)

    person = await people.person(CLOUD, APP, "code", REQUEST, "https://here.test/back")

    assert person.object_id == "a-person"
    assert host.keys_read == 2


async def test_discovery_that_points_elsewhere_is_refused(ask: Ask) -> None:
    with pytest.raises(ConsentRefused, match="foreign"):
        await ask(SignInHost(signed(), host="https://evil.test"))


async def test_host_in_trouble_is_asked_again_later(ask: Ask) -> None:
    host = SignInHost(signed())
    host.status = 503

    with pytest.raises(RetryLater):
        await ask(host)
