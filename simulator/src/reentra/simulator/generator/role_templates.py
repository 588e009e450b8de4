"""Entra's built-in roles: names and template ids, which are the same in every tenant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    id: str
    name: str
    description: str
    actions: tuple[str, ...]


GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
HELPDESK_ADMINISTRATOR = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
GROUPS_ADMINISTRATOR = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
SECURITY_READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
REPORTS_READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"

# Those who may consent to application permissions for the whole organization.
MAY_CONSENT = frozenset({GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR})


_READ_PORTAL = ("microsoft.office365.webPortal/allEntities/standard/read",)


def _role(template_id: str, name: str, description: str, *actions: str) -> RoleTemplate:
    return RoleTemplate(
        template_id, name, description, actions or ("microsoft.office365.webPortal/allEntities/standard/read",)
    )


BUILT_IN = (
    _role(GLOBAL_ADMINISTRATOR, "Global Administrator",
          "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.",
          "microsoft.directory/allEntities/allProperties/allTasks"),
    _role(PRIVILEGED_ROLE_ADMINISTRATOR, "Privileged Role Administrator",
          "Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity Management.",
          "microsoft.directory/roleAssignments/allProperties/allTasks"),
    _role(USER_ADMINISTRATOR, "User Administrator", "Can manage all aspects of users and groups, including resetting "
          "passwords for limited admins.", "microsoft.directory/users/create", "microsoft.directory/users/delete",
          "microsoft.directory/users/basic/update", "microsoft.directory/groups/create"),
    _role(HELPDESK_ADMINISTRATOR, "Helpdesk Administrator",
          "Can reset passwords for non-administrators and Helpdesk Administrators.",
          "microsoft.directory/users/password/update", "microsoft.directory/users/invalidateAllRefreshTokens"),
    _role(GROUPS_ADMINISTRATOR, "Groups Administrator", "Members of this role can create/manage groups, create/manage "
          "groups settings like naming and expiration policies.", "microsoft.directory/groups/create",
          "microsoft.directory/groups/delete", "microsoft.directory/groups/members/update"),
    _role(APPLICATION_ADMINISTRATOR, "Application Administrator",
          "Can create and manage all aspects of app registrations and enterprise apps.",
          "microsoft.directory/applications/create", "microsoft.directory/servicePrincipals/create"),
    _role("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator",
          "Can create and manage all aspects of app registrations and enterprise apps except App Proxy.",
          "microsoft.directory/applications/create"),
    _role("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator",
          "Can manage Conditional Access capabilities.",
          "microsoft.directory/conditionalAccessPolicies/create"),
    _role("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator",
          "Can read security information and reports, and manage configuration in Microsoft Entra ID.",
          "microsoft.directory/policies/create"),
    _role(SECURITY_READER, "Security Reader",
          "Can read security information and reports in Microsoft Entra ID and Office 365.",
          "microsoft.directory/policies/standard/read"),
    _role("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader",
          "Can read everything that a Global Administrator can, but not update anything.",
          "microsoft.directory/users/standard/read"),
    _role("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator",
          "Can manage all aspects of the Exchange product."),
    _role("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator",
          "Can manage all aspects of the SharePoint service."),
    _role("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", "Can manage the Microsoft Teams service."),
    _role("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator",
          "Can manage all aspects of the Intune product."),
    _role("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator",
          "Can perform common billing related tasks like updating payment information."),
    _role("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator",
          "Can access to view, set and reset authentication method information for any non-admin user."),
    _role("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator",
          "Can access to view, set and reset authentication method information for any user (admin or non-admin)."),
    _role("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator",
          "Can reset passwords for non-administrators and Password Administrators."),
    _role("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator",
          "Can manage product licenses on users and groups."),
    _role("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer",
          "Can create application registrations independent of the 'Users can register applications' setting."),
    _role("95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter",
          "Can invite guest users independent of the 'members can invite guests' setting."),
    _role("790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader",
          "Can read messages and updates for their organization in Office 365 Message Center only."),
    _role("f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator",
          "Can read service health information and manage support tickets."),
    _role("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator",
          "Limited access to manage devices in Microsoft Entra ID."),
    _role("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator",
          "Can read and manage compliance configuration and reports in Microsoft Entra ID and Microsoft 365."),
    _role(REPORTS_READER, "Reports Reader", "Can read sign-in and audit reports."),
    _role(DIRECTORY_READERS, "Directory Readers", "Can read basic directory information.",
          "microsoft.directory/users/standard/read"),
    _role("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers",
          "Can read and write basic directory information.", "microsoft.directory/users/basic/update"),
)  # fmt: skip
BY_ID = {template.id: template for template in BUILT_IN}
