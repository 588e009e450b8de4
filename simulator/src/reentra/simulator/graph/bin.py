"""Answers GET below /directory/deletedItems and the conditional access bin."""

from __future__ import annotations

from reentra.simulator.data.paths import SOFT_DELETED
from reentra.simulator.data.roles import READ_ROLES
from reentra.simulator.data.types import BY_GRAPH_TYPE, TYPES
from reentra.simulator.directory import Entity

from .context import Answer, GraphRequest
from .errors import bad_request, not_found, unknown_segment
from .listing import Listing, answer_list, count
from .options import read_options
from .shape import shape


def answer_bin(request: GraphRequest, rest: tuple[str, ...]) -> Answer:
    """`rest`: (cast,), (cast, $count) or (id,)."""
    if not rest:
        raise bad_request("The type of deleted objects must be named: /directory/deletedItems/microsoft.graph.user.")
    if not rest[0].startswith("microsoft.graph."):
        return _single(request, rest[0])
    type_name = BY_GRAPH_TYPE.get(rest[0])
    if type_name not in SOFT_DELETED:
        raise unknown_segment(rest[0])
    request.require(*READ_ROLES[type_name])
    if rest[1:] == ("$count",):
        if not request.is_eventual:
            raise bad_request("$count needs the header 'ConsistencyLevel: eventual'.")
        number = count(request.directory.deleted_ids(type_name), lambda _: True)
        return Answer(200, str(number).encode(), {"content-type": "text/plain"})
    if len(rest) == 2:
        return _single(request, rest[1], (type_name,))
    return _list(request, type_name, f"{type_name}s")


def answer_ca_bin(request: GraphRequest, type_name: str, rest: tuple[str, ...]) -> Answer:
    request.require(*READ_ROLES[type_name])
    if rest:
        return _single(request, rest[0], (type_name,))
    return _list(request, type_name, f"conditionalAccess/deletedItems/{request.segments[3]}")


def _list(request: GraphRequest, type_name: str, context: str) -> Answer:
    options = read_options(request, (type_name,))
    directory = request.directory

    def row(object_id: str) -> Entity:
        item = directory.deleted(object_id)
        assert item is not None
        shown = shape(type_name, item, options.select)
        return shown if options.select else {**shown, "deletedDateTime": item["deletedDateTime"]}

    return answer_list(request, options, Listing(directory.deleted_ids(type_name), directory.deleted, row, context))


def _single(request: GraphRequest, object_id: str, types: tuple[str, ...] = SOFT_DELETED) -> Answer:
    item = request.directory.deleted(object_id)
    type_name = request.directory.type_of(object_id)
    if item is None or type_name not in types:
        raise not_found(object_id)
    assert type_name is not None
    request.require(*READ_ROLES[type_name])
    options = read_options(request, (type_name,), on_collection=False)
    shown = shape(type_name, item, options.select, single=True)
    if options.select is None:
        shown = {"@odata.type": TYPES[type_name].graph_type, **shown, "deletedDateTime": item["deletedDateTime"]}
    context = f"{request.base_url}/$metadata#directoryObjects/$entity"
    return Answer(200, {"@odata.context": context, **shown})
