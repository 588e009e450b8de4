"""Licences that were assigned directly: those that are missing are added. Those that a group gives come with the group.

`assignLicense` takes what to add and what to remove. Data goes with a licence, so what the snapshot does not have is
only taken away when the plan is asked to; otherwise it is told.
`usageLocation` must be there first, so these steps come after all objects and links (user-assignlicense).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reentra.restorer.domain.choice import LICENCES
from reentra.restorer.domain.obstacles import remark
from reentra.restorer.domain.recipes import LICENCE_RANK
from reentra.restorer.domain.steps import Json, Remark, Step
from reentra.restorer.domain.subjects import Scene, Subject, own_path


def licence_steps(subject: Subject, scene: Scene) -> tuple[list[Step], list[Remark]]:
    if not subject.recipe.licensed or not scene.takes(subject, LICENCES):
        return [], []
    present = subject.live.properties if subject.live is not None else subject.binned or {}
    wanted, held = direct_licences(subject.wanted.properties), direct_licences(present)
    missing = [sku for sku, plans in wanted.items() if held.get(sku) != plans]
    extra = sorted(held.keys() - wanted.keys())
    kept = extra if scene.manner.licences == "add" else []
    remarks = [_kept(subject, kept)] if kept else []
    adds = [{"skuId": sku, "disabledPlans": sorted(wanted[sku])} for sku in sorted(missing)]
    removes = extra if scene.manner.licences == "replace" else []
    if not adds and not removes:
        return [], remarks
    reasons = [f"{_counted(adds)} missing, or had other plans switched off"] if adds else []
    reasons += [f"{_counted(removes)} taken away that the snapshot does not have"] if removes else []
    steps = [
        Step(
            "license",
            LICENCE_RANK,
            subject.row.name,
            subject.id,
            subject.name,
            "POST",
            f"{own_path(subject)}/assignLicense",
            "; ".join(reasons),
            {"addLicenses": adds, "removeLicenses": removes},
            before={"licences": {sku: sorted(plans) for sku, plans in held.items()}},
        )
    ]
    return steps, remarks


def _kept(subject: Subject, skus: Sequence[str]) -> Remark:
    return remark(
        subject,
        "licence_kept",
        f"It has licences that the snapshot does not have ({', '.join(skus)}); they stay, for data goes with a "
        "licence. To take them away, plan again and choose to replace licences.",
    )


def _counted(rows: Sequence[object]) -> str:
    return "a licence is" if len(rows) == 1 else f"{len(rows)} licences are"


def has_licences(properties: Mapping[str, Any], body: Json) -> bool:
    """What such a step adds is there, and what it takes away is not."""
    held = direct_licences(properties)
    return not held.keys() & set(body["removeLicenses"]) and all(
        held.get(one["skuId"]) == frozenset(one["disabledPlans"]) for one in body["addLicenses"]
    )


def direct_licences(properties: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Plans that are switched off, by sku. People's states tell whether a group gives the licence; groups have none."""
    states = properties.get("licenseAssignmentStates")
    rows = properties.get("assignedLicenses") if states is None and "userPrincipalName" not in properties else states
    return {
        str(row["skuId"]): frozenset(row.get("disabledPlans") or ())
        for row in rows or ()
        if row.get("assignedByGroup") is None
    }
