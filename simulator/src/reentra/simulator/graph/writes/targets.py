"""Finding what a write is about: by id or by alternate key, live, seen by the replica, and open to this caller."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import GraphRequest
from reentra.simulator.graph.errors import bad_request, denied, not_found

from . import refusals

_ALTERNATE_KEY = re.compile(r"^(appId|uniqueName)='(.*)'$")
_SEGMENTS = {
    "users": "user",
    "groups": "group",
    "devices": "device",
    "servicePrincipals": "servicePrincipal",
    "applications": "application",
}
DIRECTORY_OBJECTS = frozenset(
    {"user", "group", "device", "servicePrincipal", "application", "administrativeUnit", "directoryRole", "orgContact"}
)


def alternate_key(key: str) -> tuple[str, str] | None:
    """("uniqueName", "x") of "uniqueName='x'"."""
    match = _ALTERNATE_KEY.match(key)
    return (match.group(1), match.group(2).replace("''", "'")) if match else None


def id_of(directory: Directory, type_name: str, key: str) -> str:
    """The object's id; the key itself when nothing is found by a name, so that the 404 names it."""
    named = alternate_key(key)
    if named is not None:
        found = directory.find(type_name, *named)
    elif type_name == "user" and "@" in key:
        found = directory.find("user", "userPrincipalName", key)
    else:
        return key
    return found[0] if found else key


def existing(request: GraphRequest, type_name: str, key: str) -> Entity:
    """The live object as it truly is; 404 also while the replica does not know it yet."""
    directory = request.directory
    object_id = id_of(directory, type_name, key)
    item = directory.get(object_id)
    if item is None or directory.type_of(object_id) != type_name:
        raise not_found(key)
    if request.cloud.lag.hides(directory, object_id):
        raise not_found(key)
    return item


def changeable(request: GraphRequest, type_name: str, key: str) -> Entity:
    """`existing`, and not a member of a restricted unit that this caller holds no role for."""
    item = existing(request, type_name, key)
    if item.get("isManagementRestricted") is True and not _has_unit_role(request):
        raise denied()
    return item


def linkable(request: GraphRequest, object_id: str, allowed: frozenset[str]) -> str:
    """The type of a link's target; refuses what is not there, not yet everywhere, or of the wrong type."""
    directory = request.directory
    if not directory.is_live(object_id):
        raise not_found(object_id)
    if request.cloud.lag.hides(directory, object_id):
        raise refusals.not_yet_everywhere()
    type_name = directory.type_of(object_id) or ""
    if type_name not in allowed:
        raise bad_request(f"An object of type '{type_name}' cannot be the target of this reference: '{object_id}'.")
    return type_name


def referenced_id(request: GraphRequest, url: object) -> str:
    """The id in an `@odata.id` such as https://graph.microsoft.com/v1.0/directoryObjects/{id}."""
    if not isinstance(url, str):
        raise bad_request("Invalid URL format specified in @odata.id: the value must be a string.")
    parts = urlsplit(url)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(segments) != 3 or segments[0] != "v1.0":
        raise bad_request(f"Invalid URL format specified in @odata.id: '{url}'.")
    collection, object_id = segments[1], segments[2]
    if collection == "directoryObjects":
        return object_id
    type_name = _SEGMENTS.get(collection)
    if type_name is None:
        raise bad_request(f"Invalid URL format specified in @odata.id: '{url}'.")
    object_id = id_of(request.directory, type_name, object_id)
    if request.directory.type_of(object_id) != type_name:
        raise not_found(object_id)
    return object_id


def caller_principals(request: GraphRequest) -> list[str]:
    """Ids of the calling app's service principal in this tenant."""
    return request.directory.find("servicePrincipal", "appId", request.token.app_id)


def holds_directory_role(directory: Directory, principal_id: str) -> bool:
    """By an assignment over the whole tenant, or as a member of an activated role."""
    for assignment_id in directory.joined("roleAssignments", principal_id):
        assignment = directory.get(assignment_id)
        if assignment is not None and assignment.get("directoryScopeId") == "/":
            return True
    return any(directory.type_of(source) == "directoryRole" for source in directory.sources("members", principal_id))


def caller_holds_role(request: GraphRequest) -> bool:
    return any(holds_directory_role(request.directory, principal) for principal in caller_principals(request))


def _has_unit_role(request: GraphRequest) -> bool:
    directory = request.directory
    for principal in caller_principals(request):
        for assignment_id in directory.joined("roleAssignments", principal):
            assignment = directory.get(assignment_id) or {}
            if str(assignment.get("directoryScopeId")).startswith("/administrativeUnits/"):
                return True
    return False
