"""Answers relationships: members, owners, manager and the like, with casts, counts and masked rows."""

from __future__ import annotations

from collections.abc import Callable

from reentra.simulator.data.paths import SOFT_DELETED, Relation
from reentra.simulator.data.roles import HIDDEN_MEMBERS
from reentra.simulator.data.types import BY_GRAPH_TYPE, TYPES
from reentra.simulator.directory import Directory, Entity
from reentra.simulator.roll import Roll

from .context import Answer, GraphRequest
from .errors import bad_request, not_found, unknown_segment
from .listing import Listing, answer_list, count
from .options import Options, read_options
from .shape import shape, shape_row

_ANY_OBJECT = (*SOFT_DELETED, "directoryRole")
_CAST = "microsoft.graph."


def ids_at(directory: Directory, relation: Relation, source_id: str) -> Roll:
    """Ids on the other side; may hold soft-deleted ones."""
    if relation.transitive:
        return _transitive(directory, relation, source_id)
    if relation.kind == "joined":
        return directory.joined(relation.link, source_id)
    if relation.kind == "targets":
        return directory.targets(relation.link, source_id)
    found = Roll()
    for object_id in directory.sources(relation.link, source_id):
        if not relation.only or directory.type_of(object_id) in relation.only:
            found.add(object_id)
    return found


def _transitive(directory: Directory, relation: Relation, source_id: str) -> Roll:
    found, waiting = Roll(), [source_id]
    while waiting:
        current = waiting.pop()
        step = (
            directory.targets(relation.link, current)
            if relation.kind == "targets"
            else directory.sources(relation.link, current)
        )
        for object_id in step:
            if directory.is_live(object_id) and found.add(object_id):
                waiting.append(object_id)
    return found


def is_membership_hidden(request: GraphRequest, source: Entity) -> bool:
    return source.get("visibility") == "HiddenMembership" and HIDDEN_MEMBERS not in request.token.roles


def answer_relation(
    request: GraphRequest, type_name: str, source: Entity, relation: Relation, rest: tuple[str, ...]
) -> Answer:
    roll = ids_at(request.directory, relation, source["id"])
    if relation.name in ("members", "transitiveMembers") and is_membership_hidden(request, source):
        roll = Roll()
    if relation.single:
        return _single(request, roll, relation, rest)
    cast = BY_GRAPH_TYPE.get(rest[0]) if rest and rest[0].startswith(_CAST) else None
    if cast is not None:
        rest = rest[1:]
    if relation.kind == "joined" and len(rest) == 1 and rest[0] in roll:
        return _joined_item(request, relation, rest[0])
    if len(rest) == 1 and rest[0] in roll and request.directory.is_live(rest[0]):
        return _member(request, rest[0])
    if len(rest) == 1 and request.directory.type_of(rest[0]):
        raise not_found(rest[0])
    if rest not in ((), ("$count",), ("$ref",)):
        raise unknown_segment(rest[0])
    return _many(request, type_name, relation, roll, cast, rest)


def _many(
    request: GraphRequest, type_name: str, relation: Relation, roll: Roll, cast: str | None, rest: tuple[str, ...]
) -> Answer:
    directory = request.directory
    hidden = _left_out(type_name, relation, cast)

    def look(object_id: str) -> Entity | None:
        found = directory.type_of(object_id)
        if found == hidden or (cast is not None and found != cast):
            return None
        return directory.get(object_id) if directory.ends_are_live(object_id) else None

    types = (relation.join_type,) if relation.kind == "joined" else ((cast,) if cast else _ANY_OBJECT)
    if rest == ("$count",):
        if not request.is_eventual:
            raise bad_request("$count needs the header 'ConsistencyLevel: eventual'.")
        return Answer(
            200, str(count(roll, lambda each: look(each) is not None)).encode(), {"content-type": "text/plain"}
        )
    options = read_options(request, types)
    listing = Listing(roll, look, _rows(request, relation, options, cast, rest), _context(relation, cast))
    return answer_list(request, options, listing)


def _left_out(type_name: str, relation: Relation, cast: str | None) -> str | None:
    """Known issue of v1.0: lists of group members leave out service principals."""
    is_members = type_name == "group" and relation.name in ("members", "transitiveMembers")
    return "servicePrincipal" if is_members and cast is None else None


def _rows(
    request: GraphRequest, relation: Relation, options: Options, cast: str | None, rest: tuple[str, ...]
) -> Callable[[str], Entity]:
    def row(object_id: str) -> Entity:
        if rest == ("$ref",):
            return {"@odata.id": f"{request.base_url}/directoryObjects/{object_id}"}
        item = request.directory.get(object_id)
        assert item is not None
        if relation.kind == "joined":
            return shape(relation.join_type, item, options.select)
        shown = shape_row(request, object_id, options.select)
        if cast is not None:
            shown.pop("@odata.type", None)
        return shown

    return row


def _context(relation: Relation, cast: str | None) -> str:
    if relation.kind == "joined":
        return relation.name
    return "directoryObjects" if cast is None else f"{cast}s"


def _member(request: GraphRequest, object_id: str) -> Answer:
    options = read_options(request, _ANY_OBJECT, on_collection=False)
    context = f"{request.base_url}/$metadata#directoryObjects/$entity"
    return Answer(200, {"@odata.context": context, **shape_row(request, object_id, options.select)})


def _joined_item(request: GraphRequest, relation: Relation, object_id: str) -> Answer:
    item = request.directory.get(object_id)
    if item is None or not request.directory.ends_are_live(object_id):
        raise not_found(object_id)
    context = f"{request.base_url}/$metadata#{relation.name}/$entity"
    return Answer(200, {"@odata.context": context, **shape(relation.join_type, item, None, single=True)})


def _single(request: GraphRequest, roll: Roll, relation: Relation, rest: tuple[str, ...]) -> Answer:
    target = next((each for each in roll if request.directory.is_live(each)), None)
    if target is None:
        raise not_found(relation.name)
    if rest == ("$ref",):
        context = f"{request.base_url}/$metadata#$ref"
        return Answer(200, {"@odata.context": context, "@odata.id": f"{request.base_url}/directoryObjects/{target}"})
    if rest and rest[0].removeprefix(_CAST) not in TYPES:
        raise unknown_segment(rest[0])
    return _member(request, target)
