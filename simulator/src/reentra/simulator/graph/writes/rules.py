"""What Graph lets a write set, as rows: one `WriteRules` per object type. Facts from Microsoft's reference pages.

The shapes say which properties exist; these rows say which of them may be sent, when, and what a create must carry.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class WriteRules:
    """`create_only` wins over `read_only` in a POST; `own_patch` properties never travel with others."""

    shape: str
    required: tuple[str, ...] = ()
    read_only: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    not_on_create: frozenset[str] = frozenset()
    own_patch: frozenset[str] = frozenset()
    delegated_only: frozenset[str] = frozenset()
    unique: tuple[str, ...] = ()
    soft_deleted: bool = False
    open_type: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROFILE = _names("aboutMe birthday interests mySite pastProjects responsibilities schools skills")
_EXCHANGE_HELD = _names(
    "accessType allowExternalSenders autoSubscribeNewMembers hideFromAddressLists hideFromOutlookClients isFavorite"
    " isSubscribedByMail unseenConversationsCount unseenCount unseenMessagesCount"
)

RULES = MappingProxyType(
    {
        "user": WriteRules(
            shape="user",
            required=("accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"),
            read_only=_names(
                "id deletedDateTime createdDateTime creationType assignedLicenses assignedPlans provisionedPlans"
                " licenseAssignmentStates externalUserState externalUserStateChangeDateTime imAddresses"
                " isManagementRestricted lastPasswordChangeDateTime legalAgeGroupClassification"
                " onPremisesDistinguishedName onPremisesDomainName onPremisesLastSyncDateTime"
                " onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier"
                " onPremisesSyncEnabled onPremisesUserPrincipalName proxyAddresses securityIdentifier"
                " serviceProvisioningErrors signInActivity signInSessionsValidFromDateTime isResourceAccount"
            ),
            not_on_create=_names("onPremisesExtensionAttributes customSecurityAttributes") | _PROFILE,
            own_patch=_PROFILE,
            delegated_only=_PROFILE | {"employeeHireDate"},
            unique=("userPrincipalName", "onPremisesImmutableId"),
            soft_deleted=True,
            open_type=True,
        ),
        "group": WriteRules(
            shape="group",
            required=("displayName", "mailEnabled", "mailNickname", "securityEnabled"),
            read_only=_names(
                "id deletedDateTime createdDateTime assignedLicenses expirationDateTime hasMembersWithLicenseErrors"
                " isArchived isManagementRestricted licenseProcessingState mail onPremisesDomainName"
                " onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesProvisioningErrors"
                " onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled organizationId"
                " proxyAddresses renewedDateTime securityIdentifier serviceProvisioningErrors"
                " resourceProvisioningOptions"
            ),
            create_only=_names("isAssignableToRole resourceBehaviorOptions"),
            not_on_create=_EXCHANGE_HELD,
            own_patch=_EXCHANGE_HELD,
            delegated_only=_names("assignedLabels"),
            unique=("uniqueName", "mailNickname"),
            soft_deleted=True,
            open_type=True,
        ),
        "application": WriteRules(
            shape="application",
            required=("displayName",),
            read_only=_names(
                "id appId applicationTemplateId certification createdByAppId createdDateTime deletedDateTime"
                " disabledByMicrosoftStatus publisherDomain samlMetadataUrl uniqueName verifiedPublisher"
            ),
            unique=("identifierUris",),
            soft_deleted=True,
            open_type=True,
        ),
        "servicePrincipal": WriteRules(
            shape="servicePrincipal",
            required=("appId",),
            read_only=_names(
                "id deletedDateTime appDescription appDisplayName appId appOwnerOrganizationId applicationTemplateId"
                " createdByAppId disabledByMicrosoftStatus oauth2PermissionScopes"
                " resourceSpecificApplicationPermissions servicePrincipalType signInAudience verifiedPublisher"
            ),
            create_only=_names("appId"),
            unique=("appId",),
            soft_deleted=True,
            open_type=True,
        ),
        "device": WriteRules(
            shape="device",
            required=(
                "accountEnabled",
                "alternativeSecurityIds",
                "deviceId",
                "displayName",
                "operatingSystem",
                "operatingSystemVersion",
            ),
            read_only=_names(
                "id deletedDateTime approximateLastSignInDateTime complianceExpirationDateTime deviceId"
                " deviceOwnership enrollmentType isCompliant isManaged isManagementRestricted isRooted managementType"
                " manufacturer mdmAppId model onPremisesLastSyncDateTime onPremisesSecurityIdentifier"
                " onPremisesSyncEnabled physicalIds profileType registrationDateTime systemLabels trustType"
            ),
            create_only=_names("deviceId"),
            unique=("deviceId",),
            open_type=True,
        ),
        "administrativeUnit": WriteRules(
            shape="administrativeUnit",
            required=("displayName",),
            read_only=_names("id deletedDateTime"),
            create_only=_names("isMemberManagementRestricted visibility"),
            soft_deleted=True,
            open_type=True,
        ),
        "directoryRole": WriteRules(
            shape="directoryRole",
            required=("roleTemplateId",),
            read_only=_names("id deletedDateTime description displayName"),
        ),
        "roleDefinition": WriteRules(
            shape="unifiedRoleDefinition",
            required=("displayName", "isEnabled", "rolePermissions"),
            read_only=_names("id isBuiltIn inheritsPermissionsFrom"),
            create_only=_names("templateId"),
        ),
        "roleAssignment": WriteRules(
            shape="unifiedRoleAssignment",
            required=("roleDefinitionId", "principalId"),
            read_only=_names("id principalOrganizationId condition"),
        ),
        "conditionalAccessPolicy": WriteRules(
            shape="conditionalAccessPolicy",
            required=("displayName", "state", "conditions"),
            read_only=_names("id createdDateTime modifiedDateTime deletedDateTime templateId"),
            soft_deleted=True,
        ),
        "namedLocation": WriteRules(
            shape="ipNamedLocation",
            required=("displayName",),
            read_only=_names("id createdDateTime modifiedDateTime deletedDateTime"),
            soft_deleted=True,
        ),
        "oauth2PermissionGrant": WriteRules(
            shape="oAuth2PermissionGrant",
            required=("clientId", "consentType", "resourceId"),
            read_only=_names("id"),
            create_only=_names("clientId consentType principalId resourceId"),
        ),
        "appRoleAssignment": WriteRules(
            shape="appRoleAssignment",
            required=("principalId", "resourceId", "appRoleId"),
            read_only=_names(
                "id createdDateTime deletedDateTime principalDisplayName principalType resourceDisplayName"
            ),
        ),
        "groupSetting": WriteRules(
            shape="groupSetting",
            required=("templateId", "values"),
            read_only=_names("id displayName templateId"),
            create_only=_names("templateId"),
        ),
        "organization": WriteRules(
            shape="organization",
            read_only=_names(
                "id assignedPlans createdDateTime countryLetterCode onPremisesLastSyncDateTime onPremisesSyncEnabled"
                " provisionedPlans tenantType verifiedDomains deletedDateTime displayName city country postalCode state"
                " street businessPhones preferredLanguage defaultUsageLocation partnerTenantType"
                " onPremisesSyncStatus directorySizeQuota mobileDeviceManagementAuthority"
            ),
        ),
        "domain": WriteRules(
            shape="domain",
            required=("id",),
            read_only=_names(
                "authenticationType availabilityStatus isAdminManaged isInitial isRoot isVerified model state"
                " manufacturer"
            ),
            create_only=_names("id"),
        ),
    }
)

# What a user who is synced from on-premises still lets the cloud write; everything else is mastered there.
# The exact list is not on a Microsoft page; these are the properties that have no on-premises source.
CLOUD_MASTERED_OF_SYNCED_USER = _names(
    "usageLocation userType ageGroup consentProvidedForMinor passwordPolicies preferredDataLocation"
    " authorizationInfo customSecurityAttributes employeeLeaveDateTime deviceEnrollmentLimit"
)

# Changing these on the holder of an administrator role needs an Entra role on the app, besides Graph permissions.
SENSITIVE_OF_USER = _names(
    "accountEnabled businessPhones mobilePhone onPremisesImmutableId otherMails passwordProfile userPrincipalName"
)
