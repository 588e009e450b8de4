"""The page behind an invitation's link: whom it is for, and their first password. Nobody is signed in here; the code
from the link decides, once."""

from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from reentra.common.errors import NotFound
from reentra.common.people import Person, Role, Subject
from reentra.gateway.operations.sign_in_limit import SignInLimit
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import note

_NAME = "set-up link"
"""Under which the limit counts attempts of an address, beside the names that sign in."""


class Links(Protocol):
    async def opened(self, code: str) -> Person: ...

    async def set_up(self, code: str, password: str) -> Subject: ...


class LinkCode(Body):
    code: str = Field(max_length=200, description="What stands behind the # of the link.")


class SetUp(LinkCode):
    password: str = Field(max_length=1024)


class InvitationView(BaseModel):
    name: str = Field(examples=["ada@contoso.example"])
    role: Role
    ends_at: str | None


def build_router(route_class: type[APIRoute], links: Links, limit: SignInLimit) -> APIRouter:
    router = APIRouter(route_class=route_class, prefix="/api/v1/set-up", tags=["people"])

    @router.post("/invitation", summary="Whom a set-up link is for; the link stays as it is")
    async def look(request: Request, body: LinkCode) -> InvitationView:
        address = await _count(request)
        try:
            person = await links.opened(body.code)
        except NotFound:
            await limit.failed(address)
            raise
        await limit.succeeded(_NAME, address)
        return InvitationView(name=person.name, role=person.role, ends_at=person.invitation_ends_at)

    @router.post("", summary="Set the first password; the link is used up", status_code=204)
    async def set_up(request: Request, body: SetUp) -> None:
        address = await _count(request)
        request.state.actor = f"somebody at {address}"
        try:
            subject = await links.set_up(body.code, body.password)
        except NotFound:
            await limit.failed(address)
            raise
        await limit.succeeded(_NAME, address)
        request.state.actor = subject.name
        note(request, person=subject.name)

    async def _count(request: Request) -> str:
        address = request.client.host if request.client else "unknown"
        await limit.count(_NAME, address)
        return address

    return router
