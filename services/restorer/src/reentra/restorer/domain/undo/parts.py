"""What an object contains (settings of a group): what the restore made goes, what it changed goes back."""

from collections.abc import Sequence
from typing import Any

from reentra.common.directory.catalog import object_type
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.parts import PARTS, missing_part, values_of
from reentra.restorer.domain.recipes import LINK_RANK
from reentra.restorer.domain.steps import Json, Step
from reentra.restorer.domain.subjects import Live, Subject
from reentra.restorer.domain.undo.deeds import Deed
from reentra.restorer.domain.undo.existence import REMOVE_RANK
from reentra.restorer.domain.undo.world import CHANGED_SINCE, Tally, World

PART_KINDS = ("add_part", "update_part", "remove_part")


def relationship_of(deed: Deed) -> str:
    return deed.step.path.split("/")[3]


def undo_parts(deeds: Sequence[Deed], world: World, tally: Tally) -> None:
    for deed in deeds:
        if deed.step.kind not in PART_KINDS or deed.on_new or deed.was_there:
            continue
        entries = world.parts.get((deed.object_id.lower(), relationship_of(deed)))
        if entries is not None:
            step = _opposite(deed, entries, tally)
            tally.steps += [step] if step is not None else []


def _opposite(deed: Deed, entries: Sequence[Json], tally: Tally) -> Step | None:
    part, step = PARTS[relationship_of(deed)], deed.step
    if step.kind == "remove_part":
        has_one = any(entry.get(part.key) == step.before.get(part.key) for entry in entries)
        return None if has_one else _again(deed)
    now = next((entry for entry in entries if _is_it(deed, entry)), None)
    if now is None:
        return None
    then: Any = step.before.get(relationship_of(deed))
    if step.kind == "update_part" and values_of(now, part) == values_of(then, part):
        return None
    if values_of(now, part) != values_of(step.body, part):
        why = f"Its {relationship_of(deed)} were changed after the restore; they stay as they are now."
        tally.block(deed, CHANGED_SINCE, why)
        return None
    path = f"/{'/'.join(step.path.split('/')[1:4])}/{now['id']}"
    if step.kind == "add_part":
        return _step(deed, "remove_part", "DELETE", path, "the restore made them", None, dict(now))
    why = f"its {relationship_of(deed)} go back to what they were before the restore"
    return _step(
        deed,
        "update_part",
        "PATCH",
        path,
        why,
        {part.values: then.get(part.values) or []},
        {relationship_of(deed): now},
    )


def _is_it(deed: Deed, entry: Json) -> bool:
    if deed.step.kind == "update_part":
        return str(entry["id"]).lower() == deed.step.path.rpartition("/")[2].lower()
    key = PARTS[relationship_of(deed)].key
    return bool(entry.get(key) == deed.step.body[key])


def _again(deed: Deed) -> Step:
    row = object_type(deed.step.object_type)
    record = ObjectRecord(row.name, ObjectId(deed.object_id), {}, {})
    subject = Subject(row, record, deed.step.display_name, Live(deed.object_id, {}))
    name = relationship_of(deed)
    collection = deed.step.path.rpartition("/")[0]
    return missing_part(subject, row.relationship(name), PARTS[name], collection, dict(deed.step.before))


def _step(deed: Deed, kind: Any, method: str, path: str, why: str, body: Json | None, before: Json) -> Step:
    rank = REMOVE_RANK if kind == "remove_part" else LINK_RANK
    step = deed.step
    return Step(kind, rank, step.object_type, deed.object_id, step.display_name, method, path, why, body, before=before)
