"""Live status: server-sent events with numbers, so that a reader goes on where it stopped."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from reentra.gateway.domain.permissions import allows
from reentra.gateway.operations.feed import FeedFilter
from reentra.gateway.routes.guard import GuardedRoute, Within, shown_credentials, subject_of
from reentra.gateway.routes.parts import Given

_NUMBER = r"^[0-9]{1,18}$"


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["events"])


@router.get(
    "/events",
    summary="What happens from now on, or since `Last-Event-ID`",
    description="Who did what is told only to those who may read the audit log.",
    response_class=EventSourceResponse,
)
async def follow(
    parts: Given,
    request: Request,
    within: Within,
    tenant: Annotated[str | None, Query(max_length=60, description="Only of this tenant id.")] = None,
    job: Annotated[str | None, Query(max_length=100, description="Only of this job.")] = None,
    after: Annotated[str | None, Query(pattern=_NUMBER, description="As Last-Event-ID, for a first call.")] = None,
    last_event_id: Annotated[str | None, Header(pattern=_NUMBER)] = None,
) -> AsyncIterator[ServerSentEvent]:
    known = last_event_id or after
    newest = await parts.feed.newest()
    # A number from before the data folder was made anew would wait for events that never come.
    start = min(int(known), newest) if known else newest
    # At once, so that a reader knows that it is connected and where it stands.
    yield ServerSentEvent(id=str(start), event="ready", data={"after": start}, retry=2000)
    subject = subject_of(request)
    wanted = FeedFilter(tenant.lower() if tenant else None, job, within, acts=allows(subject, "audit.read"))
    may_go_on = partial(parts.door.still_admits, shown_credentials(request), subject)
    async for row in parts.feed.follow(start, wanted, may_go_on):
        yield ServerSentEvent(id=str(row.number), event=row.topic, data=row.data)
