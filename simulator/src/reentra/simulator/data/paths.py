"""Where the types stand: entity sets with their paging, and relationships seen from each type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Paging = Literal["top", "fixed", "whole"]


@dataclass(frozen=True, slots=True)
class Collection:
    """Paging "top": 100 unless $top up to 999; "fixed": pages of 100, $top ignored; "whole": never pages."""

    path: tuple[str, ...]
    type_name: str
    paging: Paging = "fixed"
    has_delta: bool = False

    @property
    def context(self) -> str:
        """How @odata.context names it: without the service's own first segment."""
        return "/".join(self.path[1:] if self.path[0] == "identity" else self.path)


@dataclass(frozen=True, slots=True)
class Relation:
    """How `name` is found from a source object.

    targets: links from it; sources: objects that link to it; joined: joining objects that name it as an end.
    """

    name: str
    kind: Literal["targets", "sources", "joined"]
    link: str
    single: bool = False
    transitive: bool = False
    join_type: str = ""
    only: tuple[str, ...] = ()
    """Types that appear here; empty: all."""


def _collections() -> tuple[Collection, ...]:
    units = ("directory", "administrativeUnits")
    return (
        Collection(("users",), "user", "top", has_delta=True),
        Collection(("groups",), "group", "top", has_delta=True),
        Collection(("applications",), "application", "top", has_delta=True),
        Collection(("servicePrincipals",), "servicePrincipal", "top", has_delta=True),
        Collection(("devices",), "device", "top", has_delta=True),
        Collection(units, "administrativeUnit", has_delta=True),
        Collection(("administrativeUnits",), "administrativeUnit", has_delta=True),
        Collection(("directoryRoles",), "directoryRole", "whole", has_delta=True),
        Collection(("roleManagement", "directory", "roleDefinitions"), "roleDefinition"),
        Collection(("roleManagement", "directory", "roleAssignments"), "roleAssignment"),
        Collection(("identity", "conditionalAccess", "policies"), "conditionalAccessPolicy", "whole"),
        Collection(("identity", "conditionalAccess", "namedLocations"), "namedLocation"),
        Collection(("oauth2PermissionGrants",), "oauth2PermissionGrant", has_delta=True),
        Collection(("organization",), "organization", "whole"),
        Collection(("domains",), "domain", "whole"),
        Collection(("subscribedSkus",), "subscribedSku", "whole"),
        Collection(("groupSettings",), "groupSetting", "whole"),
        Collection(("groupSettingTemplates",), "groupSettingTemplate", "whole"),
    )


COLLECTIONS = _collections()
_MEMBER_OF = Relation("memberOf", "sources", "members")
_ALL_MEMBER_OF = Relation("transitiveMemberOf", "sources", "members", transitive=True)
_OWNED = Relation("ownedObjects", "sources", "owners", only=("group", "application", "servicePrincipal"))
_OWNERS = Relation("owners", "targets", "owners")
_MEMBERS = Relation("members", "targets", "members")
_APP_ROLES = Relation("appRoleAssignments", "joined", "appRoleAssignments", join_type="appRoleAssignment")
_DELEGATED = "oauth2PermissionGrants"

_RELATIONS: dict[str, tuple[Relation, ...]] = {
    "user": (
        Relation("manager", "targets", "manager", single=True),
        Relation("directReports", "sources", "manager"),
        Relation("sponsors", "targets", "sponsors"),
        _MEMBER_OF,
        _ALL_MEMBER_OF,
        _OWNED,
        Relation("ownedDevices", "sources", "registeredOwners"),
        Relation("registeredDevices", "sources", "registeredUsers"),
        _APP_ROLES,
        Relation(_DELEGATED, "joined", "grantsForPrincipal", join_type="oauth2PermissionGrant"),
    ),
    "group": (
        _MEMBERS,
        _OWNERS,
        _MEMBER_OF,
        _ALL_MEMBER_OF,
        Relation("transitiveMembers", "targets", "members", transitive=True),
        _APP_ROLES,
        Relation("settings", "joined", "settings", join_type="groupOwnSetting"),
    ),
    "application": (
        _OWNERS,
        Relation("extensionProperties", "joined", "extensionProperties", join_type="extensionProperty"),
        Relation(
            "federatedIdentityCredentials",
            "joined",
            "federatedIdentityCredentials",
            join_type="federatedIdentityCredential",
        ),
    ),
    "servicePrincipal": (
        _OWNERS,
        _MEMBER_OF,
        _ALL_MEMBER_OF,
        _OWNED,
        _APP_ROLES,
        Relation("appRoleAssignedTo", "joined", "appRoleAssignedTo", join_type="appRoleAssignment"),
        Relation(_DELEGATED, "joined", _DELEGATED, join_type="oauth2PermissionGrant"),
    ),
    "device": (
        Relation("registeredOwners", "targets", "registeredOwners"),
        Relation("registeredUsers", "targets", "registeredUsers"),
        _MEMBER_OF,
        _ALL_MEMBER_OF,
    ),
    "administrativeUnit": (
        _MEMBERS,
        Relation("scopedRoleMembers", "joined", "scopedRoleMembers", join_type="scopedRoleMember"),
    ),
    "directoryRole": (
        _MEMBERS,
        Relation("scopedMembers", "joined", "scopedRoles", join_type="scopedRoleMember"),
    ),
    "roleAssignment": (),
}
RELATIONS = {name: {relation.name: relation for relation in row} for name, row in _RELATIONS.items()}
EMBEDDED: dict[str, dict[str, str]] = {
    "roleAssignment": {"principal": "principalId", "roleDefinition": "roleDefinitionId"},
}
"""Single objects named by a property of the object: $expand=principal."""
DELTA_LINKS: dict[str, tuple[str, ...]] = {
    "user": ("manager",),
    "group": ("members", "owners"),
    "directoryRole": ("members",),
    "device": ("registeredOwners", "registeredUsers"),
}
"""Links that delta can report as name@delta."""
DELTA_LINKS_UNASKED: dict[str, tuple[str, ...]] = {"group": ("members",)}
"""Links that come without $select."""
SOFT_DELETED = ("user", "group", "application", "servicePrincipal", "administrativeUnit", "device")
CA_DELETED = {"policies": "conditionalAccessPolicy", "namedLocations": "namedLocation"}
_POLICIES = ("tokenLifetimePolicies", "tokenIssuancePolicies", "homeRealmDiscoveryPolicies", "appManagementPolicies")
EMPTY_LISTS: dict[str, tuple[str, ...]] = {
    "user": ("extensions",),
    "group": ("extensions", "acceptedSenders", "rejectedSenders", "permissionGrants", "groupLifecyclePolicies"),
    "application": _POLICIES,
    "servicePrincipal": (*_POLICIES, "claimsMappingPolicies", "delegatedPermissionClassifications"),
    "device": ("extensions",),
    "administrativeUnit": ("extensions",),
    "organization": ("extensions", "certificateBasedAuthConfiguration"),
    "domain": ("federationConfiguration", "verificationDnsRecords", "serviceConfigurationRecords"),
}
"""Relationships that exist in Graph and hold nothing in a simulated tenant."""
NEVER_SET = {"photo": "ImageNotFound", "logo": "Request_ResourceNotFound", "branding": "Request_ResourceNotFound"}
"""Single things that answer 404 until somebody sets them, with their error code."""
