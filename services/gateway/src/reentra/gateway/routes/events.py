"""Live status: server-sent events with numbers, so that a reader goes on where it stopped."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse, ServerSentEvent

from reentra.common.errors import Rejected
from reentra.gateway.operations.feed import Feed, FeedFilter


def build_router(route_class: type[APIRoute], feed: Feed) -> APIRouter:
    router = APIRouter(route_class=route_class, prefix="/api/v1", tags=["events"])

    @router.get(
        "/events",
        summary="What happens from now on, or since `Last-Event-ID`",
        response_class=EventSourceResponse,
    )
    async def follow(
        tenant: Annotated[str | None, Query(max_length=60, description="Only of this tenant id.")] = None,
        job: Annotated[str | None, Query(max_length=100, description="Only of this job.")] = None,
        after: Annotated[str | None, Query(max_length=20, description="As Last-Event-ID, for a first call.")] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        start = _number(last_event_id or after)
        if start is None:
            start = await feed.newest()
        # At once, so that a reader knows that it is connected and where it stands.
        yield ServerSentEvent(id=str(start), event="ready", data={"after": start}, retry=2000)
        async for row in feed.follow(start, FeedFilter(tenant.lower() if tenant else None, job)):
            yield ServerSentEvent(id=str(row.number), event=row.topic, data=row.data)

    return router


def _number(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    if not text.isdecimal():
        raise Rejected("Last-Event-ID is the number of an event of this stream.")
    return int(text)
