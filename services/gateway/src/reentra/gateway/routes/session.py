"""Signing in with a password, and the session that follows."""

from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from reentra.common.errors import Forbidden
from reentra.common.people import Role, Session, Subject
from reentra.gateway.domain.permissions import Permission, granted
from reentra.gateway.operations.sign_in_limit import SignInLimit
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import SESSION_COOKIE, note, subject_of


class People(Protocol):
    async def verify(self, username: str, password: str) -> Subject: ...

    async def change_password(self, person_id: str, old: str, new: str) -> None: ...


class Sessions(Protocol):
    async def begin(self, subject: Subject) -> Session: ...

    async def resume(self, session_id: str) -> Session: ...

    async def holder(self, session_id: str) -> Subject | None: ...

    async def end(self, session_id: str) -> None: ...

    async def end_all(self, person_id: str, *, but: str | None = None) -> None: ...


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


def build_router(
    route_class: type[APIRoute], people: People, sessions: Sessions, limit: SignInLimit, *, secure_cookies: bool
) -> APIRouter:
    router = APIRouter(route_class=route_class, prefix="/api/v1/session", tags=["session"])

    @router.post("", summary="Sign in", status_code=201)
    async def sign_in(request: Request, response: Response, body: SignIn) -> Me:
        address = request.client.host if request.client else "unknown"
        await limit.count(body.username, address)
        request.state.actor = f"somebody at {address}"
        try:
            subject = await people.verify(body.username, body.password)
        except Forbidden:
            await limit.failed(address)
            raise
        await limit.succeeded(body.username, address)
        request.state.actor = subject.name
        session = await sessions.begin(subject)
        response.set_cookie(SESSION_COOKIE, session.id, httponly=True, samesite="lax", secure=secure_cookies, path="/")
        return _me(session)

    @router.get("", summary="Who is signed in")
    async def me(request: Request) -> Me:
        subject = subject_of(request)
        if subject.token_id is not None:
            return Me(**_fields(subject))
        return _me(await sessions.resume(request.cookies[SESSION_COOKIE]))

    @router.delete("", summary="Sign out", status_code=204)
    async def sign_out(request: Request, response: Response) -> None:
        if session_id := request.cookies.get(SESSION_COOKIE):
            await sessions.end(session_id)
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure_cookies)

    @router.put("/password", summary="Change the password; other sessions end", status_code=204)
    async def change_password(request: Request, body: PasswordChange) -> None:
        subject = subject_of(request)
        await limit.count(subject.name, subject.id)
        await people.change_password(subject.id, body.old_password, body.new_password)
        await sessions.end_all(subject.id, but=request.cookies.get(SESSION_COOKIE))
        note(request, person=subject.id)

    return router


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
