"""What is referred to and gone: said with its name, and left out where the plan was asked to go without it. Pure.

Only entries of lists can be left out; an assignment without its principal is none.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reentra.common.directory.references import references_of
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.obstacles import remark
from reentra.restorer.domain.shapes import trimmed
from reentra.restorer.domain.steps import Json, Remark
from reentra.restorer.domain.subjects import Scene, Subject

LEFT_OUT = "left_out"
UNCHECKED = (
    "roleDefinitionId",
    "Roles[]",
    "termsOfUse[]",
    "authenticationStrength.id",
    "api.preAuthorizedApplications[].appId",
    "api.knownClientApplications[]",
)
"""Reference paths whose ids are no directory objects: Graph itself refuses them when they are wrong."""
LOCATIONS = "Locations[]"
"""No directory objects either, but few: they are listed."""
APPLICATIONS = ("includeApplications[]", "excludeApplications[]")
"""Called by their appIds."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A subject as it can be, what was left out of it, and the properties from which it was."""

    subject: Subject
    remarks: tuple[Remark, ...] = ()
    names: frozenset[str] = frozenset()


def lost_reference(
    subject: Subject, gone: Collection[str], takes: Callable[[str], bool] = lambda _: True
) -> tuple[str, str] | None:
    """The first id referenced by these properties that neither exists nor will, and where it stands."""
    for reference in references_of(subject.row, subject.wanted.properties, {}):
        if not takes(_property(reference.where)):
            continue
        if reference.kind != "own_app_id" and reference.value.lower() in gone:
            return reference.value, reference.where
    return None


def reference_gone(subject: Subject, lost: tuple[str, str], scene: Scene) -> Remark:
    target, where = lost
    return remark(
        subject, "reference_gone", f"It refers to {_named(target, scene)} ({where}), {_gone(target, scene, where)}"
    )


def link_gone(subject: Subject, relationship: str, target: str, scene: Scene) -> Remark:
    if scene.manner.missing == "leave_out":
        why = f"Its {relationship} had {_named(target, scene)}, which no longer exists; they come back without it."
        return remark(subject, LEFT_OUT, why)
    why = f"Its {relationship} had {_named(target, scene)}, {_gone(target, scene, '[]')}"
    return remark(subject, "reference_gone", why)


def without_missing(subject: Subject, scene: Scene, gone: Collection[str]) -> Trimmed:
    """The subject without what is gone; itself unless the plan is to do that."""
    if scene.manner.missing != "leave_out":
        return Trimmed(subject)
    wanted = subject.wanted.properties
    told: list[Remark] = []
    names: set[str] = set()
    for reference in references_of(subject.row, wanted, {}):
        if not _can_go(reference.where) or reference.kind == "own_app_id" or reference.value.lower() not in gone:
            continue
        names.add(_property(reference.where))
        wanted = _without(wanted, reference.where.split("."), reference.value.lower())
        told.append(
            remark(
                subject,
                LEFT_OUT,
                f"{_named(reference.value, scene)} ({reference.where}) no longer exists and is left out: look at whom "
                "it concerns now before anybody relies on it.",
            )
        )
    if not told:
        return Trimmed(subject)
    held = subject.wanted
    record = ObjectRecord(held.object_type, held.object_id, trimmed(subject.row.name, wanted), held.links)
    return Trimmed(replace(subject, wanted=record), tuple(told), frozenset(names))


def _property(where: str) -> str:
    return where.split(".")[0].removesuffix("[]")


def _can_go(where: str) -> bool:
    return where.endswith("[]")


def _without(value: Any, path: Sequence[str], target: str) -> Json:
    name = path[0].removesuffix("[]")
    child = value.get(name)
    if len(path) == 1:
        child = [item for item in child if str(item).lower() != target]
    elif path[0].endswith("[]"):
        child = [_without(item, path[1:], target) for item in child]
    else:
        child = _without(child, path[1:], target)
    return {**value, name: child}


def _named(target: str, scene: Scene) -> str:
    name = scene.remembered.get(target.lower()) or scene.to_be_made.get(target.lower())
    return f"{name} ({target})" if name else target


def _gone(target: str, scene: Scene, where: str) -> str:
    if target.lower() in scene.to_be_made:
        without = "; plan again and choose to go without it" if _can_go(where) else ""
        return f"which is in this plan and cannot be brought back{without}."
    if scene.manner.missing == "restore":
        return "which no longer exists and cannot be brought back from this snapshot."
    ways = ["to bring it back as well"] if target.lower() in scene.remembered else []
    ways += ["to go without it"] if _can_go(where) else []
    held = "" if target.lower() in scene.remembered else ", and is not in this snapshot either"
    return f"which no longer exists{held}; " + (
        f"plan again and choose {' or '.join(ways)}." if ways else "restore it first."
    )
