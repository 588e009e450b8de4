"""App role assignments and delegated permission grants: both join service principals by object id, never by appId."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError, bad_request, not_found

from . import answers, refusals
from .body import checked_create, checked_patch, json_object, split_binds
from .identifiers import is_guid, joined_id
from .targets import existing, linkable

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_MOST_ASSIGNMENTS = 1_500
_PRINCIPALS = frozenset({"user", "group", "servicePrincipal"})
_RESOURCES = frozenset({"servicePrincipal"})
_KINDS = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}
_READERS = ("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")


def create_app_role_assignment(request: GraphRequest, type_name: str, key: str) -> Answer:
    """From the resource (appRoleAssignedTo) or from the principal (appRoleAssignments)."""
    _require_assigner(request)
    item = existing(request, type_name, key)
    properties, _ = split_binds(json_object(request))
    checked_create("appRoleAssignment", properties)
    side = "resourceId" if request.segments[-1] == "appRoleAssignedTo" else "principalId"
    if properties[side] != item["id"]:
        raise bad_request(f"The value of '{side}' must be the id in the request's path.")
    directory = request.directory
    principal_id, resource_id, role_id = (properties[name] for name in ("principalId", "resourceId", "appRoleId"))
    linkable(request, resource_id, _RESOURCES)
    kind = _KINDS[linkable(request, principal_id, _PRINCIPALS)]
    resource, principal = directory.get(resource_id) or {}, directory.get(principal_id) or {}
    _check_app_role(resource, role_id, kind)
    if any(_is_same(directory.get(other), resource_id, role_id) for other in _assignments(directory, principal_id)):
        raise bad_request("Permission being assigned already exists on the object")
    if len(_assignments(directory, principal_id)) >= _MOST_ASSIGNMENTS:
        raise refusals.quota_exceeded(f"A principal can hold at most {_MOST_ASSIGNMENTS} app role assignments.")
    assignment = directory.create(
        "appRoleAssignment",
        {
            "id": joined_id(principal_id, str(uuid.uuid4())),
            "deletedDateTime": None,
            "appRoleId": role_id,
            "createdDateTime": graph_time(directory.clock()),
            "principalDisplayName": principal.get("displayName"),
            "principalId": principal_id,
            "principalType": kind,
            "resourceDisplayName": resource.get("displayName"),
            "resourceId": resource_id,
        },
    )
    return answers.created(request, f"{request.segments[0]}('{item['id']}')/{request.segments[-1]}", assignment)


def delete_app_role_assignment(request: GraphRequest, type_name: str, key: str, assignment_id: str) -> Answer:
    _require_assigner(request)
    item = existing(request, type_name, key)
    assignment = existing(request, "appRoleAssignment", assignment_id)
    side = "resourceId" if request.segments[2] == "appRoleAssignedTo" else "principalId"
    if assignment[side] != item["id"]:
        raise not_found(assignment_id)
    request.directory.hard_delete(assignment["id"])
    return answers.done()


def create_permission_grant(request: GraphRequest) -> Answer:
    request.require("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All")
    properties, _ = split_binds(json_object(request))
    checked_create("oauth2PermissionGrant", properties)
    consent, principal_id = properties["consentType"], properties.get("principalId")
    if consent not in {"AllPrincipals", "Principal"} or (consent == "AllPrincipals" and principal_id):
        raise refusals.invalid_value("consentType", "OAuth2PermissionGrant")
    if consent == "Principal" and not principal_id:
        raise refusals.value_required("principalId", "OAuth2PermissionGrant")
    _check_scope(properties)
    client_id, resource_id = properties["clientId"], properties["resourceId"]
    linkable(request, client_id, _RESOURCES)
    linkable(request, resource_id, _RESOURCES)
    if principal_id:
        linkable(request, principal_id, frozenset({"user"}))
    directory = request.directory
    for other_id in directory.joined("oauth2PermissionGrants", client_id):
        other = directory.get(other_id) or {}
        if other.get("resourceId") == resource_id and other.get("principalId") == principal_id:
            raise GraphError(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")
    ends = [client_id, resource_id, *([principal_id] if principal_id else [])]
    grant = directory.create(
        "oauth2PermissionGrant",
        {
            "clientId": client_id,
            "consentType": consent,
            "id": joined_id(*ends),
            "principalId": principal_id,
            "resourceId": resource_id,
            "scope": properties.get("scope"),
        },
    )
    return answers.created(request, "oauth2PermissionGrants", grant)


def update_permission_grant(request: GraphRequest, key: str) -> Answer:
    request.require("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All")
    grant = existing(request, "oauth2PermissionGrant", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("oauth2PermissionGrant", properties)
    _check_scope(properties)
    request.directory.patch(grant["id"], properties)
    return answers.done()


def delete_permission_grant(request: GraphRequest, key: str) -> Answer:
    request.require("DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All")
    request.directory.hard_delete(existing(request, "oauth2PermissionGrant", key)["id"])
    return answers.done()


def _require_assigner(request: GraphRequest) -> None:
    request.require("AppRoleAssignment.ReadWrite.All")
    request.require(*_READERS)


def _assignments(directory: Directory, principal_id: str) -> list[str]:
    return list(directory.joined("appRoleAssignments", principal_id))


def _is_same(assignment: Entity | None, resource_id: str, role_id: str) -> bool:
    return assignment is not None and (assignment["resourceId"], assignment["appRoleId"]) == (resource_id, role_id)


def _check_app_role(resource: Mapping[str, Any], role_id: object, kind: str) -> None:
    if not is_guid(role_id):
        raise refusals.invalid_value("appRoleId", "AppRoleAssignment")
    if role_id == DEFAULT_ACCESS:
        return
    needed = "Application" if kind == "ServicePrincipal" else "User"
    for role in resource.get("appRoles") or ():
        if role["id"] == role_id and role.get("isEnabled") and needed in (role.get("allowedMemberTypes") or ()):
            return
    raise bad_request(f"Permission being assigned was not found on application '{resource.get('appId')}'.")


def _check_scope(properties: Mapping[str, Any]) -> None:
    scope = properties.get("scope")
    if scope is not None and len(scope) > 3_850:
        raise refusals.invalid_value("scope", "OAuth2PermissionGrant")
