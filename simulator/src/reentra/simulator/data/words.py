"""The literal segments of the paths that a directory backup uses; everything else in a path is a key."""

from __future__ import annotations

PATH_WORDS = frozenset(
    """
    users groups applications servicePrincipals devices directory administrativeUnits directoryRoles
    directoryRoleTemplates roleManagement roleDefinitions roleAssignments identity conditionalAccess policies
    namedLocations oauth2PermissionGrants organization domains subscribedSkus groupSettings
    groupSettingTemplates deletedItems directoryObjects invitations delta getByIds restore
    members owners manager sponsors registeredOwners registeredUsers appRoleAssignedTo appRoleAssignments
    scopedRoleMembers scopedMembers memberOf transitiveMemberOf transitiveMembers ownedObjects ownedDevices
    registeredDevices directReports settings extensionProperties federatedIdentityCredentials licenseDetails
    assignLicense addPassword removePassword addKey removeKey photo getMemberGroups getMemberObjects
    checkMemberGroups checkMemberObjects getAvailableExtensionProperties validateProperties
    """.split()
)
