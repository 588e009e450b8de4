"""Answers GET: entity sets, single objects, relationships, the bin, counts and casts."""

from __future__ import annotations

from dataclasses import replace

from reentra.simulator.data.paths import CA_DELETED, EMPTY_LISTS, NEVER_SET, RELATIONS, SOFT_DELETED, Collection
from reentra.simulator.data.roles import ASSIGNMENTS_OF_PRINCIPALS, READ_ROLES
from reentra.simulator.roll import Roll

from .bin import answer_bin, answer_ca_bin
from .collections import find_collection
from .context import Answer, GraphRequest
from .errors import GraphError, bad_request, not_found, unknown_segment, unsupported_query
from .evolvable import as_preferred
from .expand import expanded
from .keys import look_up
from .links import answer_relation
from .listing import Listing, answer_list, count
from .options import Options, read_options
from .role_templates import answer_role_templates
from .shape import shape, shape_row

_TIP = (
    "Use $select to choose only the properties your app needs, as this can lead to performance improvements. "
    "For example: GET identity/conditionalAccess/policies('<guid>')?$select=conditions,createdDateTime"
)


def answer_read(request: GraphRequest) -> Answer:
    segments = request.segments
    if segments[:2] == ("directory", "deletedItems"):
        return answer_bin(request, segments[2:])
    if segments[:3] == ("identity", "conditionalAccess", "deletedItems") and segments[3:4]:
        if segments[3] not in CA_DELETED:
            raise unknown_segment(segments[3])
        return answer_ca_bin(request, CA_DELETED[segments[3]], segments[4:])
    if segments[:1] == ("directoryObjects",):
        return _directory_object(request, segments[1:])
    if segments[:1] == ("directoryRoleTemplates",):
        return answer_role_templates(request, segments[1:])
    collection = find_collection(segments)
    if collection is None:
        raise unknown_segment(segments[0] if segments else "")
    rest = segments[len(collection.path) :]
    if len(rest) >= 2 and rest[1] in RELATIONS.get(collection.type_name, {}):
        return _relation(request, collection.type_name, rest)
    request.require(*READ_ROLES[collection.type_name])
    if len(rest) >= 2 and rest[1] in EMPTY_LISTS.get(collection.type_name, ()):
        look_up(request, collection.type_name, rest[0])
        return Answer(200, {"@odata.context": f"{request.base_url}/$metadata#{rest[1]}", "value": []})
    if len(rest) >= 2 and rest[1] in NEVER_SET:
        raise GraphError(404, NEVER_SET[rest[1]], f"The {rest[1]} of {rest[0]} was never set.")
    if not rest:
        return _list(request, collection)
    if rest == ("$count",):
        return _count(request, collection)
    if len(rest) == 1:
        return _single(request, collection, rest[0])
    raise unknown_segment(rest[1])


def _list(request: GraphRequest, collection: Collection) -> Answer:
    type_name = collection.type_name
    options = read_options(request, (type_name,))
    if type_name == "roleAssignment" and request.cloud.settings.role_assignments_need_filter and not options.filter:
        raise bad_request("A filter on roleDefinitionId or principalId is required.")
    return answer_list(request, options, _listing(request, collection, options))


def _listing(request: GraphRequest, collection: Collection, options: Options) -> Listing:
    directory, lag, type_name = request.directory, request.cloud.lag, collection.type_name
    is_join = type_name in ("oauth2PermissionGrant", "roleAssignment")

    def look(object_id: str) -> dict[str, object] | None:
        if is_join and not directory.ends_are_live(object_id):
            return None
        return lag.view(directory, object_id, counts=False)

    def row(object_id: str) -> dict[str, object]:
        item = look(object_id)
        assert item is not None
        shown = as_preferred(request, type_name, shape(type_name, item, options.select))
        return expanded(request, type_name, item, shown, options.expand)

    context = _context(collection.context, options)
    return Listing(_roll(request, type_name, options), look, row, context, collection.paging)


