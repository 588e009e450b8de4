"""Gives objects the form in which Graph returns them: chosen properties, nulls, annotations, masked rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from reentra.simulator.data.roles import READ_ROLES
from reentra.simulator.data.types import TYPES
from reentra.simulator.directory import Directory, Entity

from .context import GraphRequest

Select = tuple[str, ...] | None


def shape(type_name: str, item: Entity, select: Select, *, single: bool = False) -> Entity:
    """The object with the selected properties, or with those that come unasked."""
    facts = TYPES[type_name]
    names = select if select is not None else facts.default
    shown: Entity
    if names is not None:
        shown = {name: item.get(name, [] if is_list else None) for name, is_list in _fields(type_name, names)}
        if "@odata.type" in item:
            shown = {"@odata.type": item["@odata.type"], **shown}
    else:
        hidden = facts.only_when_selected | facts.single_object_only
        shown = {name: value for name, value in item.items() if name not in hidden and not name.startswith("_")}
    keys = shown.get("keyCredentials")
    if keys and not (single and select is not None):
        shown["keyCredentials"] = [{**key, "key": None} for key in keys]
    return shown


@lru_cache(maxsize=512)
def _fields(type_name: str, names: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """Properties the type has, and whether an unset one is an empty list."""
    facts = TYPES[type_name]
    return tuple((name, name in facts.collections) for name in names if facts.knows(name))


def shape_row(request: GraphRequest, object_id: str, select: Select) -> Entity:
    """A row among several types: with its type; id and nulls when the caller may not read that type."""
    directory = request.directory
    item = directory.get(object_id)
    type_name = directory.type_of(object_id)
    assert item is not None
    assert type_name is not None
    facts = TYPES[type_name]
    row: Entity = {"@odata.type": facts.graph_type}
    if may_read(request, type_name):
        row.update(shape(type_name, item, select))
        return row
    names = select if select is not None else (facts.default or ("id",))
    row.update({name: None for name, _ in _fields(type_name, names)})
    row["id"] = object_id
    return row


def may_read(request: GraphRequest, type_name: str) -> bool:
    return bool(request.token.roles.intersection(READ_ROLES[type_name]))


def reference(directory: Directory, object_id: str) -> dict[str, Any]:
    """How delta names the other end of a link."""
    type_name = directory.type_of(object_id)
    graph_type = TYPES[type_name].graph_type if type_name else "#microsoft.graph.directoryObject"
    return {"@odata.type": graph_type, "id": object_id}
