"""The seam to the app: every POST, PATCH, PUT and DELETE that is not a batch or a reading action comes here."""

from __future__ import annotations

from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import unknown_segment

from . import foreign
from .routes import answer, find_route
from .shapes import UnknownProperty


async def handle_write(request: GraphRequest) -> Answer:
    """Raises GraphError for a refusal; nothing has changed then."""
    foreign.watch(request.directory)
    found = find_route(request.method, request.segments)
    if found is None:
        raise unknown_segment(request.segments[-1] if request.segments else "")
    try:
        return answer(request, *found)
    except UnknownProperty as error:
        token = request.token
        request.cloud.counters.violate(
            "unknown_property", error.property, tenant_id=token.tenant_id, app_id=token.app_id
        )
        raise
