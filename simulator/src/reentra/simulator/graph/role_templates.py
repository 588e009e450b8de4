"""Directory role templates are the built-in role definitions under their older name: same ids, fewer properties."""

from __future__ import annotations

from reentra.simulator.data.roles import READ_ROLES
from reentra.simulator.directory import Entity

from .context import Answer, GraphRequest
from .errors import not_found, unknown_segment
from .listing import Listing, answer_list
from .options import read_options
from .shape import shape

_TYPE = "directoryRoleTemplate"


def answer_role_templates(request: GraphRequest, rest: tuple[str, ...]) -> Answer:
    request.require(*READ_ROLES[_TYPE])
    if len(rest) > 1:
        raise unknown_segment(rest[1])
    options = read_options(request, (_TYPE,), on_collection=not rest)
    directory = request.directory

    def look(object_id: str) -> Entity | None:
        definition = directory.get(object_id)
        if definition is None or not definition.get("isBuiltIn"):
            return None
        shown = {name: definition.get(name) for name in ("id", "description", "displayName")}
        return {**shown, "deletedDateTime": None}

    def row(object_id: str) -> Entity:
        return shape(_TYPE, look(object_id) or {}, options.select)

    if not rest:
        listing = Listing(directory.ids("roleDefinition"), look, row, "directoryRoleTemplates", "whole")
        return answer_list(request, options, listing)
    if look(rest[0]) is None:
        raise not_found(rest[0])
    return Answer(200, {"@odata.context": f"{request.base_url}/$metadata#{_TYPE}s/$entity", **row(rest[0])})
