"""The page behind a set-up link: whom it is for, and their first password. Nobody is signed in here; the code from the
link decides, once."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from reentra.common.errors import NotFound
from reentra.common.people import Role
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import GuardedRoute, note
from reentra.gateway.routes.parts import Given, Parts

_NAME = "set-up link"
"""Under which the limit counts attempts of an address, beside the names that sign in."""


class LinkCode(Body):
    code: str = Field(max_length=200, description="What stands behind the # of the link.")


class SetUp(LinkCode):
    password: str = Field(max_length=1024)
    name: str | None = Field(
        default=None, max_length=100, description="To sign in with, where `may_choose_name`; null leaves it as it is."
    )


class InvitationView(BaseModel):
    name: str = Field(examples=["ada@contoso.example"])
    role: Role
    is_limited: bool = Field(description="To some tenants.")
    ends_at: str | None
    may_choose_name: bool = Field(description="The first administrator, whom nobody invited.")


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/set-up", tags=["people"])


@router.post("/invitation", summary="Whom a set-up link is for; the link stays as it is")
async def look(parts: Given, request: Request, body: LinkCode) -> InvitationView:
    address = await _count(parts, request)
    try:
        person = await parts.identity.membership.opened(body.code)
    except NotFound:
        await parts.limit.failed(address)
        raise
    await parts.limit.succeeded(_NAME, address)
    return InvitationView(
        name=person.name,
        role=person.role,
        is_limited=person.reach.is_limited,
        ends_at=person.invitation_ends_at,
        may_choose_name=person.may_choose_name,
    )


@router.post("", summary="Set the first password; the link is used up", status_code=204)
async def set_up(parts: Given, request: Request, body: SetUp) -> None:
    address = await _count(parts, request)
    request.state.actor = f"somebody at {address}"
    try:
        subject = await parts.identity.membership.set_up(body.code, body.password, name=body.name)
    except NotFound:
        await parts.limit.failed(address)
        raise
    await parts.limit.succeeded(_NAME, address)
    request.state.actor = subject.name
    note(request, person=subject.name)


async def _count(parts: Parts, request: Request) -> str:
    address = request.client.host if request.client else "unknown"
    await parts.limit.count(_NAME, address)
    return address
