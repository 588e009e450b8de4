"""Referrers: objects outside the selection that pointed to one whose id has changed. Only that pointer is restored.

A link is added; in properties the old id becomes the new one, and an entry that is gone from a list comes back. What
else differs on these objects is not this restore's business; a Conditional Access policy keeps its state.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reentra.common.directory.normalise import without_empty
from reentra.common.directory.references import replace_ids
from reentra.restorer.domain.bodies import patch_value
from reentra.restorer.domain.links import adding, restorable
from reentra.restorer.domain.properties import known_part
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.shapes import shaped
from reentra.restorer.domain.steps import AFTER_NEW, Json, Step
from reentra.restorer.domain.subjects import Names, Referrer, Scene, Subject

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def repair_steps(referrer: Referrer, scene: Scene, names: Names) -> list[Step]:
    subject = Subject(referrer.row, referrer.wanted, referrer.name, referrer.live, chosen=False)
    steps: list[Step] = []
    for relationship in restorable(referrer.row, referrer.live.properties, scene, subject.recipe.role_view):
        entries = referrer.wanted.links.get(relationship.name, ())
        now = referrer.live.links.get(relationship.name, ())
        held = {target.lower() for target in now}
        back = [str(e["id"]) for e in entries if str(e["id"]).lower() in referrer.returning]
        if relationship.single and now:
            continue  # somebody else was put there since: not ours to replace
        steps += adding(subject, relationship, [n for t in back if (n := names(t)).lower() not in held], now)
    steps += _property_steps(referrer, names)
    return [replace(step, repair=True) for step in steps]


def _property_steps(referrer: Referrer, names: Names) -> list[Step]:
    row = referrer.row
    if not row.references or not row.can_update or recipe_of(row.name).identity:
        return []
    live, wanted = (
        known_part(row.name, shaped(row.name, state))[0]
        for state in (referrer.live.properties, referrer.wanted.properties)
    )

    def renamed(old: str) -> str:
        return names(old) if old.lower() in referrer.returning else old

    after = replace_ids(row, live, renamed)
    for reference in row.references:
        after = _with_returning(after, wanted, reference.path.split("."), referrer.returning, names)
    changed = [name for name in after if without_empty({"v": after[name]}) != without_empty({"v": live.get(name)})]
    if not changed:
        return []
    body = {name: patch_value(after[name], live.get(name)) for name in changed}
    return [
        Step(
            "update",
            row.restore_order + AFTER_NEW,
            row.name,
            referrer.wanted.object_id,
            referrer.name,
            "PATCH",
            row.item.replace("{id}", referrer.live.id),
            "it refers to an object that comes back with another id",
            body,
            before={name: live.get(name) for name in changed},
        )
    ]


def _with_returning(after: Json, wanted: Any, path: Sequence[str], returning: frozenset[str], names: Names) -> Json:
    """Lists of ids only: `conditions.users.includeGroups[]`."""
    if not path[-1].endswith("[]") or any(step.endswith("[]") for step in path[:-1]):
        return after
    listed = wanted
    for step in (*path[:-1], path[-1].removesuffix("[]")):
        listed = listed.get(step) if isinstance(listed, dict) else None
    back = [names(v) for v in listed or () if isinstance(v, str) and _GUID.fullmatch(v) and v.lower() in returning]
    return _appended(after, [*path[:-1], path[-1].removesuffix("[]")], back) if back else after


def _appended(value: Any, path: Sequence[str], back: Sequence[str]) -> Any:
    if not path:
        held = list(value or ())
        lower = {str(item).lower() for item in held}
        return held + [item for item in back if item.lower() not in lower]
    parent = value if isinstance(value, dict) else {}
    return {**parent, path[0]: _appended(parent.get(path[0]), path[1:], back)}
