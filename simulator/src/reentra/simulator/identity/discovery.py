"""What clients read first: the OpenID configuration, the keys, and the list of login hosts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from reentra.simulator.identity import errors
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.sign_in import ANY_TENANT, SignIn


def base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def issuer(request: Request, tenant_id: str) -> str:
    return f"{base_url(request)}/{tenant_id}/v2.0"


def configuration(request: Request, sign_in: SignIn) -> Response:
    """With `organizations` and `common` the issuer is a template: the client puts in the token's tenant."""
    tenant = request.path_params["tenant"]
    if tenant in ANY_TENANT:
        segment, issued_by = tenant, issuer(request, "{tenantid}")
    else:
        segment = sign_in.tenant(tenant).tenant_id
        issued_by = issuer(request, segment)
    return JSONResponse(_document(f"{base_url(request)}/{segment}", issued_by, urlsplit(base_url(request)).netloc))


def keys(_request: Request, sign_in: SignIn) -> Response:
    return JSONResponse(sign_in.key.published())


def instance(request: Request, _sign_in: SignIn) -> Response:
    """Says that this host is a login host of its own cloud, so that clients go on trusting it."""
    asked = urlsplit(request.query_params.get("authorization_endpoint", ""))
    segments = [segment for segment in asked.path.split("/") if segment]
    if not segments:
        raise SignInRefused(errors.MISSING_PARAMETER, name="authorization_endpoint")
    host = urlsplit(base_url(request)).netloc
    return JSONResponse(
        {
            "tenant_discovery_endpoint": (f"{base_url(request)}/{segments[0]}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )


def _document(authority: str, issued_by: str, host: str) -> dict[str, Any]:
    return {
        "token_endpoint": f"{authority}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{authority}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email"],
        "issuer": issued_by,
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
        "http_logout_supported": True,
        "end_session_endpoint": f"{authority}/oauth2/v2.0/logout",
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid", "wids",
        ],
        "tenant_region_scope": "WW",
        "cloud_instance_name": host,
    }  # fmt: skip
