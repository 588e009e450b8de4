"""Deletes: what Entra keeps for 30 days goes to the bin, everything else is gone at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, denied, not_found

from . import answers, group_rules, locations, refusals
from .links import LINKS
from .ownership import require_application_writer
from .policies import require_policy_writer
from .targets import changeable, existing
from .users import check_role_holder

DELETERS = MappingProxyType(
    {
        "user": ("User.ReadWrite.All", "User.DeleteRestore.All", "Directory.ReadWrite.All"),
        "group": ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
        "device": ("Device.ReadWrite.All", "Directory.ReadWrite.All"),
        "administrativeUnit": ("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All"),
    }
)


def delete_object(request: GraphRequest, type_name: str, key: str) -> Answer:
    if type_name in {"application", "servicePrincipal"}:
        require_application_writer(request, type_name, key)
    elif type_name in DELETERS:
        request.require(*DELETERS[type_name])
    else:
        raise denied()
    item = changeable(request, type_name, key)
    _check(request, type_name, item)
    directory = request.directory
    if type_name == "device":
        directory.hard_delete(item["id"])
        return answers.done()
    directory.soft_delete(item["id"], as_it_lies_in_the_bin(type_name, item))
    if type_name == "application":
        # The service principal in the home tenant goes along; restoring the application does not bring it back.
        for principal_id in directory.find("servicePrincipal", "appId", item["appId"]):
            directory.soft_delete(principal_id)
    return answers.done()


def delete_directory_object(request: GraphRequest, key: str) -> Answer:
    """DELETE /directoryObjects/{id}: whatever type it is."""
    type_name = request.directory.type_of(key)
    if type_name is None or not request.directory.is_live(key):
        raise not_found(key)
    return delete_object(request, type_name, key)


def delete_member_itself(request: GraphRequest, type_name: str, key: str, relation: str, target_id: str) -> Answer:
    """DELETE .../members/{id} without /$ref: Graph deletes the object that the link points at."""
    source = existing(request, type_name, key)
    if (type_name, relation) not in LINKS or target_id not in request.directory.targets(relation, source["id"]):
        raise not_found(target_id)
    return delete_directory_object(request, target_id)


def delete_policy(request: GraphRequest, key: str) -> Answer:
    require_policy_writer(request)
    request.directory.soft_delete(existing(request, "conditionalAccessPolicy", key)["id"])
    return answers.done()


def delete_location(request: GraphRequest, key: str) -> Answer:
    require_policy_writer(request)
    item = existing(request, "namedLocation", key)
    locations.check_deletable(item)
    if _is_used(request.directory, item["id"]):
        raise refusals.policy_invalid(1119, "The named location is used by a Conditional Access policy.")
    request.directory.soft_delete(item["id"])
    return answers.done()


def as_it_lies_in_the_bin(type_name: str, item: Mapping[str, Any]) -> Entity:
    if type_name == "user":
        return {"userPrincipalName": item["id"].replace("-", "") + str(item.get("userPrincipalName"))}
    if type_name == "group" and not group_rules.is_unified(item):
        return {"securityEnabled": False}
    return {}


def _check(request: GraphRequest, type_name: str, item: Entity) -> None:
    if type_name == "user":
        check_role_holder(request, item["id"])
    if type_name == "group":
        group_rules.check_writable(request, item, "Delete")
        if item.get("assignedLicenses"):
            raise bad_request("A group that has licenses assigned cannot be deleted; remove its licenses first.")


def _is_used(directory: Directory, location_id: str) -> bool:
    for policy in directory.objects("conditionalAccessPolicy"):
        named = (policy.get("conditions") or {}).get("locations") or {}
        if location_id in (named.get("includeLocations") or ()) or location_id in (named.get("excludeLocations") or ()):
            return True
    return False
