"""Licences that were assigned directly: those that are missing are added. Those that a group gives come with the group.

`assignLicense` takes what to add and what to remove; nothing is ever removed here, for data goes with a licence.
`usageLocation` must be there first, so these steps come after all objects and links (user-assignlicense).
"""

from collections.abc import Mapping
from typing import Any

from reentra.restorer.domain.recipes import LICENCE_RANK
from reentra.restorer.domain.steps import Json, Step
from reentra.restorer.domain.subjects import Subject, own_path


def licence_steps(subject: Subject) -> list[Step]:
    if not subject.recipe.licensed:
        return []
    present = subject.live.properties if subject.live is not None else subject.binned or {}
    wanted, held = _direct(subject.wanted.properties), _direct(present)
    missing = [sku for sku, plans in wanted.items() if held.get(sku) != plans]
    if not missing:
        return []
    adds = [{"skuId": sku, "disabledPlans": sorted(wanted[sku])} for sku in sorted(missing)]
    count = "a licence is" if len(adds) == 1 else f"{len(adds)} licences are"
    return [
        Step(
            "license",
            LICENCE_RANK,
            subject.row.name,
            subject.id,
            subject.name,
            "POST",
            f"{own_path(subject)}/assignLicense",
            f"{count} missing, or had other plans switched off",
            {"addLicenses": adds, "removeLicenses": []},
            before={"licences": {sku: sorted(plans) for sku, plans in held.items()}},
        )
    ]


def has_licences(properties: Mapping[str, Any], body: Json) -> bool:
    """What such a step adds is there."""
    held = _direct(properties)
    return all(held.get(one["skuId"]) == frozenset(one["disabledPlans"]) for one in body["addLicenses"])


def _direct(properties: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Plans that are switched off, by sku. People's states tell whether a group gives the licence; groups have none."""
    states = properties.get("licenseAssignmentStates")
    rows = properties.get("assignedLicenses") if states is None and "userPrincipalName" not in properties else states
    return {
        str(row["skuId"]): frozenset(row.get("disabledPlans") or ())
        for row in rows or ()
        if row.get("assignedByGroup") is None
    }
