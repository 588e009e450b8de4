"""The truth of a tenant as JSON, and changes made behind Graph's back: what tests and benches compare and provoke."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity

RELATIONS = ("members", "owners", "manager", "sponsors", "registeredOwners", "registeredUsers")


def whole_truth(directory: Directory) -> dict[str, Any]:
    """Every live object by type and id, every link by relation and source, every deleted object."""
    return {
        "tenantId": directory.tenant_id,
        "objects": {name: objects_of(directory, name) for name in directory.types()},
        "deleted": {name: deleted_of(directory, name) for name in directory.types()},
        "links": {relation: links_of(directory, relation) for relation in RELATIONS},
    }


def objects_of(directory: Directory, type_name: str) -> dict[str, Entity]:
    return {item["id"]: item for item in directory.objects(type_name)}


def deleted_of(directory: Directory, type_name: str) -> dict[str, Entity]:
    found = ((object_id, directory.deleted(object_id)) for object_id in directory.deleted_ids(type_name))
    return {object_id: item for object_id, item in found if item is not None}


def links_of(directory: Directory, relation: str) -> dict[str, list[str]]:
    """Links whose both ends are live."""
    links: dict[str, list[str]] = {}
    for type_name in directory.types():
        for source_id in directory.ids(type_name):
            targets = [target for target in directory.targets(relation, source_id) if directory.is_live(target)]
            if targets:
                links[source_id] = targets
    return links


def one_object(directory: Directory, object_id: str) -> dict[str, Any] | None:
    """An object with its type and its links in both directions; also one that lies in the bin."""
    item = directory.get(object_id) or directory.deleted(object_id)
    if item is None:
        return None
    return {
        "type": directory.type_of(object_id),
        "deleted": not directory.is_live(object_id),
        "object": item,
        "links": _not_empty({name: list(directory.targets(name, object_id)) for name in RELATIONS}),
        "linkedFrom": _not_empty({name: directory.sources(name, object_id) for name in RELATIONS}),
    }


def mutate(
    directory: Directory, type_name: str, *, percentage: float, seed: int, properties: Mapping[str, Any] | None
) -> list[str]:
    """Changes that part of a type, some text property unless `properties` are given; returns the ids."""
    ids = list(directory.ids(type_name))
    chosen = random.Random(seed).sample(ids, round(len(ids) * percentage / 100))
    for place, object_id in enumerate(chosen):
        item = directory.get(object_id) or {}
        changes = properties or _another_text(item, f"{seed}-{place}")
        directory.patch(object_id, changes)
    return chosen


def _another_text(item: Entity, mark: str) -> dict[str, Any]:
    name = next((name for name in ("jobTitle", "description", "notes") if name in item), "displayName")
    return {name: f"{item.get(name) or 'Changed'} {mark}"}


def _not_empty(links: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: ids for name, ids in links.items() if ids}
