"""API tokens of the person who asks."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from reentra.common.people import ApiToken, Reach, TokenScope, reach_to
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import GuardedRoute, note, subject_of
from reentra.gateway.routes.paging import Listed
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.people import TenantIds


class TokenView(BaseModel):
    id: str
    name: str = Field(examples=["nightly script"])
    scope: TokenScope
    tenants: list[str] | None = Field(
        description="The only tenants that it sees, as far as its person does; null: those that its person sees."
    )
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewToken(Body):
    name: str = Field(min_length=1, max_length=100, examples=["nightly script"])
    scope: TokenScope = "read"
    days: int | None = Field(90, ge=1, le=3650, description="null: until it is revoked.")
    tenants: TenantIds | None = Field(
        None,
        description="Ids of the only tenants that it shall see, of those that you see; null: all that you see. A token "
        "never sees more than its person, also when the person is limited later.",
    )


class CreatedToken(TokenView):
    """`secret` is shown this once."""

    secret: str = Field(examples=["reentra_..."])


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/tokens", tags=["tokens"])


@router.get("", summary="My API tokens")
async def list_tokens(parts: Given, request: Request) -> Listed[TokenView]:
    found = await parts.identity.api_tokens.list(subject_of(request).id)
    reach = subject_of(request).reach
    return Listed(value=[TokenView(**_fields(token, reach)) for token in found], next_link=None)


@router.post("", summary="Make an API token", status_code=201)
async def create_token(parts: Given, request: Request, body: NewToken) -> CreatedToken:
    lifetime = timedelta(days=body.days) if body.days else None
    owner = subject_of(request)
    made = await parts.identity.api_tokens.create(
        owner, body.name, body.scope, lifetime=lifetime, reach=reach_to(body.tenants)
    )
    listed = made.token.reach.listed
    note(request, token=made.token.id, scope=body.scope, tenants=", ".join(listed) if listed else None)
    return CreatedToken(**_fields(made.token, owner.reach), secret=made.secret)


@router.delete("/{token_id}", summary="Revoke an API token", status_code=204)
async def revoke_token(parts: Given, request: Request, token_id: Annotated[str, Path(max_length=100)]) -> None:
    await parts.identity.api_tokens.revoke(subject_of(request).id, token_id)


def _fields(token: ApiToken, reach: Reach) -> dict[str, Any]:
    """`reach`: of the caller, which may be another token of the same person, or less than it once was."""
    names = ("id", "name", "scope", "created_at", "expires_at", "last_used_at")
    tenants = token.reach.within(reach).listed if token.reach.is_limited else None
    return {"tenants": tenants} | {name: getattr(token, name) for name in names}
