"""API tokens of the person who asks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from reentra.common.people import ApiToken, NewApiToken, Subject, TokenScope
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import note, subject_of
from reentra.gateway.routes.paging import Listed


class ApiTokens(Protocol):
    async def create(
        self, owner: Subject, name: str, scope: TokenScope, *, lifetime: timedelta | None = None
    ) -> NewApiToken: ...

    async def list(self, person_id: str) -> Sequence[ApiToken]: ...

    async def revoke(self, person_id: str, token_id: Annotated[str, Path(max_length=100)]) -> None: ...


class TokenView(BaseModel):
    id: str
    name: str = Field(examples=["nightly script"])
    scope: TokenScope
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewToken(Body):
    name: str = Field(min_length=1, max_length=100, examples=["nightly script"])
    scope: TokenScope = "read"
    days: int | None = Field(90, ge=1, le=3650, description="null: until it is revoked.")


class CreatedToken(TokenView):
    """`secret` is shown this once."""

    secret: str = Field(examples=["reentra_..."])


def build_router(route_class: type[APIRoute], tokens: ApiTokens) -> APIRouter:
    router = APIRouter(route_class=route_class, prefix="/api/v1/tokens", tags=["tokens"])

    @router.get("", summary="My API tokens")
    async def list_tokens(request: Request) -> Listed[TokenView]:
        found = await tokens.list(subject_of(request).id)
        return Listed(value=[TokenView(**_fields(token)) for token in found], next_link=None)

    @router.post("", summary="Make an API token", status_code=201)
    async def create_token(request: Request, body: NewToken) -> CreatedToken:
        lifetime = timedelta(days=body.days) if body.days else None
        made = await tokens.create(subject_of(request), body.name, body.scope, lifetime=lifetime)
        note(request, token=made.token.id, scope=body.scope)
        return CreatedToken(**_fields(made.token), secret=made.secret)

    @router.delete("/{token_id}", summary="Revoke an API token", status_code=204)
    async def revoke_token(request: Request, token_id: Annotated[str, Path(max_length=100)]) -> None:
        await tokens.revoke(subject_of(request).id, token_id)

    return router


def _fields(token: ApiToken) -> dict[str, Any]:
    names = ("id", "name", "scope", "created_at", "expires_at", "last_used_at")
    return {name: getattr(token, name) for name in names}
