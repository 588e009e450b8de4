"""Objects: what the restore made, or took out of the recycle bin, goes to the bin; and, when an undo is undone, back.

Made objects go only while they are as the restore left them: nobody gave them other values, members or credentials.
Assignments and grants consist of references, so taking one away loses nothing that cannot be given again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reentra.common.directory.catalog import ObjectType, object_type
from reentra.common.directory.references import references_of
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.answers import shows
from reentra.restorer.domain.creation import creation_steps
from reentra.restorer.domain.links import restorable
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.shapes import shaped
from reentra.restorer.domain.steps import Json, Step
from reentra.restorer.domain.subjects import Names, Scene, Subject
from reentra.restorer.domain.undo.deeds import Deed, by_object
from reentra.restorer.domain.undo.links import written_links
from reentra.restorer.domain.undo.properties import images, unread_names
from reentra.restorer.domain.undo.world import (
    CANNOT_BE_UNDONE,
    CHANGED_SINCE,
    NOT_KNOWN,
    NOT_OURS,
    Tally,
    Use,
    World,
    told,
)

REMOVE_RANK, DELETE_RANK = 95.0, 100.0
_BEFORE_ALL = 0.01
_CONSISTS_OF_REFERENCES = ("assign", "grant")
_BLOCKS_DELETION: Mapping[str, Json] = {"namedLocation": {"isTrusted": False}}
"""A trusted location cannot be deleted (namedlocation-delete)."""
_NOT_WHILE_REFERRED_TO = frozenset({"namedLocation"})
"""Graph refuses to delete one that a policy names."""
_NOT_WITH_LICENCES = frozenset({"group"})
"""Graph refuses to delete one that still assigns licences."""
_STAYS = "{name} refers to it and cannot be undone in whole, so it stays."
_NOT_SHOWN = frozenset({"passwordProfile"})
_NAMES_SHOWN = 5


def undo_existence(deeds: Sequence[Deed], world: World, tally: Tally) -> None:
    on_new = by_object([d for d in deeds if d.on_new], "update", "add_link", "set_link", "align_links")
    changed = by_object([d for d in deeds if not d.on_new], "update")
    undeleted = {d.object_id.lower() for d in deeds if d.step.kind == "undelete"}
    for deed in reversed(deeds):  # whatever refers to others was made after them
        kind = deed.step.kind
        if kind == "activate":
            tally.skipped.append(
                told(deed, CANNOT_BE_UNDONE, "An activated role stays activated; by itself it gives nobody anything.")
            )
        elif deed.makes and not deed.object_id:
            why = "Whether the restore made it could not be found out; look for it, and delete it if nobody needs it."
            tally.block(deed, NOT_KNOWN, why)
        elif kind in _CONSISTS_OF_REFERENCES:
            came_along = deed.key in changed or not undeleted.isdisjoint(deed.step.needs)
            _undo_assignment(deed, world, tally, came_along=came_along)
        elif deed.makes:
            _undo_creation(deed, on_new.get(deed.key, ()), world, tally, was_changed=deed.key in changed)
        elif kind == "undelete":
            _undo_undeletion(deed, changed.get(deed.key, ()), world, tally)
        elif kind == "delete" and deed.object_id.lower() in world.returning:
            tally.steps.append(_undelete(deed))
        elif kind == "remove":
            step = remade(deed)
            if step.probe is not None and not _is_listed(step, world):
                tally.steps.append(step)


def _undo_assignment(deed: Deed, world: World, tally: Tally, *, came_along: bool) -> None:
    """`came_along`: it was there already, with what the restore took out of the bin, or was only changed."""
    live = assignment_now(deed, world)
    if live is None:
        return
    row, step = object_type(deed.step.object_type), deed.step
    if deed.was_there:
        if not came_along:
            tally.block(deed, NOT_OURS, "Somebody else had made it when the restore was about to; it stays.")
    elif not _shows_all(live, step.body):
        tally.block(deed, CHANGED_SINCE, "It was changed after the restore made it; it stays as it is now.")
    else:
        collection = step.path if row.parent_type else row.collection
        tally.steps.append(
            Step(
                "remove",
                REMOVE_RANK,
                row.name,
                deed.object_id,
                step.display_name,
                "DELETE",
                f"{collection}/{deed.object_id}",
                "the restore made it",
                before={name: live[name] for name in recipe_of(row.name).writable if live.get(name) is not None},
            )
        )


def assignment_now(deed: Deed, world: World) -> Json | None:
    rows = world.rows.get(deed.step.probe.path, ()) if deed.step.probe else ()
    return next((row for row in rows if str(row["id"]).lower() == deed.object_id.lower()), None)


def _undo_creation(deed: Deed, writes: Sequence[Deed], world: World, tally: Tally, *, was_changed: bool) -> None:
    """`was_changed`: it was there already, and what it was before is put back."""
    live, row = world.objects.get(deed.key), object_type(deed.step.object_type)
    if live is None:
        return
    if deed.was_there:
        if writes or not was_changed:
            tally.block(deed, NOT_OURS, "Somebody else had made it when the restore was about to; it stays.")
    elif not world.has_bin(row, live):
        why = "There is no recycle bin for it here, so an undo does not delete it; delete it if nobody needs it."
        tally.block(deed, CANNOT_BE_UNDONE, why)
    elif name := _still_referring(deed, world, tally):
        tally.block(deed, CANNOT_BE_UNDONE, _STAYS.format(name=name))
    elif _has_principal_that_stays(deed, live, world, tally):
        tally.block(deed, CHANGED_SINCE, "Its service principal stays, and would go with it, so it stays as well.")
    elif licences := _licences_of_others(deed, world):
        why = (
            f"It assigns {_listed(licences)} by now, and Graph deletes no group that does, so it stays; take that from "
            "it and plan the undo again."
        )
        tally.block(deed, CHANGED_SINCE, why)
    elif used := _signs_of_use(deed, writes, live, world):
        why = f"The restore made it, and {used}: somebody works with it, so it stays. Delete it if nobody needs it."
        tally.block(deed, CHANGED_SINCE, why)
    elif uses := world.uses.get(deed.key):
        why = (
            f"The restore made it, and by now others name it: {_listed(uses)}. Without it they would mean something "
            "else, so it stays; take it out of them and plan the undo again."
        )
        tally.block(deed, CHANGED_SINCE, why)
    else:
        tally.steps += _deletion(row, deed, live, "the restore made it")
        why = (
            "The restore made it; it goes to the recycle bin and can be taken out for 30 days. What it was given since "
            "by others (memberships, roles, licences, a password) stops working with it."
        ) + _given(deed, world)
        tally.warnings.append(told(deed, "goes_to_the_bin", why))


def _undo_undeletion(deed: Deed, updates: Sequence[Deed], world: World, tally: Tally) -> None:
    live, row = world.objects.get(deed.key), object_type(deed.step.object_type)
    if live is None:
        return
    if deed.was_there:
        tally.block(deed, NOT_OURS, "Somebody else had taken it out of the recycle bin already; it stays.")
    elif not world.has_bin(row, live):
        why = "There is no recycle bin for it here, so an undo does not delete it; delete it if nobody needs it."
        tally.block(deed, CANNOT_BE_UNDONE, why)
    elif name := _still_referring(deed, world, tally):
        tally.block(deed, CANNOT_BE_UNDONE, _STAYS.format(name=name))
    elif _has_principal_that_stays(deed, live, world, tally):
        tally.block(deed, CHANGED_SINCE, "Its service principal stays, and would go with it, so it stays as well.")
    elif licences := _licences_of_others(deed, world):
        why = (
            f"It assigns {_listed(licences)} by now, and Graph deletes no group that does, so it stays; take that from "
            "it and plan the undo again."
        )
        tally.block(deed, CHANGED_SINCE, why)
    elif any(b.code == CHANGED_SINCE and (b.object_type, b.object_id.lower()) == deed.key for b in tally.blockers):
        why = "It was changed after the restore took it out of the recycle bin: somebody works with it, so it stays."
        tally.block(deed, CHANGED_SINCE, why)
    else:
        now = dict(live)
        for one in tally.steps:
            if one.kind == "update" and (one.object_type, one.object_id.lower()) == deed.key:
                now |= one.body
        tally.steps += _deletion(row, deed, now, "the restore took it out of the recycle bin")
        why = "It goes to the recycle bin again, from where it can be taken for 30 days; until then it does not work."
        if uses := world.uses.get(deed.key):
            why += f" It is named by others: {_listed(uses)}."
        why += _given(deed, world)
        if unread := sorted(unread_names(updates)):
            why += f" Its {', '.join(unread)} there stays what it is now: before the restore nobody could read it."
        tally.warnings.append(told(deed, "goes_to_the_bin", why))


def _licences_of_others(deed: Deed, world: World) -> list[Use]:
    given = world.given.get(deed.key, ()) if deed.step.object_type in _NOT_WITH_LICENCES else ()
    return [use for use in given if use.object_type == "subscribedSku"]


def _given(deed: Deed, world: World) -> str:
    given = world.given.get(deed.key)
    return f" By now it has {_listed(given)}." if given else ""


def _listed(uses: Sequence[Use]) -> str:
    shown = ", ".join(use.name for use in uses[:_NAMES_SHOWN])
    return shown + (f" and {len(uses) - _NAMES_SHOWN} more" if len(uses) > _NAMES_SHOWN else "")


def _still_referring(deed: Deed, world: World, tally: Tally) -> str:
    """The name of something that stays as the restore left it, or in part, and keeps this from being deleted."""
    if deed.step.object_type not in _NOT_WHILE_REFERRED_TO:
        return ""
    goes_back = {(s.object_type, s.object_id.lower(), name) for s in tally.steps for name in s.body or ()}
    deleted = {(s.object_type, s.object_id.lower()) for s in tally.steps if s.kind == "delete"}
    for blocked in tally.blockers:
        key = (blocked.object_type, blocked.object_id.lower())
        live = {n: v for n, v in world.objects.get(key, {}).items() if (*key, n) not in goes_back}
        referred = {one.value.lower() for one in references_of(object_type(blocked.object_type), live, {})}
        if key != deed.key and key not in deleted and deed.object_id.lower() in referred:
            return blocked.display_name
    return ""


def _has_principal_that_stays(deed: Deed, live: Json, world: World, tally: Tally) -> bool:
    if deed.step.object_type != "application":
        return False
    staying = [(b.object_type, b.object_id.lower()) for b in tally.blockers if b.object_type == "servicePrincipal"]
    return any(world.objects.get(key, {}).get("appId") == live.get("appId") for key in staying)


def _signs_of_use(deed: Deed, writes: Sequence[Deed], live: Json, world: World) -> str:
    """What it has that the restore did not give it; '' when there is nothing."""
    row = object_type(deed.step.object_type)
    sent = {} if deed.step.kind == "invite" else dict(deed.step.body)
    sent |= images([one for one in writes if one.step.kind == "update"])[1]
    now = shaped(row.name, live)
    for name, value in shaped(row.name, {**live, **sent}).items():
        if name in sent and name in now and "@" not in name and name not in _NOT_SHOWN and not shows(now[name], value):
            return f"its {name} was changed since"
    if any(live.get(name) for name in recipe_of(row.name).secrets):
        return "it was given credentials since"
    given = {target.lower() for one in writes if one.step.kind != "update" for target in written_links(one)[1]}
    for relationship in own_links(row, live):
        links = world.links.get((*deed.key, relationship), ())
        if {target.lower() for target in links} - given:
            return f"it was given other {relationship} since"
    return ""


def own_links(row: ObjectType, live: Json) -> list[str]:
    """Relationships in which others would put something. Not owners: Graph may make the calling app one."""
    found = restorable(row, live, Scene(()), recipe_of(row.name).role_view)
    return [relationship.name for relationship in found if relationship.name != "owners"]


def _deletion(row: ObjectType, deed: Deed, live: Json, why: str) -> list[Step]:
    """Things last made go first: what refers to others before those."""
    path, name = row.item.replace("{id}", deed.object_id), deed.step.display_name
    rank = DELETE_RANK + (DELETE_RANK - row.restore_order)
    delete = Step("delete", rank, row.name, deed.object_id, name, "DELETE", path, why, before={"deleted": False})
    off = _BLOCKS_DELETION.get(row.name, {})
    if not any(live.get(key) for key in off):
        return [delete]
    why = f"Graph deletes it only without {', '.join(off)}"
    body, before = {"@odata.type": live.get("@odata.type"), **off}, {key: live.get(key) for key in off}
    first = Step("update", rank - 0.5, row.name, deed.object_id, name, "PATCH", path, why, body, before=before)
    return [first, delete]


def _undelete(deed: Deed) -> Step:
    row = object_type(deed.step.object_type)
    return Step(
        "undelete",
        row.restore_order * _BEFORE_ALL,
        row.name,
        deed.object_id,
        deed.step.display_name,
        "POST",
        (row.restore_path or "").replace("{id}", deed.object_id),
        "the undo put it into the recycle bin",
        before={"deleted": True},
        gives={deed.object_id.lower(): "id"},
    )


def remade(deed: Deed) -> Step:
    """An assignment or grant that an undo removed, made again as any restore makes one."""
    row, step = object_type(deed.step.object_type), deed.step
    record = ObjectRecord(row.name, ObjectId(deed.object_id), dict(step.before), {})
    made = creation_steps(Subject(row, record, step.display_name), Names({}, {}))
    return replace(made[0], why="the undo removed it")


def _is_listed(step: Step, world: World) -> bool:
    assert step.probe is not None
    rows = world.rows.get(step.probe.path, ())
    return any(_shows_all(row, step.probe.match) for row in rows)


def _shows_all(live: Json, sent: Json) -> bool:
    return all(shows(live.get(name), value) for name, value in sent.items() if "@" not in name)
