"""assignLicense for users (at once) and groups (accepted, done in the background)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request
from reentra.simulator.graph.shape import shape

from . import answers
from .body import json_object
from .targets import changeable

_WRITERS = ("LicenseAssignment.ReadWrite.All", "Directory.ReadWrite.All")


def assign_to_user(request: GraphRequest, key: str) -> Answer:
    request.require(*_WRITERS, "User.ReadWrite.All")
    user = changeable(request, "user", key)
    added, removed = _wanted(request)
    if added and not user.get("usageLocation"):
        raise bad_request("License assignment cannot be done for user with invalid usage location.")
    directory = request.directory
    states = user.get("licenseAssignmentStates") or []
    inherited = {state["skuId"] for state in states if state.get("assignedByGroup")}
    direct = {
        licence["skuId"]: licence
        for licence in user.get("assignedLicenses") or []
        if licence["skuId"] not in inherited or _is_direct(states, licence["skuId"])
    }
    _check_removal(removed, direct, inherited)
    for sku_id in added:
        _check_available(directory, sku_id, is_new=sku_id not in direct and sku_id not in inherited)
    kept = {sku_id: licence for sku_id, licence in direct.items() if sku_id not in removed} | added
    _store(directory, user, kept, inherited)
    changed = directory.get(user["id"]) or user
    return answers.shown(request, "users/$entity", shape("user", changed, None))


def assign_to_group(request: GraphRequest, key: str) -> Answer:
    """The group's own list changes now; what members inherit is not simulated."""
    request.require(*_WRITERS, "Group.ReadWrite.All")
    group = changeable(request, "group", key)
    if group.get("securityEnabled") is not True:
        raise bad_request("Licenses can only be assigned to security-enabled groups.")
    added, removed = _wanted(request)
    held = {licence["skuId"]: licence for licence in group.get("assignedLicenses") or []}
    _check_removal(removed, held, set())
    kept = {sku_id: licence for sku_id, licence in held.items() if sku_id not in removed} | added
    request.directory.patch(group["id"], {"assignedLicenses": list(kept.values())})
    shown = {name: group.get(name) for name in ("id", "createdDateTime", "groupTypes", "securityEnabled")}
    return Answer(202, shown, {"Location": f"{request.base_url}/groups/{group['id']}"})


def _wanted(request: GraphRequest) -> tuple[dict[str, Entity], set[str]]:
    """Both arrays must be there, even empty."""
    body = json_object(request)
    add, remove = body.get("addLicenses"), body.get("removeLicenses")
    if not isinstance(add, list) or not isinstance(remove, list) or set(body) - {"addLicenses", "removeLicenses"}:
        raise bad_request("The parameters 'addLicenses' and 'removeLicenses' must both be collections.")
    added: dict[str, Entity] = {}
    for entry in add:
        if not isinstance(entry, dict) or set(entry) - {"skuId", "disabledPlans", "@odata.type"}:
            raise bad_request("An entry of 'addLicenses' holds 'skuId' and 'disabledPlans' only.")
        sku = _sku(request.directory, entry.get("skuId"))
        plans = {plan["servicePlanId"] for plan in sku.get("servicePlans") or ()}
        disabled = entry.get("disabledPlans") or []
        if set(disabled) - plans:
            raise bad_request(f"License assignment failed: service plan {min(set(disabled) - plans)} is invalid.")
        added[sku["skuId"]] = {"disabledPlans": disabled, "skuId": sku["skuId"]}
    return added, set(remove)


def _sku(directory: Directory, sku_id: object) -> Entity:
    for sku in directory.objects("subscribedSku"):
        if sku["skuId"] == sku_id:
            return sku
    raise bad_request(f"License {sku_id} does not correspond to a valid company License.")


def _check_available(directory: Directory, sku_id: str, *, is_new: bool) -> None:
    sku = _sku(directory, sku_id)
    if is_new and sku["prepaidUnits"]["enabled"] <= sku["consumedUnits"]:
        raise bad_request(f"Subscription with SKU {sku_id} does not have any available licenses.")


def _check_removal(removed: set[str], direct: Mapping[str, Any], inherited: set[str]) -> None:
    for sku_id in removed:
        if sku_id in direct:
            continue
        if sku_id in inherited:
            raise bad_request("User license is inherited from a group membership and it cannot be removed directly.")
        raise bad_request("User does not have a corresponding license.")


def _is_direct(states: list[Mapping[str, Any]], sku_id: str) -> bool:
    return any(state["skuId"] == sku_id and not state.get("assignedByGroup") for state in states)


def _store(directory: Directory, user: Entity, direct: Mapping[str, Entity], inherited: set[str]) -> None:
    """The list without regard to where a licence comes from, the states with it, and the units consumed."""
    before = {licence["skuId"]: licence for licence in user.get("assignedLicenses") or []}
    after = {sku_id: licence for sku_id, licence in before.items() if sku_id in inherited} | dict(direct)
    now = graph_time(directory.clock())
    states = [state for state in user.get("licenseAssignmentStates") or [] if state.get("assignedByGroup")]
    states += [
        {
            "skuId": sku_id,
            "disabledPlans": licence["disabledPlans"],
            "lastUpdatedDateTime": now,
            "assignedByGroup": None,
            "state": "Active",
            "error": "None",
        }
        for sku_id, licence in direct.items()
    ]
    directory.patch(
        user["id"],
        {
            "assignedLicenses": list(after.values()),
            "licenseAssignmentStates": states,
            "assignedPlans": [plan for sku_id in after for plan in _plans(directory, sku_id, after[sku_id], now)],
        },
    )
    for sku in list(directory.objects("subscribedSku")):
        difference = (sku["skuId"] in after) - (sku["skuId"] in before)
        directory.patch(sku["id"], {"consumedUnits": sku["consumedUnits"] + difference})


def _plans(directory: Directory, sku_id: str, licence: Mapping[str, Any], now: str) -> list[Entity]:
    return [
        {
            "assignedDateTime": now,
            "capabilityStatus": "Enabled",
            "service": plan["servicePlanName"],
            "servicePlanId": plan["servicePlanId"],
        }
        for plan in _sku(directory, sku_id).get("servicePlans") or ()
        if plan["servicePlanId"] not in licence["disabledPlans"]
    ]
