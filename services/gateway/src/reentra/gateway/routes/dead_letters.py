"""Messages that could not be handled: shown, sent again, or dismissed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from reentra.common.events.dead_letter import Code
from reentra.gateway.domain.cursors import texts, to_cursor
from reentra.gateway.domain.previews import preview
from reentra.gateway.operations.dead_letters import KeptLetter, LetterFilter, State
from reentra.gateway.routes.guard import GuardedRoute, note, subject_of
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given


class DeadLetterView(BaseModel):
    """`message_id` and `type` as the message says. `preview`: its first bytes, without what looks like a secret.
    `whole`: the body was kept, so it can be sent again."""

    id: str
    topic: str = Field(examples=["scheduler.backup-requested.v1"])
    code: Code
    reason: str
    group: str
    parked_at: str
    key: str
    message_id: str
    type: str
    size: int
    preview: str
    whole: bool
    state: State
    replayed_at: str | None
    replayed_by: str | None
    dismissed_at: str | None
    dismissed_by: str | None


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["dead letters"])


@router.get("/dead-letters", summary="Messages that could not be handled, newest first")
async def list_dead_letters(
    parts: Given,
    request: Request,
    topic: Annotated[str | None, Query(max_length=200)] = None,
    state: State | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[DeadLetterView]:
    where = texts(cursor, 2)
    after = (where[0], where[1]) if where else None
    found = await parts.letters.list(LetterFilter(topic, state), after=after, limit=limit)
    last = found[-1].letter if len(found) == limit else None
    link = next_link(request, to_cursor(last.time, last.id)) if last else None
    return Listed(value=[_view(kept) for kept in found], next_link=link)


@router.post("/dead-letters/{letter_id}/replay", summary="Send a message again; one that was sent stays as it is")
async def replay_dead_letter(
    parts: Given, request: Request, letter_id: Annotated[str, Path(max_length=100)]
) -> DeadLetterView:
    kept = await parts.letters.replay(letter_id, subject_of(request).actor)
    note(request, topic=kept.letter.topic)
    return _view(kept)


@router.post("/dead-letters/{letter_id}/dismiss", summary="Nobody needs the message; it can still be sent again")
async def dismiss_dead_letter(
    parts: Given, request: Request, letter_id: Annotated[str, Path(max_length=100)]
) -> DeadLetterView:
    kept = await parts.letters.dismiss(letter_id, subject_of(request).actor)
    note(request, topic=kept.letter.topic)
    return _view(kept)


def _view(kept: KeptLetter) -> DeadLetterView:
    letter = kept.letter
    return DeadLetterView(
        id=letter.id,
        topic=letter.topic,
        code=letter.code,
        reason=letter.reason,
        group=letter.group,
        parked_at=letter.time,
        key=preview(letter.key or b"", most=60),
        message_id=preview(letter.headers.get("ce_id", "").encode(), most=60),
        type=preview(letter.headers.get("ce_type", "").encode(), most=60),
        size=letter.size,
        preview=preview(letter.body),
        whole=letter.is_whole,
        state=kept.state,
        replayed_at=kept.replayed_at,
        replayed_by=kept.replayed_by,
        dismissed_at=kept.dismissed_at,
        dismissed_by=kept.dismissed_by,
    )
