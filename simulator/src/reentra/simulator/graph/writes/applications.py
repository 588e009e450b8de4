"""Applications: a new one gets a new id and a new appId; secrets are shown once; its service principal mirrors it."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, not_found

from . import answers, application_rules
from .blanks import empty, unset
from .body import checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .links import add_links
from .ownership import ALL, OWNED, require_application_writer
from .shapes import check_body
from .targets import alternate_key, caller_principals, changeable

_NULLS = unset(
    "applicationTemplateId certification createdByAppId defaultRedirectUri deletedDateTime description"
    " disabledByMicrosoftStatus groupMembershipClaims isDeviceOnlyAuthSupported isFallbackPublicClient"
    " nativeAuthenticationApisEnabled notes optionalClaims requestSignatureVerification samlMetadataUrl"
    " serviceManagementReference servicePrincipalLockConfiguration tokenEncryptionKeyId uniqueName"
)
_EMPTY = empty("addIns appRoles identifierUris keyCredentials passwordCredentials requiredResourceAccess tags")
_NOBODY = dict.fromkeys(("displayName", "verifiedPublisherId", "addedDateTime"))
# Complex values merge: what the caller leaves out of `web` or `api` keeps its value.
_DEFAULTS: Entity = {
    "signInAudience": "AzureADMyOrg",
    "api": {
        "requestedAccessTokenVersion": None,
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
    },
    "info": dict.fromkeys(("termsOfServiceUrl", "supportUrl", "privacyStatementUrl", "marketingUrl", "logoUrl")),
    "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
    "publicClient": {"redirectUris": []},
    "spa": {"redirectUris": []},
    "verifiedPublisher": _NOBODY,
    "web": {
        "redirectUris": [],
        "homePageUrl": None,
        "logoutUrl": None,
        "implicitGrantSettings": {"enableIdTokenIssuance": False, "enableAccessTokenIssuance": False},
        "redirectUriSettings": [],
    },
}
_MERGED = ("api", "info", "parentalControlSettings", "publicClient", "spa", "web")


def create_application(request: GraphRequest) -> Answer:
    request.require(*ALL, OWNED)
    return _create(request, json_object(request), unique_name=None)


def _create(request: GraphRequest, body: Mapping[str, Any], *, unique_name: str | None) -> Answer:
    properties, _ = split_binds(body)
    checked_create("application", properties)
    directory = request.directory
    check_extensions(directory, properties)
    wanted = properties.pop("passwordCredentials", [])
    if len(wanted) > 1:
        raise bad_request("Property 'passwordCredentials' can hold one entry when an application is created.")
    application_rules.check_values(directory, {}, properties)
    item: Entity = _NULLS | _EMPTY | _DEFAULTS
    item |= {
        "id": str(uuid.uuid4()),
        "appId": str(uuid.uuid4()),
        "createdDateTime": graph_time(directory.clock()),
        "publisherDomain": directory.domain,
        "uniqueName": unique_name,
    }
    item |= _merged(item, properties)
    shown_secrets = [_new_secret(directory, entry) for entry in wanted]
    item["passwordCredentials"] = [{**entry, "secretText": None} for entry in shown_secrets]
    directory.create("application", item)
    if not request.token.roles & ALL:
        add_links(directory, "owners", item["id"], caller_principals(request))
    return answers.created(request, "applications", {**item, "passwordCredentials": shown_secrets})


def update_application(request: GraphRequest, key: str) -> Answer:
    named = alternate_key(key)
    if named and named[0] == "uniqueName" and not request.directory.find("application", *named):
        request.require(*ALL, OWNED)
        if not request.prefers("create-if-missing"):
            raise not_found(key)
        return _create(request, json_object(request), unique_name=named[1])
    require_application_writer(request, "application", key)
    item = changeable(request, "application", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("application", properties)
    if "passwordCredentials" in properties:
        raise bad_request("Property 'passwordCredentials' cannot be updated; use addPassword and removePassword.")
    directory = request.directory
    check_extensions(directory, properties)
    application_rules.check_values(directory, item, properties)
    after = directory.patch(item["id"], _merged(item, properties))
    for principal_id in directory.find("servicePrincipal", "appId", item["appId"]):
        directory.patch(principal_id, mirrored(after))
    return answers.done()


def mirrored(application: Mapping[str, Any]) -> Entity:
    """What a service principal shows of the application behind it."""
    return {
        "appDisplayName": application.get("displayName"),
        "appRoles": application.get("appRoles") or [],
        "oauth2PermissionScopes": (application.get("api") or {}).get("oauth2PermissionScopes") or [],
        "signInAudience": application.get("signInAudience"),
        "replyUrls": (application.get("web") or {}).get("redirectUris") or [],
        "servicePrincipalNames": [application["appId"], *(application.get("identifierUris") or [])],
        "verifiedPublisher": application.get("verifiedPublisher"),
    }


def add_password(request: GraphRequest, type_name: str, key: str) -> Answer:
    """The answer is the only place where the secret is ever shown."""
    require_application_writer(request, type_name, key)
    item = changeable(request, type_name, key)
    body = json_object(request)
    if set(body) - {"passwordCredential"}:
        raise bad_request("The only parameter of addPassword is 'passwordCredential'.")
    wanted = body.get("passwordCredential") or {}
    check_body("passwordCredential", wanted)
    entry = _new_secret(request.directory, wanted)
    held = item.get("passwordCredentials") or []
    request.directory.patch(item["id"], {"passwordCredentials": [*held, {**entry, "secretText": None}]})
    return answers.shown(request, "microsoft.graph.passwordCredential", entry)


def remove_password(request: GraphRequest, type_name: str, key: str) -> Answer:
    require_application_writer(request, type_name, key)
    item = changeable(request, type_name, key)
    key_id = json_object(request).get("keyId")
    held = item.get("passwordCredentials") or []
    kept = [entry for entry in held if entry.get("keyId") != key_id]
    if len(kept) == len(held):
        raise bad_request(f"No password credential found with keyId '{key_id}'.")
    request.directory.patch(item["id"], {"passwordCredentials": kept})
    return answers.done()


def _merged(item: Mapping[str, Any], properties: Mapping[str, Any]) -> Entity:
    merged = dict(properties)
    for name in _MERGED:
        if isinstance(merged.get(name), dict):
            merged[name] = {**(item.get(name) or _DEFAULTS[name]), **merged[name]}
    return merged


def _new_secret(directory: Directory, wanted: Mapping[str, Any]) -> Entity:
    now = directory.clock()
    text = base64.urlsafe_b64encode(secrets.token_bytes(30)).decode()
    return {
        "customKeyIdentifier": None,
        "displayName": wanted.get("displayName"),
        "startDateTime": wanted.get("startDateTime") or graph_time(now),
        "endDateTime": wanted.get("endDateTime") or graph_time(now + timedelta(days=730)),
        "hint": text[:3],
        "keyId": str(uuid.uuid4()),
        "secretText": text,
    }
