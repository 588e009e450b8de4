"""Properties back to what they were, where the tenant still shows what the restore wrote.

The wanted state is the present one with the before-images put in; the PATCHes between them are an ordinary restore's.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reentra.common.directory.catalog import ObjectType, object_type
from reentra.common.directory.diff import difference
from reentra.common.directory.normalise import without_empty
from reentra.common.directory.references import references_of
from reentra.restorer.domain.bodies import changes
from reentra.restorer.domain.missing import UNCHECKED
from reentra.restorer.domain.properties import known_part
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.shapes import as_it_was, shaped, switches_on
from reentra.restorer.domain.steps import Json, Step
from reentra.restorer.domain.undo.deeds import Deed, by_object
from reentra.restorer.domain.undo.world import CANNOT_BE_UNDONE, CHANGED_SINCE, Tally, World, told

_BEFORE_ALL = 0.01
_UNREAD = "unknown"
"""A state that nobody could read: of a policy in the recycle bin."""
_HELD = {
    "on_premises": "is mastered on-premises: change it there",
    "graph_made": "is composed by Graph",
    "cannot_be_emptied": "was empty before the restore, and Graph does not take an empty value",
}


def undo_properties(deeds: Sequence[Deed], world: World, tally: Tally) -> None:
    """What the restore made anew has no state from before: it goes as a whole."""
    replaced = {old for deed in deeds if deed.makes for old in deed.step.gives}
    for key, updates in by_object([d for d in deeds if not d.on_new], "update").items():
        live = world.objects.get(key)
        if live is not None:
            gone = (world.unknown - world.returning) | replaced
            _undo(object_type(key[0]), updates, live, gone, tally)


def references_back(deeds: Sequence[Deed]) -> list[tuple[str, str]]:
    """What properties would refer to again: where, and the id."""
    found: list[tuple[str, str]] = []
    for key, updates in by_object([d for d in deeds if not d.on_new], "update").items():
        row = object_type(key[0])
        for reference in references_of(row, images(updates)[0], {}):
            if reference.kind in ("object", "scope") and not reference.where.endswith(UNCHECKED):
                found.append((reference.where, reference.value))
    return found


def _undo(row: ObjectType, deeds: Sequence[Deed], live: Json, gone: Collection[str], tally: Tally) -> None:
    deed, recipe = deeds[0], recipe_of(row.name)
    before, written = images(deeds)
    now, then, expected = (_comparable(row, {**live, **state}) for state in ({}, before, written))
    back: Json = {}
    for name in written:
        if _same(now, then, name):
            continue
        if _same(now, expected, name):
            back[name] = before[name]
        else:
            tally.block(deed, CHANGED_SINCE, f"{name} was changed after the restore; it stays as it is now.")
    held = {reference.value.lower() for reference in references_of(row, live, {})}
    for reference in list(references_of(row, back, {})):
        name, target = reference.where.split(".")[0].removesuffix("[]"), reference.value.lower()
        if target in gone and target not in held and back.pop(name, None) is not None:
            why = f"{name} referred to {target}, which no longer exists; it stays as the restore left it."
            tally.block(deed, CANNOT_BE_UNDONE, why)
    if switches_on(row.name, back) and tally.is_blocked(deed):
        back = {name: value for name, value in back.items() if not switches_on(row.name, {name: value})}
        why = (
            "It was switched on before the restore. It is not switched on again, for it would not be the policy that "
            "it was."
        )
        tally.block(deed, CANNOT_BE_UNDONE, why)
    found = changes(
        row,
        recipe,
        _with_sign_in_name(live, back),
        live,
        synced=bool(live.get("onPremisesSyncEnabled")),
        takes=back.__contains__,
    )
    for name, code in found.held_back.items():
        tally.block(deed, CANNOT_BE_UNDONE, f"{name} {_HELD[code]}.")
    bodies = as_it_was(row.name, [patch.body for patch in found.patches], back)
    sent = {name for body in bodies for name in body}
    for name in sorted(back.keys() - sent - found.held_back.keys()):
        tally.block(deed, CANNOT_BE_UNDONE, f"Graph takes no change of {name}; it stays as the restore left it.")
    for number, body in enumerate(bodies):
        tally.steps.append(_patch(row, deed, body, live, number))
        if switches_on(row.name, body):
            why = "The undo switches this policy on again, as it was before the restore: look at whom it locks out."
            tally.warnings.append(told(deed, "switched_on", why))


def images(deeds: Sequence[Deed]) -> tuple[Json, Json]:
    """Of updates of one object in their order: values from before the first, and as they are after the last."""
    before: Json = {}
    written: Json = {}
    for deed in deeds:
        for name, value in deed.step.body.items():
            if "@" in name or deed.step.before.get(name) == _UNREAD:
                continue
            before.setdefault(name, deed.step.before.get(name))
            written[name] = _merged(written.get(name, before[name]), value)
    return before, written


def unread_names(deeds: Sequence[Deed]) -> set[str]:
    return {name for deed in deeds for name, value in deed.step.before.items() if value == _UNREAD}


def _merged(old: Any, new: Any) -> Any:
    """What an object property is after a PATCH: names that were not sent stay."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
    return new


def _comparable(row: ObjectType, state: Json) -> Json:
    shown: Json = without_empty(known_part(row.name, shaped(row.name, state))[0])
    return shown


def _same(one: Json, other: Json, name: str) -> bool:
    return not difference({name: one.get(name)}, {name: other.get(name)}).properties


def _with_sign_in_name(live: Json, back: Mapping[str, Any]) -> Json:
    """Before-images of identities hold all but the sign-in name's (`shapes`), which an update must hold."""
    wanted = {**live, **back}
    if "identities" in back:
        name = {"signInType": "userPrincipalName", "issuerAssignedId": wanted.get("userPrincipalName")}
        own = [one for one in live.get("identities") or () if one.get("signInType") == name["signInType"]]
        wanted["identities"] = [*({**one, **name} for one in own), *(back["identities"] or ())]
    return wanted


def _patch(row: ObjectType, deed: Deed, body: Json, live: Json, number: int) -> Step:
    named = [name for name in body if not name.startswith("@")]
    verb = "goes" if len(named) == 1 else "go"
    now = shaped(row.name, live)
    return Step(
        "update",
        row.restore_order + number * _BEFORE_ALL,
        row.name,
        deed.object_id,
        deed.step.display_name,
        "PATCH",
        row.item.replace("{id}", deed.object_id),
        f"{', '.join(named)} {verb} back to what it was before the restore"
        if len(named) == 1
        else f"{', '.join(named)} {verb} back to what they were before the restore",
        body,
        before={name: now.get(name) for name in body},
        needs=deed.step.needs,
    )
