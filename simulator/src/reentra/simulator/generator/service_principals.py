"""Enterprise applications: the tenant's own, those of other companies, Microsoft's, and managed identities."""

from __future__ import annotations

from typing import Any

from reentra.simulator.generator.chance import Chance

NO_LINKS = {
    "logoUrl": None,
    "marketingUrl": None,
    "privacyStatementUrl": None,
    "supportUrl": None,
    "termsOfServiceUrl": None,
}


def service_principal(
    chance: Chance, *, app_id: str, display_name: str, owner_tenant_id: str | None, **more: Any
) -> dict[str, Any]:
    """`more` names the properties that differ from a plain enterprise application's."""
    return {
        "id": chance.guid(),
        "deletedDateTime": None,
        "accountEnabled": True,
        "addIns": [],
        "alternativeNames": [],
        "appDescription": None,
        "appDisplayName": display_name,
        "appId": app_id,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": owner_tenant_id,
        "appRoleAssignmentRequired": False,
        "appRoles": [],
        "description": None,
        "disabledByMicrosoftStatus": None,
        "displayName": display_name,
        "homepage": None,
        "info": dict(NO_LINKS),
        "keyCredentials": [],
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "replyUrls": [],
        "resourceSpecificApplicationPermissions": [],
        "samlSingleSignOnSettings": None,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "tokenEncryptionKeyId": None,
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    } | more


def of_application(chance: Chance, application: dict[str, Any], tenant_id: str) -> dict[str, Any]:
    """The enterprise application of an app registered in this same tenant."""
    return service_principal(
        chance,
        app_id=application["appId"],
        display_name=application["displayName"],
        owner_tenant_id=tenant_id,
        appRoles=application["appRoles"],
        oauth2PermissionScopes=application["api"]["oauth2PermissionScopes"],
        replyUrls=application["web"]["redirectUris"],
        servicePrincipalNames=[application["appId"], *application["identifierUris"]],
        signInAudience=application["signInAudience"],
        homepage=application["web"]["homePageUrl"],
    )


def of_another_company(chance: Chance, number: int) -> dict[str, Any]:
    """A software service that somebody in the tenant consented to; every third asks for an assignment and SAML."""
    saml = number % 3 == 0
    return service_principal(
        chance,
        app_id=chance.guid(),
        display_name=f"Cloud service {number}",
        owner_tenant_id=chance.guid(),
        appRoleAssignmentRequired=saml,
        homepage=f"https://service{number}.example/",
        loginUrl=f"https://service{number}.example/login" if saml else None,
        preferredSingleSignOnMode="saml" if saml else None,
        notificationEmailAddresses=[f"owner{number}@service{number}.example"] if saml else [],
        replyUrls=[f"https://service{number}.example/callback"],
        notes="Contract renewed yearly" if number % 5 == 0 else None,
    )


def managed_identity(chance: Chance, number: int) -> dict[str, Any]:
    resource = (
        f"/subscriptions/{chance.guid()}/resourcegroups/production/providers/Microsoft.Web/sites/function-{number}"
    )
    return service_principal(
        chance,
        app_id=chance.guid(),
        display_name=f"function-{number}",
        owner_tenant_id=None,
        appDisplayName=None,
        alternativeNames=["isExplicit=False", resource],
        servicePrincipalType="ManagedIdentity",
        signInAudience=None,
        tags=[],
    )
