"""The truth as JSON, and changes made behind everybody's back: what the control API shows and does.

    truth_of(directory, object_id)      -> {"type", "isDeleted", "object", "links": {relation: [ids]}} or None
    all_truth(directory, "user")        -> every object of a type (all types without a name), bin included
    mutate(directory, "user", 1.0, 7)   -> changes one property of 1 % of the users; returns their ids
    churn_links(directory, "members", 100, 7) -> removes and adds links of groups; returns how many changed
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from .directory import Directory

LINKS = ("members", "owners", "manager", "sponsors", "registeredOwners", "registeredUsers")
_CHANGED_PROPERTY = {"user": "jobTitle", "device": "displayName", "servicePrincipal": "notes"}


def truth_of(directory: Directory, object_id: str) -> dict[str, Any] | None:
    item = directory.get(object_id) or directory.deleted(object_id)
    if item is None:
        return None
    links = {name: list(directory.targets(name, object_id)) for name in LINKS}
    return {
        "type": directory.type_of(object_id),
        "isDeleted": not directory.is_live(object_id),
        "object": {name: value for name, value in item.items() if not name.startswith("_")},
        "links": {name: targets for name, targets in links.items() if targets},
    }


def all_truth(directory: Directory, type_name: str | None = None) -> Iterator[dict[str, Any]]:
    for name in directory.types() if type_name is None else [type_name]:
        for roll in (directory.ids(name), directory.deleted_ids(name)):
            for object_id in roll:
                row = truth_of(directory, object_id)
                if row is not None:
                    yield row


def mutate(directory: Directory, type_name: str, percentage: float, seed: int) -> list[str]:
    """The same seed on the same tenant changes the same objects in the same way."""
    chance = random.Random(seed)
    ids = list(directory.ids(type_name))
    chosen = chance.sample(ids, k=min(len(ids), round(len(ids) * percentage / 100)))
    name = _CHANGED_PROPERTY.get(type_name, "description")
    for object_id in chosen:
        directory.patch(object_id, {name: f"Changed {seed}-{chance.randrange(10**9)}"})
    return chosen


def churn_links(directory: Directory, relation: str, count: int, seed: int) -> int:
    """Takes a member out of a random group and puts another in, `count` times as far as possible."""
    chance = random.Random(seed)
    users, done = list(directory.ids("user")), 0
    groups = [each for each in directory.ids("group") if len(directory.targets(relation, each)) > 1]
    for _ in range(count if groups and users else 0):
        group_id = chance.choice(groups)
        first = next(iter(directory.targets(relation, group_id)), None)
        if first is not None:
            done += directory.remove_link(relation, group_id, first)
        done += directory.add_link(relation, group_id, chance.choice(users))
    return done
