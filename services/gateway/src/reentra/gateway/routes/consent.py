"""The browser's consent road: start, and the two addresses Microsoft sends the browser back to.

Callbacks answer with redirects into the portal; a refusal comes along as a sentence. The session cookie ties a
callback to the browser that began (SameSite=Lax lets it come along from Microsoft's page).
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from reentra.common.connecting import ConsentReturn, ConsentWish, Purpose
from reentra.common.errors import ReentraError, Rejected
from reentra.gateway.domain.coverage import AskedPermission, asked_permissions
from reentra.gateway.domain.permissions import allows
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import SESSION_COOKIE, GuardedRoute, note
from reentra.gateway.routes.paging import Listed
from reentra.gateway.routes.parts import Given, Parts

_LANDING = "/new-tenants"
_REDIRECT: dict[str, Any] = {
    "description": "On to Microsoft's consent page, or back into the portal with `connected` or `problem`.",
    "headers": {"Location": {"schema": {"type": "string"}, "example": f"{_LANDING}?connected=..."}},
}


class Wish(Body):
    name: str = Field("", max_length=200, description="Empty: the organization's own name.")
    cloud: str = Field("global", max_length=40)
    purpose: Purpose = "backup"
    frequency_minutes: int = 1440
    immediate_backup: bool = True
    tenant_id: str = Field("", max_length=60, description="Whoever signs in must be of this tenant. Empty: of any.")


class CloudView(BaseModel):
    """`purposes`: what "Sign in with Microsoft" can connect; others need an app registration of the tenant's own."""

    name: str = Field(examples=["global"])
    purposes: list[Purpose]


class SignInAddress(BaseModel):
    redirect_to: str = Field(examples=["https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?..."])


router = APIRouter(route_class=GuardedRoute, tags=["consent"])


@router.get("/api/v1/clouds", summary="Microsoft's clouds, and where this installation has its own registration")
async def list_clouds(parts: Given) -> Listed[CloudView]:
    return Listed(
        value=[CloudView(name=c.name, purposes=list(c.purposes)) for c in parts.identity.connections.clouds],
        next_link=None,
    )


@router.get("/api/v1/permissions", summary="What Microsoft asks an administrator to consent to, and for what")
async def list_permissions() -> Listed[AskedPermission]:
    return Listed(value=asked_permissions(), next_link=None)


@router.post("/api/v1/consent", summary="Where to sign in with Microsoft", status_code=201)
async def start(parts: Given, request: Request, body: Wish) -> SignInAddress:
    session_id = request.cookies.get(SESSION_COOKIE)
    if session_id is None:
        raise Rejected("The consent road needs a browser that is signed in; an API token cannot follow it.")
    wish = ConsentWish(**body.model_dump())
    note(request, cloud=body.cloud, purpose=body.purpose)
    return SignInAddress(redirect_to=await parts.identity.connections.start_consent(session_id, wish))


@router.get(
    "/connect/signed-in",
    summary="Microsoft's sign-in comes back here",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: _REDIRECT},
)
async def signed_in(parts: Given, request: Request) -> RedirectResponse:
    return await _come_back(parts, request, parts.identity.connections.signed_in)


@router.get(
    "/connect/consented",
    summary="Microsoft's consent comes back here",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: _REDIRECT},
)
async def consented(parts: Given, request: Request) -> RedirectResponse:
    return await _come_back(parts, request, parts.identity.connections.consented)


async def _come_back(
    parts: Parts, request: Request, step: Callable[[str, dict[str, str]], Awaitable[ConsentReturn]]
) -> RedirectResponse:
    try:
        session = await parts.identity.sessions.resume(request.cookies.get(SESSION_COOKIE, ""))
        request.state.actor = session.subject.name
        if not allows(session.subject, "tenants.connect"):
            raise Rejected("Your access does not allow connecting tenants. Ask an administrator.")
        outcome = await step(session.id, dict(request.query_params))
    except ReentraError as error:
        note(request, refused=error.code)
        told = urlencode({"problem": error.message, "code": error.code})
        return RedirectResponse(f"{_LANDING}?{told}", status_code=303)
    if outcome.redirect_to is not None:
        return RedirectResponse(outcome.redirect_to, status_code=303)
    note(request, tenant_id=outcome.tenant_id)
    return RedirectResponse(f"{_LANDING}?{urlencode({'connected': outcome.tenant_id or ''})}", status_code=303)
