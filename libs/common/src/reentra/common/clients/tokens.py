"""Access tokens for Graph by client credentials: certificate (preferred) or secret, through msal.

`TokenSource` is what the Graph client asks; auth answers it from stored credentials, with `MsalTokens` inside.
Tokens and credentials never reach a log, an error or a representation.
"""

import asyncio
import re
import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, Protocol

import msal
import requests

from reentra.common.clients.clouds import Cloud
from reentra.common.connecting import AppCredential
from reentra.common.errors import NeedsConsent, NotFound, ReentraError, Rejected, RetryLater
from reentra.common.ids import TenantId

Purpose = Literal["backup", "restore"]

_AADSTS = re.compile(r"AADSTS\d+")
_LOGIN_TIMEOUT_SECONDS = 30
_KEPT_APPLICATIONS = 512
_STUMBLES = frozenset({408, 429})
_TENANT_UNKNOWN = frozenset({"AADSTS90002", "AADSTS900021"})
_APP_NOT_IN_TENANT = frozenset({"AADSTS700016", "AADSTS7000229", "AADSTS65001"})
_APP_DISABLED = frozenset({"AADSTS7000112", "AADSTS70001"})
_OUT_OF_TIME = "AADSTS700024"
_TEMPORARY = frozenset({"temporarily_unavailable", "server_error", "slow_down", "service_unavailable"})


class TokenSource(Protocol):
    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        """A bearer for Graph. `renew`: the last one was refused, so take a new one even if it still looks valid.
        Raises NeedsConsent, RetryLater, NotFound (the tenant is gone) or Rejected."""


@dataclass(slots=True)
class _Application:
    """msal's object is not safe for two threads at once: one lock each."""

    client: msal.ConfidentialClientApplication
    lock: threading.Lock


class MsalTokens:
    """Tokens of any number of tenants; msal's cache is kept per cloud, tenant and credential."""

    def __init__(self) -> None:
        self._applications: dict[str, _Application] = {}
        self._making = threading.Lock()

    async def token(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential, *, renew: bool = False) -> str:
        return await asyncio.to_thread(self._token, cloud, tenant_id, credential, renew)

    def _token(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential, renew: bool) -> str:
        try:
            application = self._application(cloud, tenant_id, credential, renew)
            with application.lock:
                answer = application.client.acquire_token_for_client(scopes=[cloud.scope])
        except requests.HTTPError as error:
            raise _stumbling(cloud, error.response) from None
        except requests.RequestException as error:
            raise _unreachable(cloud, error) from None
        except ValueError as error:
            raise _unusable(cloud, tenant_id, credential, error) from None
        token = (answer or {}).get("access_token")
        if not token:
            self._forget(application)
            raise token_failure(answer or {}, tenant_id, credential.client_id)
        return str(token)

    def _forget(self, application: _Application) -> None:
        """msal repeats a refusal by itself for a minute, while an administrator may put it right at once."""
        with self._making:
            self._applications = {key: known for key, known in self._applications.items() if known is not application}

    def _application(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential, renew: bool) -> _Application:
        """Renewing means a new cache: msal has no other way to pass over a token that still looks valid."""
        key = _key_of(cloud, tenant_id, credential)
        with self._making:
            known = None if renew else self._applications.get(key)
        if known is not None:
            return known
        made = _Application(_msal_application(cloud, tenant_id, credential), threading.Lock())
        with self._making:
            while len(self._applications) >= _KEPT_APPLICATIONS:
                self._applications.pop(next(iter(self._applications)))
            self._applications[key] = made
        return made


