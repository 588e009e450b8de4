"""What a restore must know of each type beyond the catalogue: one row a type. Facts: GRAPH reference, sections 10-13.

`writable` not empty: nothing else is ever sent. `identity`: properties that are the object, whatever its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from reentra.common.ids import ObjectTypeName
from reentra.restorer.domain.steps import StepKind

LINK_RANK, UNLINK_RANK, LICENCE_RANK = 50.0, 52.0, 53.5


@dataclass(frozen=True, slots=True)
class Recipe:
    """`live`: how the present state is read: object by object, or the whole (small) collection.
    `identity_query`: where objects of the same identity are listed, with `{property}` of the wanted state.
    `after_create`: sent in a PATCH of their own once everything of this type exists. `alone`: a PATCH each.
    `after_others`: likewise when they name something that is made anew; two may name each other, or themselves.
    `synced`: what may be written on objects that are mastered on-premises; None: nothing.
    `match`: what a create that may have happened is recognised by; `match_path`: where it is looked for.
    `changeable`: create-only in the catalogue, yet Graph takes a PATCH.
    `graph_made`: names, and a mark by which a value is known that Graph composed itself: one is as good as another."""

    create_kind: StepKind = "create"
    create_path: str = ""
    writable: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    changeable: tuple[str, ...] = ()
    after_create: tuple[str, ...] = ()
    after_others: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    graph_made: tuple[tuple[str, ...], str] = ((), "")
    synced: tuple[str, ...] | None = None
    keeps_type: bool = False
    live: Literal["item", "list"] = "item"
    identity: tuple[str, ...] = ()
    identity_query: str = ""
    match: tuple[str, ...] = ("displayName",)
    match_path: str = ""
    settable_once: str = ""
    """A key that nobody else may have, written while it has no value (group-update), and after the create: by
    `PATCH /groups(uniqueName='...')` Graph would change whoever took it since the plan."""
    unique: str = ""
    """A property that nobody else in the tenant may have."""
    role_view: str = ""
    """A relationship that only shows role assignments: restored as those, never twice."""
    second_id: str = ""
    """A further id that Graph makes anew, and others refer to."""
    secrets: tuple[str, ...] = ()
    licensed: bool = False
    """It can hold licences."""
    checked_whole: bool = False
    """With any PATCH Graph looks at every reference of the object, also at those that the PATCH does not carry."""


_ORGANIZATION = (
    "marketingNotificationEmails",
    "privacyProfile",
    "securityComplianceNotificationMails",
    "securityComplianceNotificationPhones",
    "technicalNotificationMails",
)
"""Its `onPremisesSyncEnabled` says that people are synchronised, not the organization."""

_ROWS: dict[str, Recipe] = {
    "user": Recipe(
        never=("passwordProfile",),
        alone=("onPremisesExtensionAttributes", "identities"),
        not_null=("mail", "displayName", "mailNickname", "userPrincipalName"),
        licensed=True,
        graph_made=(("userPrincipalName", "mailNickname"), "#EXT#"),
        synced=("usageLocation", "ageGroup", "consentProvidedForMinor", "preferredDataLocation"),
        match=("userPrincipalName",),
        match_path="/users?$filter=userPrincipalName eq '{userPrincipalName}'&$select=id,userPrincipalName",
        unique="userPrincipalName",
    ),
    "group": Recipe(
        never=("renewedDateTime",),
        changeable=("visibility",),
        not_null=("displayName", "mailNickname"),
        match=("displayName", "mailNickname", "description", "membershipRule"),
        match_path="/groups?$filter=mailNickname eq '{mailNickname}'"
        "&$select=id,displayName,mailNickname,description,membershipRule",
        settable_once="uniqueName",
        after_create=("uniqueName",),
        licensed=True,
    ),
    "application": Recipe(
        never=("passwordCredentials", "keyCredentials"),
        after_create=("identifierUris", "api.preAuthorizedApplications"),
        after_others=("requiredResourceAccess", "api.knownClientApplications"),
        not_null=("displayName",),
        match=("displayName", "signInAudience", "description"),
        match_path="/applications?$filter=displayName eq '{displayName}'&$select=id,appId,displayName,signInAudience,"
        "description",
        second_id="appId",
        secrets=("passwordCredentials", "keyCredentials"),
    ),
    "servicePrincipal": Recipe(
        writable=(
            "accountEnabled",
            "appRoleAssignmentRequired",
            "tags",
            "notes",
            "description",
            "loginUrl",
            "preferredSingleSignOnMode",
            "notificationEmailAddresses",
            "samlSingleSignOnSettings",
        ),
        identity=("appId",),
        identity_query="/servicePrincipals?$filter=appId eq '{appId}'",
        match=("appId",),
        match_path="/servicePrincipals?$filter=appId eq '{appId}'&$select=id,appId",
        secrets=("passwordCredentials", "keyCredentials"),
    ),
    "device": Recipe(writable=("accountEnabled", "extensionAttributes")),
    "administrativeUnit": Recipe(
        role_view="scopedRoleMembers",
        match=("displayName", "description"),
        match_path="/directory/administrativeUnits?$filter=displayName eq '{displayName}'",
    ),
    "directoryRole": Recipe(
        create_kind="activate",
        writable=("roleTemplateId",),
        live="list",
        identity=("roleTemplateId",),
        identity_query="/directoryRoles",
        match=("roleTemplateId",),
        match_path="/directoryRoles",
        role_view="members",
    ),
    "roleDefinition": Recipe(
        writable=("displayName", "description", "isEnabled", "rolePermissions", "templateId"),
        never=("templateId",),
        identity=("templateId",),
        identity_query="/roleManagement/directory/roleDefinitions",
        match=("templateId",),
        match_path="/roleManagement/directory/roleDefinitions",
    ),
    "roleAssignment": Recipe(
        create_kind="assign",
        writable=("roleDefinitionId", "principalId", "directoryScopeId"),
        identity=("roleDefinitionId", "principalId", "directoryScopeId"),
        identity_query="/roleManagement/directory/roleAssignments?$filter=principalId eq '{principalId}'",
        match=("roleDefinitionId", "principalId", "directoryScopeId"),
        match_path="/roleManagement/directory/roleAssignments?$filter=principalId eq '{principalId}'",
    ),
    "conditionalAccessPolicy": Recipe(
        live="list",
        match=("displayName",),
        match_path="/identity/conditionalAccess/policies",
        checked_whole=True,
    ),
    "namedLocation": Recipe(
        live="list",
        keeps_type=True,
        match=("displayName", "@odata.type"),
        match_path="/identity/conditionalAccess/namedLocations",
    ),
    "oauth2PermissionGrant": Recipe(
        create_kind="grant",
        writable=("clientId", "consentType", "resourceId", "principalId", "scope"),
        identity=("clientId", "resourceId", "consentType", "principalId"),
        identity_query="/oauth2PermissionGrants?$filter=clientId eq '{clientId}'",
        match=("clientId", "resourceId", "consentType", "principalId"),
        match_path="/oauth2PermissionGrants?$filter=clientId eq '{clientId}'",
    ),
    "appRoleAssignment": Recipe(
        create_kind="assign",
        create_path="/servicePrincipals/{resourceId}/appRoleAssignedTo",
        writable=("principalId", "resourceId", "appRoleId"),
        identity=("principalId", "resourceId", "appRoleId"),
        identity_query="/servicePrincipals/{resourceId}/appRoleAssignedTo",
        match=("principalId", "resourceId", "appRoleId"),
        match_path="/servicePrincipals/{resourceId}/appRoleAssignedTo",
    ),
    "organization": Recipe(live="list", writable=_ORGANIZATION, synced=_ORGANIZATION),
    "domain": Recipe(
        live="list",
        writable=("isDefault", "supportedServices", "passwordNotificationWindowInDays", "passwordValidityPeriodInDays"),
    ),
    "subscribedSku": Recipe(live="list"),
    "groupSetting": Recipe(
        live="list",
        identity=("templateId",),
        identity_query="/groupSettings",
        match=("templateId",),
        match_path="/groupSettings",
    ),
}
RECIPES: Mapping[ObjectTypeName, Recipe] = MappingProxyType({ObjectTypeName(k): v for k, v in _ROWS.items()})


def recipe_of(name: str) -> Recipe:
    return RECIPES.get(ObjectTypeName(name), Recipe())
