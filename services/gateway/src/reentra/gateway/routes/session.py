"""Signing in with a password, and the session that follows."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from reentra.common.errors import Forbidden
from reentra.common.people import Role, Session, Subject
from reentra.gateway.domain.permissions import Permission, granted
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import SESSION_COOKIE, GuardedRoute, note, subject_of
from reentra.gateway.routes.parts import Given


class SignIn(Body):
    username: str = Field(max_length=200, examples=["admin"])
    password: str = Field(max_length=1024, examples=["fj3kd-8sn2p-q7m4x-w9rtz"])


class PasswordChange(Body):
    old_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)


class Me(BaseModel):
    """Who is signed in. A session's `csrf_token` goes into the X-CSRF-Token header of every change."""

    id: str
    name: str = Field(examples=["admin"])
    role: Role = Field(examples=["admin"])
    scope: str | None = Field(default=None, description="Of the API token; null in a browser.")
    permissions: list[Permission] = Field(description="What this caller may do; routes name theirs as x-permission.")
    tenants: list[str] | None = Field(description="The only tenants that this caller sees; null: all.")
    csrf_token: str | None = None
    expires_at: str | None = Field(default=None, examples=["2026-11-24T12:00:00.000000Z"])


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/session", tags=["session"])


@router.post("", summary="Sign in", status_code=201)
async def sign_in(parts: Given, request: Request, response: Response, body: SignIn) -> Me:
    address = request.client.host if request.client else "unknown"
    await parts.limit.count(body.username, address)
    request.state.actor = f"somebody at {address}"
    try:
        subject = await parts.identity.people.verify(body.username, body.password)
    except Forbidden:
        await parts.limit.failed(address)
        raise
    await parts.limit.succeeded(body.username, address)
    request.state.actor = subject.name
    session = await parts.identity.sessions.begin(subject)
    response.set_cookie(
        SESSION_COOKIE, session.id, httponly=True, samesite="lax", secure=parts.secure_cookies, path="/"
    )
    return _me(session)


@router.get("", summary="Who is signed in")
async def me(parts: Given, request: Request) -> Me:
    subject = subject_of(request)
    if subject.token_id is not None:
        return Me(**_fields(subject))
    return _me(await parts.identity.sessions.resume(request.cookies[SESSION_COOKIE]))


@router.delete("", summary="Sign out", status_code=204)
async def sign_out(parts: Given, request: Request, response: Response) -> None:
    if session_id := request.cookies.get(SESSION_COOKIE):
        await parts.identity.sessions.end(session_id)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=parts.secure_cookies)


@router.put("/password", summary="Change the password; other sessions end", status_code=204)
async def change_password(parts: Given, request: Request, body: PasswordChange) -> None:
    subject = subject_of(request)
    await parts.limit.count(subject.name, subject.id)
    await parts.identity.people.change_password(subject.id, body.old_password, body.new_password)
    await parts.identity.sessions.end_all(subject.id, but=request.cookies.get(SESSION_COOKIE))
    note(request, person=subject.id)


def _me(session: Session) -> Me:
    return Me(**_fields(session.subject), csrf_token=session.csrf_token, expires_at=session.expires_at)


def _fields(subject: Subject) -> dict[str, Any]:
    return {
        "id": subject.id,
        "name": subject.name,
        "role": subject.role,
        "scope": subject.scope,
        "permissions": sorted(granted(subject)),
        "tenants": subject.reach.listed,
    }
