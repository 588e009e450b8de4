"""Who may write an application: holders of Application.ReadWrite.All, or its owner with ...ReadWrite.OwnedBy."""

from __future__ import annotations

from reentra.simulator.graph.context import GraphRequest
from reentra.simulator.graph.errors import denied

from .targets import caller_principals, id_of

ALL = frozenset({"Application.ReadWrite.All", "Directory.ReadWrite.All"})
OWNED = "Application.ReadWrite.OwnedBy"


def require_application_writer(request: GraphRequest, type_name: str, key: str) -> None:
    if request.token.roles & ALL:
        return
    object_id = id_of(request.directory, type_name, key)
    owners = request.directory.targets("owners", object_id)
    if OWNED not in request.token.roles or not any(principal in owners for principal in caller_principals(request)):
        raise denied()
