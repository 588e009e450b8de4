"""What is sent: the properties of a create, and the PATCHes that turn one state into another.

Only what the catalogue and the recipe allow; only what differs; null, [] and {} are the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.catalog import ObjectType
from reentra.common.directory.diff import PropertyChange, difference
from reentra.common.directory.normalise import without_empty
from reentra.restorer.domain.properties import is_sent, known_part
from reentra.restorer.domain.recipes import Recipe
from reentra.restorer.domain.shapes import alone, patches, shaped
from reentra.restorer.domain.steps import Json, places_in


@dataclass(frozen=True, slots=True)
class Patch:
    body: Json
    before: Json


@dataclass(frozen=True, slots=True)
class Changes:
    """`held_back`: properties that differ but may not be written here, with the reason's code. `unknown`: see
    `unknown_names`."""

    patches: tuple[Patch, ...]
    held_back: Mapping[str, str]
    unknown: tuple[str, ...] = ()


def create_body(row: ObjectType, recipe: Recipe, wanted: Json) -> tuple[Json, Json]:
    """What the POST carries, and what must follow in a PATCH once everything of this type exists."""
    named = set(row.create_required) | set(row.create_only)
    body: Json = {}
    for name, value in without_empty(known_part(row.name, shaped(row.name, wanted))[0]).items():
        is_type = name == "@odata.type" and recipe.keeps_type
        if is_type or name in named - set(recipe.never) or _may_send(row, recipe, name):
            body[name] = value
    later: Json = {}
    for path in recipe.after_create:
        _move(path.split("."), body, later)
    for path in recipe.after_others:
        if places_in(_at(path.split("."), body)):
            _move(path.split("."), body, later)
    for name in (*recipe.alone, *row.own_patch):
        body.pop(name, None)
    return body, later


def alone_bodies(row: ObjectType, recipe: Recipe, raw: Json) -> list[Json]:
    """What a fresh object gets in PATCHes of their own. `raw`: the wanted state as it was read."""
    slim = without_empty(known_part(row.name, shaped(row.name, raw))[0])
    names = [name for name in (*recipe.alone, *row.own_patch) if name in slim and name not in _barred(row)]
    return [alone(row.name, {name: slim[name]}, raw) for name in names]


def changes(
    row: ObjectType,
    recipe: Recipe,
    wanted: Json,
    live: Json,
    *,
    synced: bool,
    takes: Callable[[str], bool] = lambda _: True,
) -> Changes:
    """The PATCHes that make `live` equal `wanted`, in order; of properties that `takes` refuses nothing is said."""
    unknown = tuple(name for name in unknown_names(row, wanted, live) if takes(name.partition(".")[0]))
    raw = wanted
    wanted, live = (known_part(row.name, shaped(row.name, state))[0] for state in (wanted, live))
    together: Json = {}
    single: list[Json] = []
    held_back: dict[str, str] = {}
    for change in difference(live, wanted).properties:
        if not takes(change.name) or not _may_change(
            row, recipe, change.name, wanted.get(change.name), live.get(change.name)
        ):
            continue
        if code := _reason_to_hold(recipe, change, synced):
            held_back[change.name] = code
            continue
        value = patch_value(change.after, change.before)
        if change.name in recipe.alone or change.name in row.own_patch:
            single.append(alone(row.name, {change.name: value}, raw))
        else:
            together[change.name] = value
    bodies = [*patches(row.name, together, wanted, live), *single]
    return Changes(tuple(Patch(body, {n: live.get(n) for n in body}) for body in bodies), held_back, unknown)


def unknown_names(row: ObjectType, wanted: Json, live: Json) -> tuple[str, ...]:
    """What the wanted state has otherwise than the present one, and Graph documents nowhere."""
    names = known_part(row.name, wanted)[1]
    then, now = without_empty(wanted), without_empty(live)
    return tuple(name for name in names if then.get(top := name.partition(".")[0]) != now.get(top))


def patch_value(wanted: Any, live: Any) -> Any:
    """The wanted value with everything unset that only the present one has: left out, Graph would keep it."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        value = {name: patch_value(item, live.get(name)) for name, item in without_empty(wanted).items()}
        for name, item in live.items():
            if name not in value and without_empty({"v": item}):
                value[name] = [] if isinstance(item, list) else None
        return value
    if without_empty({"v": wanted}):
        return without_empty({"v": wanted})["v"] if not isinstance(wanted, list) else wanted
    return [] if isinstance(live, list) else None


def _may_send(row: ObjectType, recipe: Recipe, name: str) -> bool:
    if not is_sent(row.name, name):
        return False
    if recipe.writable:
        return name in recipe.writable
    barred = name.startswith("@") or "*" in row.read_only or name in row.read_only or name in recipe.never
    separate = name in row.separate_call and name not in recipe.alone and not _is_later(recipe, name)
    return not (barred or separate or name in row.not_app_only)


def _may_change(row: ObjectType, recipe: Recipe, name: str, wanted: Any, live: Any) -> bool:
    if name in recipe.changeable:
        return "HiddenMembership" not in (wanted, live)
    if name == recipe.settable_once:
        return bool(wanted) and not live
    return _may_send(row, recipe, name) and name not in row.create_only and name not in recipe.never


def _reason_to_hold(recipe: Recipe, change: PropertyChange, synced: bool) -> str | None:
    if synced and change.name not in (recipe.synced or ()):
        return "on_premises"
    if change.name in recipe.not_null and not change.after:
        return "cannot_be_emptied"
    names, mark = recipe.graph_made
    if change.name in names and all(mark in str(value).upper() for value in (change.before, change.after)):
        return "graph_made"
    return None


def _is_later(recipe: Recipe, name: str) -> bool:
    return any(path.split(".")[0] == name for path in recipe.after_create)


def _barred(row: ObjectType) -> set[str]:
    return {*row.read_only, *row.not_app_only}


def _at(path: Sequence[str], body: Any) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _move(path: Sequence[str], body: Json, later: Json) -> None:
    """Takes the value at the path out of the create. A nested one is sent later with its whole parent."""
    name = path[0]
    if name not in body:
        return
    if len(path) == 1:
        later[name] = body.pop(name)
        return
    parent = body[name]
    if isinstance(parent, dict) and path[1] in parent:
        later.setdefault(name, parent)
        rest = {key: value for key, value in parent.items() if key != path[1]}
        body.pop(name)
        if rest:
            body[name] = rest
