"""Links: what to add and what to remove, in bulk where Graph takes twenty at once."""

from collections.abc import Sequence
from typing import Any

from reentra.common.directory.catalog import ObjectType, Relationship
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.missing import link_gone
from reentra.restorer.domain.recipes import LINK_RANK, UNLINK_RANK
from reentra.restorer.domain.steps import GRAPH, Remark, Step
from reentra.restorer.domain.subjects import Names, Scene, Subject, own_name

BULK = 20
"""`members@odata.bind` takes twenty, all or nothing (group-post-members)."""


def restorable(row: ObjectType, wanted: dict[str, Any], scene: Scene, view: str) -> list[Relationship]:
    """Relationships that may be written on this object."""
    if scene.manner.links == "none":
        return []
    dynamic = "DynamicMembership" in (wanted.get("groupTypes") or ()) or wanted.get("membershipType") == "Dynamic"
    synced = bool(wanted.get("onPremisesSyncEnabled"))
    found = []
    for relationship in row.relationships:
        mastered = synced and relationship.name in ("members", "owners", "manager")
        seen_elsewhere = relationship.name == view and scene.roles_by_assignment
        computed = dynamic and relationship.name == "members"
        if relationship.writable and relationship.kind == "ref" and not (mastered or seen_elsewhere or computed):
            found.append(relationship)
    return found


def link_steps(subject: Subject, scene: Scene, names: Names) -> tuple[list[Step], list[Remark]]:
    """For an object that is live, or that this plan makes or brings back."""
    steps: list[Step] = []
    remarks: list[Remark] = []
    for relationship in restorable(subject.row, subject.wanted.properties, scene, subject.recipe.role_view):
        if not scene.takes(subject, relationship.name):
            continue
        wanted, missing = _targets(subject, relationship, scene)
        missed = [target for target in missing if target.lower() not in scene.gone_then]
        remarks += [link_gone(subject, relationship.name, target, scene) for target in missed]
        if subject.live is None and subject.binned is not None:
            named_targets = [names(target) for target in wanted]
            steps.append(_align(subject, relationship, named_targets, removes=scene.manner.links == "replace"))
            continue
        now = subject.live.links.get(relationship.name, ()) if subject.live is not None else ()
        held = {target.lower() for target in now}
        adds = [named for target in wanted if (named := names(target)).lower() not in held]
        # also by its first id: one that was made anew may still lie in the bin, and delta shows it among the members
        kept = {i.lower() for target in wanted for i in (names(target), target)} | {i.lower() for i in missing}
        removes = [target for target in now if target.lower() not in kept] if scene.manner.links == "replace" else []
        back = [target for target in adds if subject.live is not None and target.lower() in scene.undeleted]
        if back:
            steps.append(_align(subject, relationship, back, removes=False))
        adds = [target for target in adds if target not in back]
        steps += adding(subject, relationship, adds, now)
        steps += removing(subject, relationship, removes, bool(adds))
    return steps, remarks


def _targets(subject: Subject, relationship: Relationship, scene: Scene) -> tuple[list[str], list[str]]:
    """Wanted targets that exist or will, and those that are gone."""
    here: list[str] = []
    missing: list[str] = []
    for entry in subject.wanted.links.get(relationship.name, ()):
        target = str(entry["id"])
        (missing if target.lower() in scene.gone else here).append(target)
    return here, missing


def adding(subject: Subject, relationship: Relationship, targets: Sequence[str], now: Sequence[str]) -> list[Step]:
    """`targets` as they are called in steps."""
    if not targets:
        return []
    path = relationship.path.replace("{id}", own_name(subject))
    if relationship.single:
        why = f"{relationship.name} was another one in the snapshot"
        before = {relationship.name: list(now)}
        return [
            _step(subject, "set_link", LINK_RANK, "PUT", path + "/$ref", why, {"@odata.id": _url(targets[0])}, before)
        ]
    if subject.row.name == "group" and relationship.name == "members" and len(targets) > 1:
        return [
            _step(
                subject,
                "add_link",
                LINK_RANK,
                "PATCH",
                subject.row.item.replace("{id}", own_name(subject)),
                f"{len(part)} of {len(targets)} missing {relationship.name} come back",
                {f"{relationship.name}@odata.bind": [_url(target) for target in part]},
                {relationship.name: "absent"},
            )
            for part in _parts(targets)
        ]
    return [
        _step(
            subject,
            "add_link",
            LINK_RANK,
            "POST",
            path + "/$ref",
            f"it was among the {relationship.name} in the snapshot",
            {"@odata.id": _url(target)},
            {relationship.name: "absent"},
        )
        for target in targets
    ]


def removing(subject: Subject, relationship: Relationship, targets: Sequence[str], replaced: bool) -> list[Step]:
    path = relationship.path.replace("{id}", own_name(subject))
    why = f"it was not among the {relationship.name} in the snapshot"
    if relationship.single:
        if replaced or not targets:
            return []
        before = {relationship.name: list(targets)}
        return [_step(subject, "clear_link", UNLINK_RANK, "DELETE", path + "/$ref", why, None, before)]
    return [
        _step(
            subject,
            "remove_link",
            UNLINK_RANK,
            "DELETE",
            f"{path}/{target}/$ref",
            why,
            None,
            {relationship.name: [target]},
        )
        for target in targets
    ]


def has_principals(record: ObjectRecord) -> bool:
    """Service principals among its members."""
    members = record.links.get("members", ())
    return any(str(entry.get("@odata.type", "")).endswith("servicePrincipal") for entry in members)


def _align(subject: Subject, relationship: Relationship, wanted: list[str], *, removes: bool) -> Step:
    """Links that nobody can foresee: those of an object in the bin, and those to one. They return with it
    (directory-deleteditems-restore), unless they were changed before."""
    returning = subject.live is None
    are, themselves = ("is", "itself") if relationship.single else ("are", "themselves")
    return _step(
        subject,
        "align_links",
        LINK_RANK + 1,
        "GET",
        relationship.path.replace("{id}", own_name(subject)),
        f"once it is back, its {relationship.name} {are} compared with the snapshot and put right"
        if returning
        else f"its {relationship.name} should return from the recycle bin by {themselves}: only what does not is added",
        {
            "relationship": relationship.name,
            "wanted": wanted,
            "single": relationship.single,
            "removes": removes,
            "principals": relationship.name == "members" and has_principals(subject.wanted),
        },
        {},
    )


def _step(
    subject: Subject, kind: str, rank: float, method: str, path: str, why: str, body: object, before: dict[str, Any]
) -> Step:
    return Step(
        kind,  # type: ignore[arg-type]
        rank,
        subject.row.name,
        subject.id,
        subject.name,
        method,
        path,
        why,
        body,
        before=before,
    )


def _url(target: str) -> str:
    return f"{GRAPH}/directoryObjects/{target}"


def _parts(targets: Sequence[str]) -> list[Sequence[str]]:
    return [targets[start : start + BULK] for start in range(0, len(targets), BULK)]
