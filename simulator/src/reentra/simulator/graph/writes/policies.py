"""Conditional Access policies: shape first (error 1007 names no field), then every id in them must exist."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError

from . import answers, refusals
from .body import json_object, split_binds
from .policy_references import check_references
from .rules import RULES
from .shapes import UnknownProperty, check_body
from .targets import existing

CONTEXT = "identity/conditionalAccess/policies"
_MOST_POLICIES = 240
_NO_USERS: Entity = {
    "includeUsers": [], "excludeUsers": [], "includeGroups": [], "excludeGroups": [], "includeRoles": [],
    "excludeRoles": [], "includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None,
}  # fmt: skip
_NO_APPLICATIONS: Entity = {
    "includeApplications": [], "excludeApplications": [], "includeUserActions": [],
    "includeAuthenticationContextClassReferences": [], "applicationFilter": None,
}  # fmt: skip
_NO_CLIENTS: Entity = {"includeServicePrincipals": [], "excludeServicePrincipals": [], "servicePrincipalFilter": None}
_NO_CONDITIONS: Entity = {
    "userRiskLevels": [], "signInRiskLevels": [], "clientAppTypes": [], "servicePrincipalRiskLevels": [],
    "insiderRiskLevels": None, "platforms": None, "locations": None, "devices": None, "clientApplications": None,
    "authenticationFlows": None, "applications": None, "users": None,
}  # fmt: skip
_NO_GRANTS: Entity = {
    "operator": None, "builtInControls": [], "customAuthenticationFactors": [], "termsOfUse": [],
    "authenticationStrength": None,
}  # fmt: skip
_NO_SESSION: Entity = {
    "disableResilienceDefaults": None, "applicationEnforcedRestrictions": None, "cloudAppSecurity": None,
    "signInFrequency": None, "persistentBrowser": None,
}  # fmt: skip
_STRENGTHS = {
    "00000000-0000-0000-0000-000000000002": "Multifactor authentication",
    "00000000-0000-0000-0000-000000000003": "Passwordless MFA",
    "00000000-0000-0000-0000-000000000004": "Phishing-resistant MFA",
}


def require_policy_writer(request: GraphRequest) -> None:
    """All three together: the service reads what the policy refers to in the caller's name."""
    for role in ("Policy.ReadWrite.ConditionalAccess", "Policy.Read.All"):
        request.require(role)
    request.require(
        "Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"
    )


def create_policy(request: GraphRequest) -> Answer:
    require_policy_writer(request)
    body = _checked(request)
    for name in RULES["conditionalAccessPolicy"].required:
        if not body.get(name):
            raise refusals.policy_mismatch()
    directory = request.directory
    policy = _whole({"sessionControls": None, "grantControls": None, **body})
    _check(directory, policy)
    if len(directory.ids("conditionalAccessPolicy")) >= _MOST_POLICIES:
        raise refusals.policy_invalid(1132, f"The number of policies exceeds the limit of {_MOST_POLICIES}.")
    item = {
        "id": str(uuid.uuid4()),
        "templateId": None,
        "description": None,
        "createdDateTime": _precise(request),
        "modifiedDateTime": None,
        "deletedDateTime": None,
        **policy,
    }
    directory.create("conditionalAccessPolicy", item)
    return answers.created(request, CONTEXT, item)


def update_policy(request: GraphRequest, key: str) -> Answer:
    require_policy_writer(request)
    item = existing(request, "conditionalAccessPolicy", key)
    body = _checked(request)
    if not body:
        raise refusals.policy_mismatch()
    changes = _whole(body)
    _check(request.directory, {**item, **changes})
    request.directory.patch(item["id"], {**changes, "modifiedDateTime": _precise(request)})
    return answers.done()


def _checked(request: GraphRequest) -> dict[str, Any]:
    """Names and types are right, nothing is read-only; otherwise the answer is 1007, whatever the field."""
    try:
        body, _ = split_binds(json_object(request))
        check_body("conditionalAccessPolicy", body, lenient_nulls=True)
    except UnknownProperty:
        raise
    except GraphError:
        raise refusals.policy_mismatch() from None
    for name in body:
        if name in RULES["conditionalAccessPolicy"].read_only:
            raise refusals.read_only(name)
    return body


def _whole(body: Mapping[str, Any]) -> Entity:
    """As Microsoft stores it: a condition that was sent is complete, what was left out inside it is unset."""
    policy = dict(body)
    if "conditions" in policy:
        conditions = _filled(_NO_CONDITIONS, policy["conditions"]) or dict(_NO_CONDITIONS)
        conditions["users"] = _filled(_NO_USERS, conditions["users"])
        conditions["applications"] = _filled(_NO_APPLICATIONS, conditions["applications"])
        conditions["clientApplications"] = _filled(_NO_CLIENTS, conditions["clientApplications"])
        locations: Entity = {"includeLocations": [], "excludeLocations": []}
        conditions["locations"] = _filled(locations, conditions["locations"])
        platforms: Entity = {"includePlatforms": [], "excludePlatforms": []}
        conditions["platforms"] = _filled(platforms, conditions["platforms"])
        policy["conditions"] = conditions
    if "grantControls" in policy:
        policy["grantControls"] = _grants(policy["grantControls"])
    if "sessionControls" in policy:
        policy["sessionControls"] = _filled(_NO_SESSION, policy["sessionControls"])
    return policy


def _filled(defaults: Mapping[str, Any], sent: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if sent is None:
        return None
    given = {name: value for name, value in sent.items() if value is not None}
    return {**defaults, **given}


def _grants(sent: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A strength is sent by id and comes back whole."""
    grants = _filled(_NO_GRANTS, sent)
    strength = (grants or {}).get("authenticationStrength")
    if grants is not None and strength:
        grants["authenticationStrength"] = {
            "id": strength["id"],
            "displayName": _STRENGTHS.get(strength["id"]),
            "policyType": "builtIn" if strength["id"] in _STRENGTHS else "custom",
        }
    return grants


def _check(directory: Directory, policy: Mapping[str, Any]) -> None:
    conditions, grants = policy["conditions"], policy.get("grantControls")
    if not policy.get("displayName") or not policy.get("state"):
        raise refusals.policy_mismatch()
    if not conditions.get("clientAppTypes"):
        raise refusals.policy_invalid(1031, "'clientAppTypes' in the policy's conditions cannot be empty.")
    applications = conditions.get("applications") or {}
    if not any(applications.get(name) for name in _NO_APPLICATIONS if name != "excludeApplications"):
        raise refusals.policy_invalid(1010, "The policy must include applications, user actions or contexts.")
    users, clients = conditions.get("users") or {}, conditions.get("clientApplications") or {}
    if not any(value for name, value in [*users.items(), *clients.items()] if name.startswith("include")):
        raise refusals.policy_invalid(1009, "The policy must include users, groups, roles or service principals.")
    if not grants and not policy.get("sessionControls"):
        raise refusals.policy_invalid(1008, "The policy must contain at least one grant or session control.")
    if grants and grants.get("operator") not in {"AND", "OR"}:
        raise refusals.policy_mismatch()
    if grants and "block" in grants["builtInControls"] and len(grants["builtInControls"]) > 1:
        raise refusals.policy_invalid(1012, "The control 'block' cannot be combined with other controls.")
    check_references(directory, policy, frozenset(_STRENGTHS))


def _precise(request: GraphRequest) -> str:
    return request.cloud.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
