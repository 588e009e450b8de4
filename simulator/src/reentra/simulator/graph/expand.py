"""$expand of one relationship: single objects whole, collections cut at 20 without a word."""

from __future__ import annotations

from reentra.simulator.data.paths import EMBEDDED, RELATIONS
from reentra.simulator.directory import Entity

from .context import GraphRequest
from .links import ids_at, is_membership_hidden
from .options import Expand
from .shape import may_read, shape, shape_row

EXPAND_LIMIT = 20


def expanded(request: GraphRequest, type_name: str, item: Entity, shown: Entity, expand: Expand | None) -> Entity:
    if expand is None or request.cloud.settings.expands == "ignored":
        return shown
    embedded = EMBEDDED.get(type_name, {}).get(expand.name)
    if embedded is not None:
        target = request.directory.get(item.get(embedded) or "")
        return {**shown, expand.name: None if target is None else _row(request, target["id"], expand)}
    relation = RELATIONS.get(type_name, {}).get(expand.name)
    if relation is None:
        return {**shown, expand.name: []}
    ids = ids_at(request.directory, relation, item["id"])
    if relation.name == "members" and is_membership_hidden(request, item):
        return {**shown, expand.name: []}
    limit = 1 if relation.single else EXPAND_LIMIT
    found, _ = ids.page(0, limit, request.directory.ends_are_live)
    rows = [_row(request, object_id, expand) for object_id in found]
    if relation.single:
        return {**shown, expand.name: rows[0]} if rows else shown
    return {**shown, expand.name: rows}


def _row(request: GraphRequest, object_id: str, expand: Expand) -> Entity:
    type_name = request.directory.type_of(object_id)
    item = request.directory.get(object_id)
    assert type_name is not None
    assert item is not None
    if type_name in ("appRoleAssignment", "oauth2PermissionGrant", "roleDefinition") and may_read(request, type_name):
        return shape(type_name, item, expand.select)
    return shape_row(request, object_id, expand.select)
