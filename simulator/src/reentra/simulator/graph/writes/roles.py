"""Roles: custom definitions, assignments (never patched), activated directory roles, roles scoped to a unit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, not_found

from . import answers, refusals, role_mirror
from .body import checked_create, checked_patch, json_object, split_binds
from .identifiers import is_guid
from .shapes import check_body
from .targets import existing, linkable

WRITER = "RoleManagement.ReadWrite.Directory"
DEFINITIONS = "roleManagement/directory/roleDefinitions"
ASSIGNMENTS = "roleManagement/directory/roleAssignments"
_MOST_CUSTOM_ROLES = 100
_MOST_ASSIGNMENTS = 150
_PRINCIPALS = frozenset({"user", "group", "servicePrincipal"})


def create_definition(request: GraphRequest) -> Answer:
    request.require(WRITER)
    properties, _ = split_binds(json_object(request))
    checked_create("roleDefinition", properties)
    _check_permissions(properties)
    directory = request.directory
    template_id = properties.get("templateId") or str(uuid.uuid4())
    if not is_guid(template_id):
        raise refusals.invalid_value("templateId", "RoleDefinition")
    if directory.type_of(template_id) or directory.find("roleDefinition", "templateId", template_id):
        raise refusals.conflicting_object(status=400)
    if sum(not item.get("isBuiltIn") for item in directory.objects("roleDefinition")) >= _MOST_CUSTOM_ROLES:
        raise refusals.quota_exceeded(f"The directory holds the maximum of {_MOST_CUSTOM_ROLES} custom roles.")
    item = directory.create(
        "roleDefinition",
        {
            "description": None,
            "isBuiltIn": False,
            "version": None,
            "resourceScopes": ["/"],
            **properties,
            "id": template_id,
            "templateId": template_id,
            "rolePermissions": [{"condition": None, **row} for row in properties["rolePermissions"]],
            "inheritsPermissionsFrom": [],
        },
    )
    return answers.created(request, DEFINITIONS, item)


def update_definition(request: GraphRequest, key: str) -> Answer:
    request.require(WRITER)
    definition = _custom_definition(request, key)
    properties, _ = split_binds(json_object(request))
    checked_patch("roleDefinition", properties)
    _check_permissions(properties)
    if "rolePermissions" in properties:
        properties["rolePermissions"] = [{"condition": None, **row} for row in properties["rolePermissions"]]
    request.directory.patch(definition["id"], properties)
    return answers.done()


def delete_definition(request: GraphRequest, key: str) -> Answer:
    request.require(WRITER)
    request.directory.hard_delete(_custom_definition(request, key)["id"])
    return answers.done()


def create_assignment(request: GraphRequest) -> Answer:
    request.require(WRITER)
    properties, _ = split_binds(json_object(request))
    checked_create("roleAssignment", properties)
    directory = request.directory
    scope = properties.get("directoryScopeId")
    if not scope or properties.get("appScopeId"):
        raise refusals.value_required("directoryScopeId", "RoleAssignment")
    _check_scope(request, scope)
    definition = _definition(directory, properties["roleDefinitionId"])
    principal_id = properties["principalId"]
    _check_principal(request, principal_id)
    if any(role_mirror.assignments_of(directory, principal_id, definition["id"], scope)):
        raise refusals.conflicting_object()
    if len(directory.joined("roleAssignments", principal_id)) >= _MOST_ASSIGNMENTS:
        raise refusals.quota_exceeded(f"A principal can hold at most {_MOST_ASSIGNMENTS} role assignments.")
    item = role_mirror.put_assignment(directory, principal_id, definition["id"], scope)
    role_mirror.assignment_added(directory, item)
    return answers.created(request, ASSIGNMENTS, item)


def delete_assignment(request: GraphRequest, key: str) -> Answer:
    request.require(WRITER)
    assignment = existing(request, "roleAssignment", key)
    request.directory.hard_delete(assignment["id"])
    role_mirror.assignment_removed(request.directory, assignment)
    return answers.done()


def activate_role(request: GraphRequest) -> Answer:
    request.require(WRITER)
    properties, _ = split_binds(json_object(request))
    checked_create("directoryRole", properties)
    directory = request.directory
    template_id = properties["roleTemplateId"]
    template = _template(directory, template_id)
    if template is None:
        raise bad_request(f"The role template '{template_id}' does not exist.")
    if role_mirror.activated_role(directory, template_id):
        raise refusals.conflicting_object(status=400)
    item = directory.create(
        "directoryRole",
        {
            "deletedDateTime": None,
            "description": template.get("description"),
            "displayName": template.get("displayName"),
            "roleTemplateId": template_id,
        },
    )
    return answers.created(request, "directoryRoles", item)


def create_scoped_member(request: GraphRequest, unit_key: str) -> Answer:
    request.require(WRITER)
    unit = existing(request, "administrativeUnit", unit_key)
    properties, _ = split_binds(json_object(request))
    check_body("scopedRoleMembership", properties)
    if set(properties) - {"roleId", "roleMemberInfo"}:
        raise refusals.read_only(min(set(properties) - {"roleId", "roleMemberInfo"}))
    role_id, member_id = properties.get("roleId"), (properties.get("roleMemberInfo") or {}).get("id")
    if not role_id or not member_id:
        raise refusals.value_required("roleId" if not role_id else "roleMemberInfo", "ScopedRoleMembership")
    directory = request.directory
    role = directory.get(role_id)
    if role is None or directory.type_of(role_id) != "directoryRole":
        # A role template's id here is the usual mistake.
        raise not_found(role_id)
    _check_principal(request, member_id)
    if any(role_mirror.scoped_members_of(directory, unit["id"], role_id, member_id)):
        raise refusals.conflicting_object(status=400)
    member = role_mirror.put_scoped_member(directory, unit["id"], role_id, member_id)
    role_mirror.scoped_member_added(directory, role, member)
    returned = {name: value for name, value in member.items() if not name.startswith("_")}
    return answers.created(request, "scopedRoleMemberships", returned)


def delete_scoped_member(request: GraphRequest, unit_key: str, key: str) -> Answer:
    request.require(WRITER)
    unit = existing(request, "administrativeUnit", unit_key)
    member = existing(request, "scopedRoleMember", key)
    if member["administrativeUnitId"] != unit["id"]:
        raise not_found(key)
    request.directory.hard_delete(member["id"])
    role = request.directory.get(member["roleId"])
    if role is not None:
        role_mirror.scoped_member_removed(request.directory, role, member)
    return answers.done()


def _custom_definition(request: GraphRequest, key: str) -> Entity:
    definition = existing(request, "roleDefinition", key)
    if definition.get("isBuiltIn") is True:
        raise bad_request("Built-in role definitions cannot be updated or deleted.")
    return definition


def _check_permissions(properties: Mapping[str, Any]) -> None:
    if "displayName" in properties and not properties["displayName"]:
        raise refusals.invalid_value("displayName", "RoleDefinition")
    if properties.get("resourceScopes") not in (None, ["/"]):
        raise refusals.invalid_value("resourceScopes", "RoleDefinition")
    if "rolePermissions" not in properties:
        return
    actions = [action for row in properties["rolePermissions"] for action in row.get("allowedResourceActions") or []]
    if not actions:
        raise refusals.value_required("rolePermissions", "RoleDefinition")
    for action in actions:
        if not action.startswith("microsoft.") or action.count("/") < 2:
            raise bad_request(f"Action '{action}' is not supported for Custom Role creation.")


def _definition(directory: Directory, definition_id: str) -> Entity:
    found = [definition_id] if directory.type_of(definition_id) == "roleDefinition" else []
    found += directory.find("roleDefinition", "templateId", definition_id)
    definition = directory.get(found[0]) if found else None
    if definition is None:
        raise bad_request(f"The role definition '{definition_id}' does not exist.")
    return definition


def _template(directory: Directory, template_id: str) -> Entity | None:
    found = directory.get(template_id)
    if found is not None and directory.type_of(template_id) in {"directoryRoleTemplate", "roleDefinition"}:
        return found
    builtin = directory.find("roleDefinition", "templateId", template_id)
    return directory.get(builtin[0]) if builtin else None


def _check_principal(request: GraphRequest, principal_id: str) -> None:
    if linkable(request, principal_id, _PRINCIPALS) == "group":
        group = request.directory.get(principal_id) or {}
        if group.get("isAssignableToRole") is not True:
            raise bad_request("The group is not assignable to a role: 'isAssignableToRole' is not true.")


def _check_scope(request: GraphRequest, scope: str) -> None:
    if scope == "/":
        return
    directory = request.directory
    if scope.startswith(role_mirror.UNIT_SCOPE):
        linkable(request, scope.removeprefix(role_mirror.UNIT_SCOPE), frozenset({"administrativeUnit"}))
    elif scope.startswith("/") and directory.is_live(scope[1:]):
        linkable(request, scope[1:], frozenset({"application", "servicePrincipal"}))
    else:
        raise bad_request(f"The directoryScopeId '{scope}' does not name an existing scope.")
