"""Objects that join others: for each type, relation name seen from an end -> the property holding that end."""

from __future__ import annotations

JOINS: dict[str, dict[str, str]] = {
    "appRoleAssignment": {"appRoleAssignments": "principalId", "appRoleAssignedTo": "resourceId"},
    "oauth2PermissionGrant": {
        "oauth2PermissionGrants": "clientId",
        "grantsToResource": "resourceId",
        "grantsForPrincipal": "principalId",
    },
    "scopedRoleMember": {
        "scopedRoleMembers": "administrativeUnitId",
        "scopedRoles": "roleId",
        "scopedRoleMemberOf": "_principalId",
    },
    "roleAssignment": {"roleAssignments": "principalId", "assignmentsOfRole": "roleDefinitionId"},
    "extensionProperty": {"extensionProperties": "_applicationId"},
    "federatedIdentityCredential": {"federatedIdentityCredentials": "_applicationId"},
    # Settings of one group stand apart from the tenant's own, which are of type groupSetting.
    "groupOwnSetting": {"settings": "_groupId"},
}