def _key_of(cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> str:
    parts = (cloud.name, cloud.login_url, tenant_id, credential.client_id, credential.kind, credential.value)
    return sha256("\n".join(parts).encode()).hexdigest()


def _msal_application(
    cloud: Cloud, tenant_id: TenantId, credential: AppCredential
) -> msal.ConfidentialClientApplication:
    """The certificate's SHA-256 thumbprint makes msal sign with PS256 and `x5t#S256`. Instance discovery would ask
    Microsoft's public host about a host it cannot know."""
    proof: Any = credential.value
    if credential.kind == "certificate":
        proof = {"private_key": credential.value, "public_certificate": credential.value}
    return msal.ConfidentialClientApplication(
        credential.client_id,
        authority=f"{cloud.login_url}/{tenant_id}",
        client_credential=proof,
        instance_discovery=False,
        validate_authority=False,
        http_client=_LoginClient(cloud),
        enable_pii_log=False,
    )


class _LoginClient(requests.Session):
    """Explicit timeout, the cloud's own certificate authority, nothing from the environment. Raises HTTPError for what
    is neither an answer nor a refusal: to msal, a throttled discovery document is a tenant that does not exist, and a
    page of a proxy a key that cannot be read."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = str(cloud.ca_file) if cloud.ca_file else True

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", _LOGIN_TIMEOUT_SECONDS)
        kwargs["allow_redirects"] = False
        response = super().request(*args, **kwargs)
        if response.status_code in _STUMBLES or response.status_code >= 500 or not _is_answer(response, args[0]):
            raise requests.HTTPError(response=response)
        return response


def _is_answer(response: requests.Response, method: str) -> bool:
    """A document, a token, or a refusal in OAuth's words (RFC 6749, 5.2). One of a document needs no body."""
    if not response.content and method.upper() == "GET" and response.status_code >= 400:
        return True
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and (response.status_code == 200 or (response.status_code >= 400 and "error" in body))


def token_failure(answer: dict[str, Any], tenant_id: str, client_id: str) -> ReentraError:
    """From an OAuth error to what the caller can do. The AADSTS number is kept so that people can look it up; the
    rest of Microsoft's description is not shown."""
    error = str(answer.get("error") or "no_token")
    number = _number_of(answer)
    shown = f"{error}, {number}" if number else error
    known = {"tenant": tenant_id, "client_id": client_id, "oauth_error": error, "aadsts": number}
    if error in _TEMPORARY:
        return RetryLater(f"Microsoft's sign-in is busy ({shown}); try again in a minute.", **known)
    if number in _TENANT_UNKNOWN:
        return NotFound(f"Microsoft knows no tenant {tenant_id} in this cloud ({shown}); check the tenant id.", **known)
    if number == _OUT_OF_TIME:
        return Rejected(
            f"Microsoft refused the assertion of app {client_id} because of its time ({shown}); "
            "set this machine's clock right.",
            **known,
        )
    if number in _APP_DISABLED:
        return NeedsConsent(
            f"The app {client_id} is disabled for tenant {tenant_id} ({shown}); "
            "let its owner, or an administrator of the tenant, enable it again.",
            **known,
        )
    if number in _APP_NOT_IN_TENANT or error == "unauthorized_client":
        return NeedsConsent(
            f"The app {client_id} is not, or not yet, consented in tenant {tenant_id}, or was deleted ({shown}); "
            "let an administrator of the tenant consent to it, or connect the tenant with another app.",
            **known,
        )
    if error == "invalid_client":
        return NeedsConsent(
            f"Microsoft refused the credential of app {client_id} ({shown}); it is wrong, expired or was removed. "
            "Connect the tenant again with a valid certificate or secret.",
            **known,
        )
    if error in ("invalid_grant", "access_denied", "consent_required", "interaction_required"):
        return NeedsConsent(
            f"Tenant {tenant_id} does not let app {client_id} in ({shown}); let an administrator consent again.",
            **known,
        )
    return Rejected(f"Microsoft gave no token to app {client_id} for tenant {tenant_id} ({shown}).", **known)


def _number_of(answer: dict[str, Any]) -> str:
    codes = answer.get("error_codes")
    if isinstance(codes, list) and codes:
        return f"AADSTS{codes[0]}"
    found = _AADSTS.search(str(answer.get("error_description") or ""))
    return found.group() if found else ""


def _unreachable(cloud: Cloud, error: requests.RequestException) -> ReentraError:
    kind = type(error).__name__
    if isinstance(error, requests.exceptions.SSLError):
        return RetryLater(f"The sign-in host {cloud.login_url} shows a certificate that is not trusted ({kind}).")
    return RetryLater(f"The sign-in host {cloud.login_url} does not answer ({kind}); try again in a minute.")


def _stumbling(cloud: Cloud, response: requests.Response | None) -> ReentraError:
    """`after_seconds` only when the host names it."""
    after = response.headers.get("Retry-After", "") if response is not None else ""
    status = response.status_code if response is not None else 0
    known = {"after_seconds": int(after)} if after.isdecimal() else {}
    said = f"gives no usable answer (status {status or 'none'})"
    if 400 <= status < 500 and status not in _STUMBLES:
        said = f"gives status {status}, no answer of a sign-in: does a proxy stand before it"
        return RetryLater(f"The sign-in host {cloud.login_url} {said}? Try again in a minute.", **known)
    return RetryLater(f"The sign-in host {cloud.login_url} {said}; try again in a minute.", **known)


def _unusable(cloud: Cloud, tenant_id: str, credential: AppCredential, error: ValueError) -> ReentraError:
    """msal raises ValueError for a broken key, and for a tenant whose discovery document does not exist."""
    number = _AADSTS.search(str(error))
    if number is not None or "authority" in str(error).lower():
        shown = number.group() if number else "no discovery document"
        return NotFound(f"Microsoft knows no tenant {tenant_id} at {cloud.login_url} ({shown}); check the tenant id.")
    what = "certificate file" if credential.kind == "certificate" else "secret"
    return Rejected(f"The {what} of app {credential.client_id} cannot be used; it must hold a key and its certificate.")
