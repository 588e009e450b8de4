"""Sends a request to the side that answers it: reads, deltas, reading actions, or writes.

The seam of the writing side is `WriteHandler`: `graph.writes.handle_write(request) -> Answer`, which gets every
POST, PUT, PATCH and DELETE that is not a batch or a reading action. It raises `GraphError` for refusals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .actions import answer_action
from .charges import is_reading_post
from .context import Answer, GraphRequest
from .delta import answer_delta
from .reads import answer_read

WriteHandler = Callable[[GraphRequest], Awaitable[Answer]]


async def dispatch(request: GraphRequest, write: WriteHandler) -> Answer:
    if is_reading_post(request):
        return answer_action(request)
    if request.method != "GET":
        return await write(request)
    if request.segments[-1:] in (("delta",), ("delta()",)):
        return answer_delta(request)
    return answer_read(request)
