"""Microsoft's sign-in for people: OpenID Connect with code, PKCE, state and nonce (GRAPH.md 3).

Endpoints and keys come from discovery, kept for a day; keys are read again when a token names an unknown one.
"""

import re
import ssl
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from reentra.auth.adapters.assertion import client_proof
from reentra.auth.domain.id_tokens import SignedInPerson, SignInRequest, believed
from reentra.auth.errors import ConsentRefused
from reentra.common.clients.clouds import Cloud
from reentra.common.clock import Clock
from reentra.common.connecting import AppCredential
from reentra.common.errors import NotFound, RetryLater
from reentra.common.ids import TenantId

_SCOPE = "openid profile"
_DISCOVERY = "/organizations/v2.0/.well-known/openid-configuration"
_TENANT_OF_ISSUER = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:/|$)")
_KEPT_SECONDS = 24 * 3600
_TIMEOUT = httpx.Timeout(15.0)


@dataclass(slots=True)
class _Endpoints:
    authorize: str
    token: str
    keys_url: str
    issuer: str
    fetched: float
    keys: KeySet | None = None


class MicrosoftPeople:
    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        self._transport = transport
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._endpoints: dict[str, _Endpoints] = {}

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def sign_in_url(
        self, cloud: Cloud, client_id: str, request: SignInRequest, redirect_uri: str, *, domain: str = ""
    ) -> str:
        endpoints = await self._discovered(cloud)
        challenge = urlsafe_b64encode(sha256(request.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": redirect_uri,
            "scope": _SCOPE,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
            **({"domain_hint": domain} if domain else {}),
        }
        return f"{endpoints.authorize}?{urlencode(query)}"

    async def tenant_id_of(self, cloud: Cloud, domain: str) -> TenantId:
        """The discovery document of a domain names its tenant as the issuer."""
        url = f"{cloud.login_url}/{domain}/v2.0/.well-known/openid-configuration"
        try:
            response = await self._client(cloud).get(url)
            found = _TENANT_OF_ISSUER.search(str(response.json().get("issuer", "")).lower())
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            raise _unavailable(cloud) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise _unavailable(cloud)
        if response.is_error or found is None:
            raise NotFound(f"Microsoft knows no organization with the domain {domain[:100]!r} in cloud {cloud.name}.")
        return TenantId(found[1])

    def consent_url(self, cloud: Cloud, client_id: str, tenant_id: TenantId, state: str, redirect_uri: str) -> str:
        query = {
            "client_id": client_id,
            "scope": f"{cloud.graph_url}/.default",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{cloud.login_url}/{tenant_id}/v2.0/adminconsent?{urlencode(query)}"

    async def person(
        self, cloud: Cloud, credential: AppCredential, code: str, request: SignInRequest, redirect_uri: str
    ) -> SignedInPerson:
        endpoints = await self._discovered(cloud)
        form = {
            "client_id": credential.client_id,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": request.verifier,
            "scope": _SCOPE,
            **client_proof(credential, endpoints.token, self._clock.now()),
        }
        answer = await self._json(cloud, "POST", endpoints.token, form)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise ConsentRefused("Microsoft did not accept the sign-in's code. Start again.")
        claims = await self._signed_claims(cloud, endpoints, id_token)
        return believed(
            claims,
            client_id=credential.client_id,
            issuer_template=endpoints.issuer,
            nonce=request.nonce,
            now=self._clock.now(),
        )

    async def _signed_claims(self, cloud: Cloud, endpoints: _Endpoints, id_token: str) -> dict[str, Any]:
        """Once with the keys that are known, once more with fresh ones: Microsoft rolls them at any time."""
        fresh = False
        while True:
            if endpoints.keys is None:
                endpoints.keys, fresh = await self._keys(cloud, endpoints), True
            try:
                return dict(jwt.decode(id_token, endpoints.keys, algorithms=["RS256"]).claims)
            except (JoseError, ValueError) as error:
                if fresh:
                    raise ConsentRefused("The signature of Microsoft's answer is not valid. Start again.") from error
                endpoints.keys = None

    async def _keys(self, cloud: Cloud, endpoints: _Endpoints) -> KeySet:
        return KeySet.import_key_set(await self._json(cloud, "GET", endpoints.keys_url))  # type: ignore[arg-type]

    async def _discovered(self, cloud: Cloud) -> _Endpoints:
        known = self._endpoints.get(cloud.name)
        if known and time.monotonic() - known.fetched < _KEPT_SECONDS:
            return known
        document = await self._json(cloud, "GET", cloud.login_url + _DISCOVERY)
        found = _Endpoints(
            authorize=_on_host(cloud, document.get("authorization_endpoint")),
            token=_on_host(cloud, document.get("token_endpoint")),
            keys_url=_on_host(cloud, document.get("jwks_uri")),
            issuer=str(document.get("issuer", "")),
            fetched=time.monotonic(),
        )
        self._endpoints[cloud.name] = found
        return found

    async def _json(self, cloud: Cloud, method: str, url: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """Refusals of the token endpoint come back as their JSON, without an `id_token`."""
        try:
            response = await self._client(cloud).request(method, url, data=form)
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _unavailable(cloud) from error
        if response.status_code >= 500 or not isinstance(body, dict) or (method == "GET" and response.is_error):
            raise _unavailable(cloud)
        return body

    def _client(self, cloud: Cloud) -> httpx.AsyncClient:
        if cloud.name not in self._clients:
            verify = ssl.create_default_context(cafile=str(cloud.ca_file)) if cloud.ca_file else True
            self._clients[cloud.name] = httpx.AsyncClient(
                verify=verify, timeout=_TIMEOUT, trust_env=False, transport=self._transport
            )
        return self._clients[cloud.name]


def _on_host(cloud: Cloud, url: object) -> str:
    """Discovery may choose paths, never another host."""
    expected, given = urlsplit(cloud.login_url), urlsplit(str(url))
    if (given.scheme, given.netloc) != (expected.scheme, expected.netloc):
        raise ConsentRefused(
            f"The sign-in service of cloud {cloud.name} points to a foreign address. Check its settings."
        )
    return str(url)


def _unavailable(cloud: Cloud) -> RetryLater:
    return RetryLater(f"Microsoft's sign-in for cloud {cloud.name} cannot be reached. Try again in a minute.")
