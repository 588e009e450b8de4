"""Links: what the restore added is removed, what it removed is added, where nobody changed it since."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reentra.common.directory.catalog import Relationship, object_type
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.links import adding, removing
from reentra.restorer.domain.steps import LINKING, link_of
from reentra.restorer.domain.subjects import Live, Subject
from reentra.restorer.domain.undo.deeds import Deed
from reentra.restorer.domain.undo.world import CANNOT_BE_UNDONE, CHANGED_SINCE, Tally, World


@dataclass(slots=True)
class LinkChange:
    """Of one relationship of one object. `first` and `last`: of a relationship to a single object, who it was before
    and after; None when it is not one."""

    deed: Deed
    relationship: Relationship
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    first: tuple[str, ...] | None = None
    last: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        return (*self.deed.key, self.relationship.name)

    @property
    def comes_back(self) -> Sequence[str]:
        """Ids that links may be added to."""
        return self.first if self.first is not None else self.removed


def link_changes(deeds: Sequence[Deed]) -> list[LinkChange]:
    """Of what was there: links of what the restore made go and come with it."""
    found: dict[tuple[str, str, str], LinkChange] = {}
    for deed in deeds:
        if deed.on_new or deed.step.kind not in LINKING | {"align_links"}:
            continue
        name, added, removed = written_links(deed)
        relationship = object_type(deed.step.object_type).relationship(name)
        change = found.setdefault((*deed.key, name), LinkChange(deed, relationship))
        if relationship.single:
            if added or removed:
                change.first = removed if change.first is None else change.first
                change.last = added
        else:
            change.added += added
            change.removed += removed
    return list(found.values())


def written_links(deed: Deed) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The relationship, and which links a step added and removed."""
    step = deed.step
    if step.kind == "align_links":
        return str(step.body["relationship"]), deed.adds or (), deed.removes
    _, name, targets = link_of(step)
    before = step.before.get(name)
    if step.kind in ("set_link", "clear_link"):
        return name, targets, tuple(before or ())
    if step.kind == "remove_link":
        return name, (), targets
    return name, targets if deed.adds is None else deed.adds, ()


def undo_links(changes: Sequence[LinkChange], world: World, tally: Tally) -> None:
    for change in changes:
        live = world.links.get(change.key)
        if live is None:
            continue  # the object is gone, and its links with it
        if change.relationship.single:
            _undo_single(change, live, world, tally)
        else:
            _undo_many(change, live, world, tally)


def _undo_many(change: LinkChange, live: Sequence[str], world: World, tally: Tally) -> None:
    held = {target.lower() for target in live}
    subject, relationship = _subject(change), change.relationship
    is_unread = change.key[1] in world.returning
    away = [target for target in dict.fromkeys(change.added) if is_unread or target.lower() in held]
    back = [target for target in dict.fromkeys(change.removed) if target.lower() not in held]
    back = _existing(change, back, world, tally)
    steps = adding(subject, relationship, back, live)
    why = f"the restore took it from the {relationship.name}"
    tally.steps += [replace(step, why=why) for step in steps]
    why = f"the restore added it to the {relationship.name}"
    tally.steps += [replace(step, why=why) for step in removing(subject, relationship, away, False)]


def _undo_single(change: LinkChange, live: Sequence[str], world: World, tally: Tally) -> None:
    first, name = change.first or (), change.relationship.name
    now, then, written = ([i.lower() for i in ids] for ids in (live, first, change.last))
    is_unread = change.key[1] in world.returning
    if change.first is None or (now == then and not is_unread):
        return
    if now != written and not is_unread:
        tally.block(change.deed, CHANGED_SINCE, f"{name} was changed after the restore; it stays as it is now.")
        return
    back = _existing(change, list(first), world, tally)
    if first and not back:
        return
    steps = adding(_subject(change), change.relationship, back, live)
    steps += removing(_subject(change), change.relationship, change.last, bool(back))
    tally.steps += [replace(step, why=f"{name} goes back to what it was before the restore") for step in steps]


def _existing(change: LinkChange, targets: list[str], world: World, tally: Tally) -> list[str]:
    gone = [i for i in targets if i.lower() in world.unknown and i.lower() not in world.returning]
    for target in gone:
        why = f"Its {change.relationship.name} had {target}, which no longer exists; it cannot be put back."
        tally.block(change.deed, CANNOT_BE_UNDONE, why)
    return [target for target in targets if target not in gone]


def _subject(change: LinkChange) -> Subject:
    """In the words in which links are written."""
    deed = change.deed
    row = object_type(deed.step.object_type)
    record = ObjectRecord(row.name, ObjectId(deed.object_id), {}, {})
    return Subject(row, record, deed.step.display_name, Live(deed.object_id, {}))
