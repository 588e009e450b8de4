"""Who holds which Entra role, in the two views Graph gives of one truth.

An assignment at `/` also shows as a member of the activated directoryRole; one at an administrative unit also
shows as a scopedRoleMember of that unit.
"""

from __future__ import annotations

from typing import Any

from reentra.simulator.directory import Directory
from reentra.simulator.generator import role_templates
from reentra.simulator.generator.chance import Chance


class RoleBook:
    """Creates definitions once, activates roles when the first holder comes."""

    def __init__(self, directory: Directory, chance: Chance) -> None:
        self._directory = directory
        self._chance = chance
        self._activated: dict[str, str] = {}
        for template in role_templates.BUILT_IN:
            directory.create("roleDefinition", _built_in(template))

    def assign(self, template_id: str, principal_id: str, *, unit_id: str | None = None) -> None:
        scope = f"/administrativeUnits/{unit_id}" if unit_id else "/"
        self.assign_at(template_id, principal_id, scope)
        role_id = self._activate(template_id)
        if unit_id:
            self._directory.create("scopedRoleMember", self._scoped(role_id, principal_id, unit_id))
        else:
            self._directory.add_link("members", role_id, principal_id)

    def assign_at(self, role_definition_id: str, principal_id: str, scope: str) -> None:
        """Only the assignment: for custom roles, and for scopes that have no second view."""
        self._directory.create(
            "roleAssignment",
            {
                "id": f"{self._chance.token(40)}-1",
                "principalId": principal_id,
                "directoryScopeId": scope,
                "appScopeId": None,
                "roleDefinitionId": role_definition_id,
                "condition": None,
                "principalOrganizationId": self._directory.tenant_id,
            },
        )

    def custom_role(self, name: str, *actions: str) -> str:
        object_id = self._chance.guid()
        permissions = [{"allowedResourceActions": list(actions), "condition": None}]
        self._directory.create(
            "roleDefinition",
            _definition(object_id, name, f"{name} of this organization", built_in=False, permissions=permissions),
        )
        return object_id

    def _activate(self, template_id: str) -> str:
        if template_id not in self._activated:
            template = role_templates.BY_ID[template_id]
            role = self._directory.create(
                "directoryRole",
                {
                    "id": self._chance.guid(),
                    "deletedDateTime": None,
                    "description": template.description,
                    "displayName": template.name,
                    "roleTemplateId": template.id,
                },
            )
            self._activated[template_id] = role["id"]
        return self._activated[template_id]

    def _scoped(self, role_id: str, principal_id: str, unit_id: str) -> dict[str, Any]:
        principal = self._directory.get(principal_id) or {}
        return {
            "id": self._chance.token(42),
            "roleId": role_id,
            "administrativeUnitId": unit_id,
            "_principalId": principal_id,
            "roleMemberInfo": {
                "id": principal_id,
                "displayName": principal.get("displayName"),
                "userPrincipalName": principal.get("userPrincipalName"),
            },
        }


def _built_in(template: role_templates.RoleTemplate) -> dict[str, Any]:
    permissions = [{"allowedResourceActions": list(template.actions), "condition": None}]
    return _definition(template.id, template.name, template.description, built_in=True, permissions=permissions)


def _definition(
    object_id: str, name: str, description: str, *, built_in: bool, permissions: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": object_id,
        "description": description,
        "displayName": name,
        "isBuiltIn": built_in,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "rolePermissions": permissions,
        "templateId": object_id,
        "version": "1" if built_in else None,
    }
