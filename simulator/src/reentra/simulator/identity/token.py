"""The token endpoint: an app's own token (client credentials), and a person's (authorization code)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reentra.simulator.cloud import TOKEN_SECONDS
from reentra.simulator.directory import Directory
from reentra.simulator.generator.first_party import GRAPH_APP_ID
from reentra.simulator.identity import consent, errors
from reentra.simulator.identity.assertion import ASSERTION_TYPE
from reentra.simulator.identity.discovery import base_url, issuer
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.registration import AppRegistration
from reentra.simulator.identity.sign_in import ANY_TENANT, IssuedCode, SignIn

_SERVED_AT = ("127.0.0.1", "localhost", "::1")
_GRAPH_HOST = re.compile(r"(dod-)?(microsoft)?graph\.")
_NOT_CACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def token(request: Request, sign_in: SignIn) -> Response:
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    form = _with_basic_credentials(request, form)
    grant = _needed(form, "grant_type")
    if grant == "client_credentials":
        answer = _for_app(request, sign_in, form)
    elif grant == "authorization_code":
        answer = _for_person(request, sign_in, form)
    else:
        raise SignInRefused(errors.UNSUPPORTED_GRANT, grant=grant)
    return JSONResponse(answer, headers=_NOT_CACHED)


def _for_app(request: Request, sign_in: SignIn, form: Mapping[str, str]) -> dict[str, Any]:
    tenant = request.path_params["tenant"]
    if tenant in ANY_TENANT:
        raise SignInRefused(errors.CONCRETE_TENANT_NEEDED, tenant=tenant)
    directory = sign_in.tenant(tenant)
    app = sign_in.app(_needed(form, "client_id"), directory.tenant_id)
    _authenticate(request, sign_in, app, form, directory.tenant_id)
    scope = _needed(form, "scope")
    if not scope.endswith("/.default") or " " in scope.strip():
        raise SignInRefused(errors.INVALID_SCOPE, scope=scope)
    _check_resource(scope.strip().removesuffix("/.default"), directory.tenant_id)
    roles = _consented_roles(directory, app)
    return {
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "ext_expires_in": TOKEN_SECONDS,
        "access_token": sign_in.cloud.issue_token(directory.tenant_id, app.app_id, roles=roles),
    }


def _check_resource(resource: str, tenant_id: str) -> None:
    """This cloud offers Graph alone: by its app id, a name of one of Microsoft's clouds, or wherever it is served."""
    host = urlsplit(resource).hostname or ""
    if resource != GRAPH_APP_ID and host not in _SERVED_AT and not _GRAPH_HOST.match(host):
        raise SignInRefused(errors.UNKNOWN_RESOURCE, resource=resource, tenant=tenant_id)


def _consented_roles(directory: Directory, app: AppRegistration) -> frozenset[str]:
    roles = consent.roles_of(directory, app.app_id)
    if roles is None:
        deleted = consent.deleted_principal_id_of(directory, app.app_id)
        refusal = errors.APP_NOT_IN_TENANT if deleted else errors.UNKNOWN_APP
        raise SignInRefused(refusal, app=app.app_id, tenant=directory.tenant_id)
    principal = directory.get(consent.principal_id_of(directory, app.app_id) or "")
    if app.is_disabled or (principal and not principal.get("accountEnabled", True)):
        raise SignInRefused(errors.APP_DISABLED, app=app.app_id, name=app.display_name)
    return roles


def _for_person(request: Request, sign_in: SignIn, form: Mapping[str, str]) -> dict[str, Any]:
    app = sign_in.app(_needed(form, "client_id"), request.path_params["tenant"])
    issued = sign_in.redeem_code(_needed(form, "code"))
    if issued.app_id != app.app_id:
        raise SignInRefused(errors.INVALID_CODE)
    if form.get("redirect_uri") != issued.redirect_uri:
        raise SignInRefused(errors.REDIRECT_MISMATCH, uri=form.get("redirect_uri", ""), app=app.app_id)
    _check_verifier(issued, form.get("code_verifier"))
    if app.is_confidential:
        _authenticate(request, sign_in, app, form, issued.account.tenant_id)
    lasting = {"expires_in": TOKEN_SECONDS, "ext_expires_in": TOKEN_SECONDS}
    answer = {"token_type": "Bearer", "scope": issued.scope, **lasting}
    answer["access_token"] = sign_in.key.sign(_person_claims(request, sign_in, issued) | {"aud": "simulated-graph"})
    if "openid" in issued.scope.split():
        answer["id_token"] = sign_in.key.sign(_person_claims(request, sign_in, issued))
    return answer


def _person_claims(request: Request, sign_in: SignIn, issued: IssuedCode) -> dict[str, Any]:
    now, account = int(sign_in.now()), issued.account
    pairwise = hashlib.sha256(f"{issued.app_id}{account.object_id}".encode()).digest()
    claims: dict[str, Any] = {
        "aud": issued.app_id,
        "iss": issuer(request, account.tenant_id),
        "iat": now,
        "nbf": now,
        "exp": now + TOKEN_SECONDS,
        "name": account.display_name,
        "oid": account.object_id,
        "preferred_username": account.user_principal_name,
        "sub": base64.urlsafe_b64encode(pairwise).rstrip(b"=").decode(),
        "tid": account.tenant_id,
        "ver": "2.0",
    }
    if issued.nonce is not None:
        claims["nonce"] = issued.nonce
    if account.role_template_ids:
        claims["wids"] = list(account.role_template_ids)
    return claims


def _check_verifier(issued: IssuedCode, verifier: str | None) -> None:
    if issued.code_challenge is None:
        return
    digest = hashlib.sha256((verifier or "").encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != issued.code_challenge:
        raise SignInRefused(errors.WRONG_VERIFIER)


def _authenticate(
    request: Request, sign_in: SignIn, app: AppRegistration, form: Mapping[str, str], tenant_id: str
) -> None:
    """By assertion when there is one, else by secret."""
    if assertion := form.get("client_assertion"):
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise SignInRefused(errors.ASSERTION_MALFORMED, reason="Its type is not jwt-bearer.")
        sign_in.assertions.verify(
            assertion,
            client_id=app.app_id,
            certificates=app.certificates,
            audiences=_audiences(request, tenant_id),
        )
    elif secret := form.get("client_secret"):
        _check_secret(app, secret, dt.datetime.fromtimestamp(sign_in.now(), dt.UTC))
    else:
        raise SignInRefused(errors.NO_CREDENTIAL)


def _check_secret(app: AppRegistration, value: str, now: dt.datetime) -> None:
    secret = app.secret_named(value)
    if secret is None:
        raise SignInRefused(errors.INVALID_SECRET, app=app.app_id)
    if secret.expires is not None and secret.expires < now:
        raise SignInRefused(errors.EXPIRED_SECRET, app=app.app_id)


def _audiences(request: Request, tenant_id: str) -> list[str]:
    """The token endpoint under the name the client used for the tenant, and under its id; or the issuer."""
    names = {request.path_params["tenant"], tenant_id}
    return [
        *(f"{base_url(request)}/{name}/oauth2/v2.0/token" for name in names),
        issuer(request, tenant_id),
    ]


def _needed(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise SignInRefused(errors.MISSING_PARAMETER, name=name)
    return value


def _with_basic_credentials(request: Request, form: dict[str, str]) -> dict[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (ValueError, binascii.Error) as error:
        raise SignInRefused(errors.NO_CREDENTIAL) from error
    return {"client_id": unquote_plus(user), "client_secret": unquote_plus(password)} | form
