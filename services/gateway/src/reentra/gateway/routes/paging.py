"""Lists: `{"value": [...], "next_link": "/api/v1/...?cursor=..."}`; no `next_link` after the last page."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel, Field

from reentra.gateway.domain.cursors import bound
from reentra.gateway.routes.query import list_of

Item = TypeVar("Item")

Cursor = Annotated[str | None, Query(description="Where the last page ended; part of `next_link`.", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows per page.")]


class Listed(BaseModel, Generic[Item]):
    value: list[Item]
    next_link: str | None = Field(None, examples=["/api/v1/jobs?cursor=WyIwMTkiXQ"])


def next_link(request: Request, cursor: str) -> str:
    """Relative, so that it is right behind any proxy."""
    url = request.url.include_query_params(cursor=bound(cursor, list_of(request)))
    return f"{url.path}?{url.query}"
