"""What kind of group it is, and which writes that kind takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reentra.simulator.graph.context import GraphRequest
from reentra.simulator.graph.errors import bad_request

from . import refusals

_NICKNAME = re.compile(r"^[\x21-\x7e]{1,64}$")
_FORBIDDEN_IN_NICKNAME = set('@()\\[]";:<>, ')
_VISIBILITIES = {"Private", "Public", "HiddenMembership", None}


def is_unified(group: Mapping[str, Any]) -> bool:
    return "Unified" in (group.get("groupTypes") or ())


def is_dynamic(group: Mapping[str, Any]) -> bool:
    return "DynamicMembership" in (group.get("groupTypes") or ())


def is_held_by_exchange(group: Mapping[str, Any]) -> bool:
    """Distribution lists and mail-enabled security groups."""
    return group.get("mailEnabled") is True and not is_unified(group)


def check_writable(request: GraphRequest, group: Mapping[str, Any], verb: str) -> None:
    if group.get("onPremisesSyncEnabled") is True:
        raise bad_request(refusals.ON_PREMISES)
    if is_held_by_exchange(group):
        raise refusals.mail_enabled_group(verb)
    if group.get("isAssignableToRole") is True:
        request.require("RoleManagement.ReadWrite.Directory")


def check_new(request: GraphRequest, properties: Mapping[str, Any]) -> None:
    types = properties.get("groupTypes") or []
    if set(types) - {"Unified", "DynamicMembership"} or len(set(types)) < len(types):
        raise refusals.invalid_value("groupTypes", "Group")
    unified = is_unified(properties)
    if properties["mailEnabled"] and not unified:
        raise refusals.mail_enabled_group("Create")
    if unified and not properties["mailEnabled"]:
        raise refusals.invalid_value("mailEnabled", "Group")
    if not unified and not properties["securityEnabled"]:
        raise refusals.invalid_value("securityEnabled", "Group")
    if properties.get("isAssignableToRole"):
        _check_role_assignable(request, properties)
    check_membership_rule(properties)
    check_values(properties)


def _check_role_assignable(request: GraphRequest, properties: Mapping[str, Any]) -> None:
    request.require("RoleManagement.ReadWrite.Directory")
    if is_dynamic(properties) or not properties["securityEnabled"]:
        raise refusals.invalid_value("isAssignableToRole", "Group")
    if is_unified(properties) and properties.get("visibility") not in {None, "Private"}:
        raise refusals.invalid_value("visibility", "Group")


def check_changes(group: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """A PATCH may make a group dynamic or assigned, but not of another kind."""
    after = {**group, **changes}
    if is_unified(after) != is_unified(group) or set(after.get("groupTypes") or ()) - {"Unified", "DynamicMembership"}:
        raise refusals.invalid_value("groupTypes", "Group")
    if bool(after.get("mailEnabled")) != bool(group.get("mailEnabled")):
        raise refusals.invalid_value("mailEnabled", "Group")
    if not is_unified(after) and after.get("securityEnabled") is not True:
        raise refusals.invalid_value("securityEnabled", "Group")
    hidden = "HiddenMembership"
    if after.get("visibility") != group.get("visibility") and hidden in {after.get("visibility"), group["visibility"]}:
        raise refusals.invalid_value("visibility", "Group")
    if "uniqueName" in changes and group.get("uniqueName") not in {None, changes["uniqueName"]}:
        raise refusals.read_only("uniqueName")
    check_membership_rule(after)
    check_values(changes)


def check_membership_rule(group: Mapping[str, Any]) -> None:
    rule = group.get("membershipRule")
    if is_dynamic(group):
        if not rule:
            raise refusals.value_required("membershipRule", "Group")
        if group.get("membershipRuleProcessingState") not in {"On", "Paused"}:
            raise refusals.value_required("membershipRuleProcessingState", "Group")
    elif rule:
        raise bad_request("A membership rule can only be specified for groups of type DynamicMembership.")


def check_values(properties: Mapping[str, Any]) -> None:
    if "displayName" in properties and not 0 < len(properties["displayName"] or "") <= 256:
        raise refusals.invalid_value("displayName", "Group")
    nickname = properties.get("mailNickname")
    if "mailNickname" in properties and (
        not nickname or not _NICKNAME.match(nickname) or _FORBIDDEN_IN_NICKNAME & set(nickname)
    ):
        raise refusals.invalid_value("mailNickname", "Group")
    if properties.get("visibility") not in _VISIBILITIES:
        raise refusals.invalid_value("visibility", "Group")
    if len(properties.get("description") or "") > 1024:
        raise refusals.invalid_value("description", "Group")