def _roll(request: GraphRequest, type_name: str, options: Options) -> Roll:
    """Alternatives of `id eq` or of an indexed property are looked up instead of scanned."""
    equals = options.filter.equals if options.filter else None
    everything = request.directory.ids(type_name)
    if not equals or not all(name in _INDEXED for name, _ in equals):
        return everything
    found = Roll()
    for name, value in equals:
        ids = [value] if name == "id" else request.directory.find(type_name, name, value)
        for object_id in ids:
            if object_id in everything:
                found.add(object_id)
    return found


_INDEXED = frozenset(
    {
        "id",
        "userPrincipalName",
        "mail",
        "mailNickname",
        "appId",
        "deviceId",
        "displayName",
        "principalId",
        "roleDefinitionId",
    }
)


def _context(name: str, options: Options) -> str:
    return name if options.select is None else f"{name}({','.join(options.select)})"


def _count(request: GraphRequest, collection: Collection) -> Answer:
    if not request.is_eventual:
        raise bad_request(
            "$count is not currently supported without the header 'ConsistencyLevel: eventual'.",
            code="Request_BadRequest",
        )
    options = read_options(_counted(request), (collection.type_name,))
    listing = _listing(request, collection, options)
    test = options.filter.test if options.filter else None

    def keep(object_id: str) -> bool:
        item = listing.look(object_id)
        return item is not None and (test is None or test(item))

    return plain_number(count(listing.roll, keep))


def _counted(request: GraphRequest) -> GraphRequest:
    """/$count with ConsistencyLevel is an advanced query by itself."""
    return replace(request, query={**request.query, "$count": "true"})


def plain_number(number: int) -> Answer:
    return Answer(200, str(number).encode(), {"content-type": "text/plain"})


def _single(request: GraphRequest, collection: Collection, key: str) -> Answer:
    options = read_options(request, (collection.type_name,), on_collection=False)
    if options.filter or options.search:
        raise unsupported_query("Query options $filter and $search need a collection.")
    type_name = collection.type_name
    item = look_up(request, type_name, key)
    if not request.directory.ends_are_live(item["id"]) and type_name in ("oauth2PermissionGrant", "roleAssignment"):
        raise not_found(key)
    shown = as_preferred(request, type_name, shape(type_name, item, options.select, single=True))
    shown = expanded(request, type_name, item, shown, options.expand)
    context = f"{request.base_url}/$metadata#{_context(collection.context, options)}/$entity"
    body = {"@odata.context": context, **shown}
    if options.select is None and type_name == "conditionalAccessPolicy":
        body["@microsoft.graph.tips"] = _TIP
    return Answer(200, body)


def _relation(request: GraphRequest, type_name: str, rest: tuple[str, ...]) -> Answer:
    relation = RELATIONS[type_name][rest[1]]
    if relation.kind == "joined":
        roles = READ_ROLES[relation.join_type]
        if relation.name == "appRoleAssignments" and type_name != "servicePrincipal":
            roles = ASSIGNMENTS_OF_PRINCIPALS
        request.require(*roles)
    else:
        request.require(*READ_ROLES[type_name])
    source = look_up(request, type_name, rest[0])
    return answer_relation(request, type_name, source, relation, rest[2:])


def _directory_object(request: GraphRequest, rest: tuple[str, ...]) -> Answer:
    if len(rest) != 1:
        raise unknown_segment(rest[1] if rest else "directoryObjects")
    type_name = request.directory.type_of(rest[0])
    if type_name is None or type_name not in DIRECTORY_OBJECTS:
        raise not_found(rest[0])
    request.require(*READ_ROLES[type_name])
    look_up(request, type_name, rest[0])
    options = read_options(request, DIRECTORY_OBJECTS, on_collection=False)
    context = f"{request.base_url}/$metadata#directoryObjects/$entity"
    return Answer(200, {"@odata.context": context, **shape_row(request, rest[0], options.select)})


DIRECTORY_OBJECTS = (*SOFT_DELETED, "directoryRole")
