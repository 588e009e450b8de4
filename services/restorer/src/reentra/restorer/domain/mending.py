"""What a create finds there already, in another state than it was to get: it is changed, not made.

It came out of the recycle bin with something else, or somebody made it since the plan. What it was before stands in the
ledger before anything is written, so an undo puts that back, and does not take the object away.
"""

from collections.abc import Sequence
from dataclasses import replace

from reentra.common.directory.catalog import object_type
from reentra.restorer.domain.bodies import changes
from reentra.restorer.domain.parts import PARTS, values_of
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json, Step, StepKind


def is_itself(step: Step) -> bool:
    """Whatever has the properties by which Graph refuses a second one is what the step would bring, not a namesake."""
    return step.kind in ("undelete", "activate", "add_part") or bool(recipe_of(step.object_type).identity)


def mends_of(step: Step, there: Json) -> list[Json]:
    """The writes: {path, body, before}, in their order. `step`: its places filled; `there`: all that Graph shows."""
    if step.kind == "add_part":
        return _part_mends(step, there)
    row, recipe = object_type(step.object_type), recipe_of(step.object_type)
    wanted = {**(dict.fromkeys(step.probe.empty) if step.probe else {}), **step.body}
    synced = bool(there.get("onPremisesSyncEnabled"))
    found = changes(row, recipe, {**there, **wanted}, there, synced=synced, takes=wanted.__contains__)
    path = row.item.replace("{id}", str(there["id"]))
    return [{"path": path, "body": patch.body, "before": patch.before} for patch in found.patches]


def _part_mends(step: Step, there: Json) -> list[Json]:
    name = step.path.rpartition("/")[2]
    part = PARTS[name]
    if values_of(there, part) == values_of(step.body, part):
        return []
    body = {part.values: step.body[part.values]}
    return [{"path": f"{step.path}/{there['id']}", "body": body, "before": {name: there}}]


def mending(step: Step, mend: Json) -> Step:
    """The step that changes what is there."""
    kind: StepKind = "update_part" if step.kind == "add_part" else "update"
    why = "it was there already, and differs from the snapshot"
    return replace(step, kind=kind, method="PATCH", why=why, headers={}, gives={}, probe=None, **mend)


def told_of_mends(mends: Sequence[Json]) -> str:
    names = dict.fromkeys(name for mend in mends for name in mend["body"] if "@" not in name)
    return f"It was there already; its {', '.join(names)} became the snapshot's."


def turn_of(step: Step, outcome: Json) -> Step:
    """What a step sends now: itself, or the next change of what it found."""
    mends = outcome.get("mends") or ()
    done = int(outcome.get("mended") or 0)
    return mending(step, mends[done]) if done < len(mends) else step
