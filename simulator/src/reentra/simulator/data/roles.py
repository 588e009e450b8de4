"""Application permissions that let an app read each type: the least privileged one and the higher ones."""

from __future__ import annotations

_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
_ROLES = ("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "RoleManagement.Read.All", *_DIRECTORY)
_APPLICATIONS = (
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    *_DIRECTORY,
)
_POLICIES = ("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess")
_GROUPS = (
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    *_DIRECTORY,
)
_ASSIGNMENTS = ("AppRoleAssignment.ReadWrite.All",)
_SETTINGS = ("GroupSettings.Read.All", "GroupSettings.ReadWrite.All", *_DIRECTORY)

READ_ROLES: dict[str, tuple[str, ...]] = {
    "user": ("User.Read.All", "User.ReadWrite.All", "User.DeleteRestore.All", *_DIRECTORY),
    "group": _GROUPS,
    "application": _APPLICATIONS,
    "servicePrincipal": _APPLICATIONS,
    "device": ("Device.Read.All", "Device.ReadWrite.All", *_DIRECTORY),
    "administrativeUnit": ("AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All", *_DIRECTORY),
    "directoryRole": _ROLES,
    "directoryRoleTemplate": _ROLES,
    "roleDefinition": _ROLES,
    "roleAssignment": _ROLES,
    "scopedRoleMember": _ROLES,
    "conditionalAccessPolicy": _POLICIES,
    "namedLocation": _POLICIES,
    "oauth2PermissionGrant": (
        "DelegatedPermissionGrant.Read.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        *_DIRECTORY,
    ),
    "appRoleAssignment": (*_APPLICATIONS, *_ASSIGNMENTS),
    "organization": ("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY),
    "domain": ("Domain.Read.All", "Domain.ReadWrite.All", *_DIRECTORY),
    "subscribedSku": (
        "LicenseAssignment.Read.All",
        "LicenseAssignment.ReadWrite.All",
        "Organization.Read.All",
        "Organization.ReadWrite.All",
        *_DIRECTORY,
    ),
    "groupSetting": _SETTINGS,
    "groupOwnSetting": (*_SETTINGS, "Group.Read.All", "Group.ReadWrite.All"),
    "groupSettingTemplate": _SETTINGS,
    "extensionProperty": _APPLICATIONS,
    "federatedIdentityCredential": _APPLICATIONS,
}
HIDDEN_MEMBERS = "Member.Read.Hidden"
"""Without it a group or unit with hidden membership answers an empty list."""
ASSIGNMENTS_OF_PRINCIPALS = (*_DIRECTORY, *_ASSIGNMENTS)
"""For /users/{id}/appRoleAssignments and /groups/{id}/appRoleAssignments."""
