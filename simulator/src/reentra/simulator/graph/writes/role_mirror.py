"""One role assignment shows in two places: Microsoft's older directory roles and the newer role assignments.

A member of an activated role is an assignment at "/", a scoped role member one at "/administrativeUnits/{id}".
Whichever side is written, the other follows here; a restore that writes both meets a duplicate.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity

from .identifiers import joined_id

UNIT_SCOPE = "/administrativeUnits/"


def activated_role(directory: Directory, role_template_id: str) -> Entity | None:
    found = directory.find("directoryRole", "roleTemplateId", role_template_id)
    return directory.get(found[0]) if found else None


def assignments_of(directory: Directory, principal_id: str, role_definition_id: str, scope: str) -> Iterator[Entity]:
    for assignment_id in directory.joined("roleAssignments", principal_id):
        item = directory.get(assignment_id)
        if item and item.get("directoryScopeId") == scope and item.get("roleDefinitionId") == role_definition_id:
            yield item


def scoped_members_of(directory: Directory, unit_id: str, role_id: str, principal_id: str) -> Iterator[Entity]:
    for member_id in directory.joined("scopedRoleMembers", unit_id):
        item = directory.get(member_id)
        if item and item.get("roleId") == role_id and item.get("_principalId") == principal_id:
            yield item


def put_assignment(directory: Directory, principal_id: str, role_definition_id: str, scope: str) -> Entity:
    return directory.create(
        "roleAssignment",
        {
            "id": f"{joined_id(role_definition_id, principal_id)}-{uuid.uuid4().hex[:6]}",
            "principalId": principal_id,
            "roleDefinitionId": role_definition_id,
            "directoryScopeId": scope,
            "appScopeId": None,
            "condition": None,
            "principalOrganizationId": directory.tenant_id,
        },
    )


def put_scoped_member(directory: Directory, unit_id: str, role_id: str, principal_id: str) -> Entity:
    principal = directory.get(principal_id) or {}
    return directory.create(
        "scopedRoleMember",
        {
            "id": f"{joined_id(role_id, unit_id)}-{uuid.uuid4().hex[:6]}",
            "administrativeUnitId": unit_id,
            "roleId": role_id,
            "_principalId": principal_id,
            "roleMemberInfo": {
                "id": principal_id,
                "displayName": principal.get("displayName"),
                "userPrincipalName": principal.get("userPrincipalName"),
            },
        },
    )


def role_member_added(directory: Directory, role: Mapping[str, Any], principal_id: str) -> None:
    template_id = role["roleTemplateId"]
    if not any(assignments_of(directory, principal_id, template_id, "/")):
        put_assignment(directory, principal_id, template_id, "/")


def role_member_removed(directory: Directory, role: Mapping[str, Any], principal_id: str) -> None:
    for assignment in list(assignments_of(directory, principal_id, role["roleTemplateId"], "/")):
        directory.hard_delete(assignment["id"])


def scoped_member_added(directory: Directory, role: Mapping[str, Any], member: Mapping[str, Any]) -> None:
    scope = UNIT_SCOPE + member["administrativeUnitId"]
    if not any(assignments_of(directory, member["_principalId"], role["roleTemplateId"], scope)):
        put_assignment(directory, member["_principalId"], role["roleTemplateId"], scope)


def scoped_member_removed(directory: Directory, role: Mapping[str, Any], member: Mapping[str, Any]) -> None:
    scope = UNIT_SCOPE + member["administrativeUnitId"]
    for assignment in list(assignments_of(directory, member["_principalId"], role["roleTemplateId"], scope)):
        directory.hard_delete(assignment["id"])


def assignment_added(directory: Directory, assignment: Mapping[str, Any]) -> None:
    """Assigning a built-in role also activates it."""
    scope, principal_id = assignment["directoryScopeId"], assignment["principalId"]
    role = activated_role(directory, assignment["roleDefinitionId"]) or _activate(directory, assignment)
    if role is None:
        return
    if scope == "/":
        directory.add_link("members", role["id"], principal_id)
    elif scope.startswith(UNIT_SCOPE):
        unit_id = scope.removeprefix(UNIT_SCOPE)
        if not any(scoped_members_of(directory, unit_id, role["id"], principal_id)):
            put_scoped_member(directory, unit_id, role["id"], principal_id)


def assignment_removed(directory: Directory, assignment: Mapping[str, Any]) -> None:
    scope, principal_id = assignment["directoryScopeId"], assignment["principalId"]
    role = activated_role(directory, assignment["roleDefinitionId"])
    if role is None:
        return
    if scope == "/":
        directory.remove_link("members", role["id"], principal_id)
    elif scope and scope.startswith(UNIT_SCOPE):
        for member in list(scoped_members_of(directory, scope.removeprefix(UNIT_SCOPE), role["id"], principal_id)):
            directory.hard_delete(member["id"])


def _activate(directory: Directory, assignment: Mapping[str, Any]) -> Entity | None:
    definition = directory.get(assignment["roleDefinitionId"])
    if definition is None or definition.get("isBuiltIn") is not True:
        return None
    return directory.create(
        "directoryRole",
        {
            "deletedDateTime": None,
            "description": definition.get("description"),
            "displayName": definition.get("displayName"),
            "roleTemplateId": definition.get("templateId") or definition["id"],
        },
    )
