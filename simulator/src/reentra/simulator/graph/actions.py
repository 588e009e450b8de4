"""POST requests that only read: objects by their ids, and the groups that an object is in."""

from __future__ import annotations

from typing import Any

from reentra.simulator.data.paths import RELATIONS, SOFT_DELETED
from reentra.simulator.data.roles import READ_ROLES

from .collections import find_collection
from .context import Answer, GraphRequest
from .errors import bad_request, unknown_segment
from .keys import look_up
from .links import ids_at
from .options import read_options
from .shape import shape_row

MAX_IDS = 1000
_DIRECTORY_OBJECTS = (*SOFT_DELETED, "directoryRole")


def answer_action(request: GraphRequest) -> Answer:
    name = request.segments[-1]
    if request.segments == ("directoryObjects", "getByIds"):
        return _get_by_ids(request)
    if request.segments == ("directoryObjects", "getAvailableExtensionProperties"):
        return _values(request, "directoryObjects", [])
    if name in ("getMemberGroups", "getMemberObjects", "checkMemberGroups", "checkMemberObjects"):
        return _memberships(request, name)
    raise unknown_segment(name)


def _get_by_ids(request: GraphRequest) -> Answer:
    """Ids that are not there, or not readable as the types asked for, are left out without a word."""
    ids = _strings(request, "ids")
    if not 0 < len(ids) <= MAX_IDS:
        raise bad_request(f"'ids' must hold between 1 and {MAX_IDS} values.")
    wanted = _strings(request, "types") if "types" in request.body else []
    types = tuple(name for name in wanted if name in _DIRECTORY_OBJECTS) or _DIRECTORY_OBJECTS
    options = read_options(request, _DIRECTORY_OBJECTS)
    directory = request.directory
    found = [each for each in dict.fromkeys(ids) if directory.type_of(each) in types and directory.is_live(each)]
    if not any(request.token.roles.intersection(READ_ROLES[name]) for name in types):
        request.require("Directory.Read.All")
    return _values(request, "directoryObjects", [shape_row(request, each, options.select) for each in found])


def _memberships(request: GraphRequest, name: str) -> Answer:
    collection = find_collection(request.segments)
    if collection is None or len(request.segments) != len(collection.path) + 2:
        raise unknown_segment(name)
    relation = RELATIONS[collection.type_name].get("transitiveMemberOf")
    if relation is None:
        raise unknown_segment(name)
    request.require(*READ_ROLES[collection.type_name])
    source = look_up(request, collection.type_name, request.segments[-2])
    ids = list(ids_at(request.directory, relation, source["id"]))
    if name.endswith("Groups"):
        ids = [each for each in ids if request.directory.type_of(each) == "group"]
    if name == "checkMemberGroups":
        asked = set(_strings(request, "groupIds"))
        ids = [each for each in ids if each in asked]
    elif name == "checkMemberObjects":
        asked = set(_strings(request, "ids"))
        ids = [each for each in ids if each in asked]
    elif request.body and request.body.get("securityEnabledOnly"):
        ids = [each for each in ids if (request.directory.get(each) or {}).get("securityEnabled")]
    return _values(request, "Collection(Edm.String)", ids)


def _strings(request: GraphRequest, name: str) -> list[str]:
    values = request.body.get(name) if isinstance(request.body, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise bad_request(f"'{name}' must be a list of strings.")
    return values


def _values(request: GraphRequest, context: str, values: list[Any]) -> Answer:
    return Answer(200, {"@odata.context": f"{request.base_url}/$metadata#{context}", "value": values})
