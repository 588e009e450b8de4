"""App registrations with the parts that matter to a restore: roles, scopes, secrets' metadata, redirect URIs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reentra.simulator.generator import words
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.first_party import GRAPH_APP_ID, graph_app_role_ids
from reentra.simulator.generator.service_principals import NO_LINKS

_USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
_ASKED = ("User.Read.All", "Group.Read.All", "Directory.Read.All", "Application.Read.All")


def applications(chance: Chance, count: int, domain: str) -> list[dict[str, Any]]:
    role_ids = graph_app_role_ids()
    asked_ids = [role_ids[name] for name in _ASKED]
    return [_application(chance, number, domain, asked_ids) for number in range(count)]


def _application(chance: Chance, number: int, domain: str, asked_ids: Sequence[str]) -> dict[str, Any]:
    app_id = chance.guid()
    name = f"{words.APP_NAMES[number % len(words.APP_NAMES)]} {number}"
    host = f"app{number}.{domain}"
    return {
        "id": chance.guid(),
        "deletedDateTime": None,
        "addIns": [],
        "api": _api(chance, number),
        "appId": app_id,
        "applicationTemplateId": None,
        "appRoles": [_role(chance, value) for value in ("Reader", "Writer")] if number % 2 == 0 else [],
        "certification": None,
        "createdDateTime": chance.moment(),
        "defaultRedirectUri": None,
        "description": f"{name}, run by {words.DEPARTMENTS[number % len(words.DEPARTMENTS)]}",
        "disabledByMicrosoftStatus": None,
        "displayName": name,
        "groupMembershipClaims": "SecurityGroup" if number % 6 == 0 else None,
        "identifierUris": [f"api://{app_id}"] if number % 3 == 0 else [],
        "info": dict(NO_LINKS),
        "isDeviceOnlyAuthSupported": None,
        "isFallbackPublicClient": None,
        "keyCredentials": [],
        "nativeAuthenticationApisEnabled": None,
        "notes": None,
        "optionalClaims": None,
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [_secret(chance)] if number % 2 else [],
        "publicClient": {"redirectUris": ["http://localhost"] if number % 8 == 0 else []},
        "publisherDomain": domain,
        "requestSignatureVerification": None,
        "requiredResourceAccess": [_access(asked_ids[number % len(asked_ids)])],
        "samlMetadataUrl": None,
        "serviceManagementReference": None,
        "servicePrincipalLockConfiguration": None,
        "signInAudience": "AzureADMyOrg" if number % 4 else "AzureADMultipleOrgs",
        "spa": {"redirectUris": [f"https://{host}/spa"] if number % 5 == 0 else []},
        "tags": ["HideApp"] if number % 11 == 10 else [],
        "tokenEncryptionKeyId": None,
        "uniqueName": None,
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "web": {
            "homePageUrl": f"https://{host}/",
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "logoutUrl": None,
            "redirectUris": [f"https://{host}/signin-oidc"],
            "redirectUriSettings": [{"uri": f"https://{host}/signin-oidc", "index": None}],
        },
    }


def _api(chance: Chance, number: int) -> dict[str, Any]:
    return {
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "oauth2PermissionScopes": [_own_scope(chance)] if number % 3 == 0 else [],
        "preAuthorizedApplications": [],
        "requestedAccessTokenVersion": 2,
    }


def _role(chance: Chance, value: str) -> dict[str, Any]:
    return {
        "allowedMemberTypes": ["User", "Application"],
        "description": f"{value}s of this app",
        "displayName": value,
        "id": chance.guid(),
        "isEnabled": True,
        "origin": "Application",
        "value": value,
    }


def _own_scope(chance: Chance) -> dict[str, Any]:
    return {
        "adminConsentDescription": "Use this app for the signed-in user.",
        "adminConsentDisplayName": "Use the app",
        "id": chance.guid(),
        "isEnabled": True,
        "type": "User",
        "userConsentDescription": "Use this app for you.",
        "userConsentDisplayName": "Use the app",
        "value": "access_as_user",
    }


def _secret(chance: Chance) -> dict[str, Any]:
    return {
        "customKeyIdentifier": None,
        "displayName": "production",
        "endDateTime": "2027-06-30T00:00:00Z",
        "hint": chance.token(3),
        "keyId": chance.guid(),
        "secretText": None,
        "startDateTime": "2025-06-30T00:00:00Z",
    }


def _access(app_role_id: str) -> dict[str, Any]:
    return {
        "resourceAppId": GRAPH_APP_ID,
        "resourceAccess": [{"id": _USER_READ, "type": "Scope"}, {"id": app_role_id, "type": "Role"}],
    }
