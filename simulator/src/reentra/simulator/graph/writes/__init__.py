"""Graph's writing side: `handle_write` answers every POST, PUT, PATCH and DELETE that changes something."""

from __future__ import annotations

from ..context import Answer, GraphRequest
from ..errors import not_implemented


async def handle_write(request: GraphRequest) -> Answer:
    raise not_implemented(f"{request.method} {request.path} is not supported.")
