"""Rules inside an application's body: roles and scopes, client ids that may call, identifier URIs, certificates."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from reentra.simulator.directory import Directory
from reentra.simulator.graph.errors import bad_request

from . import refusals
from .identifiers import is_guid

_AUDIENCES = {
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
    None,
}
_MOST_ENTITLEMENTS = 700


def check_values(directory: Directory, item: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """`item` is the application before the write ({} for a new one), `changes` what would be stored."""
    if "displayName" in changes and not 0 < len(changes["displayName"] or "") <= 256:
        raise refusals.invalid_value("displayName", "Application")
    if changes.get("signInAudience") not in _AUDIENCES:
        raise refusals.invalid_value("signInAudience", "Application")
    _check_entitlements(item.get("appRoles"), changes.get("appRoles"), "appRoles")
    held_api, api = item.get("api") or {}, changes.get("api") or {}
    _check_entitlements(
        held_api.get("oauth2PermissionScopes"), api.get("oauth2PermissionScopes"), "oauth2PermissionScopes"
    )
    _check_callers(held_api, api)
    _check_identifier_uris(directory, item, changes.get("identifierUris"))
    _check_keys(changes.get("keyCredentials"))


def _check_entitlements(
    held: Iterable[Mapping[str, Any]] | None, sent: list[Mapping[str, Any]] | None, name: str
) -> None:
    """Roles and scopes: ids are the caller's to choose; what is enabled can neither go nor change its value."""
    if sent is None:
        return
    ids = [entry.get("id") for entry in sent]
    if len(ids) > _MOST_ENTITLEMENTS or not all(map(is_guid, ids)) or len(set(ids)) < len(ids):
        raise refusals.invalid_value(name, "Application")
    values = [entry["value"] for entry in sent if entry.get("value")]
    if len(set(values)) < len(values):
        raise bad_request(f"Property {name}.value contains a duplicate value.")
    for entry in sent:
        if name == "appRoles" and not entry.get("allowedMemberTypes"):
            raise refusals.value_required(f"{name}.allowedMemberTypes", "Application")
    sent_values = {entry["id"]: entry.get("value") for entry in sent}
    for old in held or ():
        if old.get("isEnabled") and sent_values.get(old["id"], _GONE) != old.get("value"):
            raise bad_request(
                "Property value cannot be deleted or updated unless disabled first.",
                code="CannotDeleteOrUpdateEnabledEntitlement",
            )


_GONE = object()


def _check_callers(held: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Pre-authorized applications name scopes that exist already: a PATCH cannot add both at once."""
    scopes = {scope["id"] for scope in held.get("oauth2PermissionScopes") or ()}
    for caller in sent.get("preAuthorizedApplications") or ():
        unknown = set(caller.get("delegatedPermissionIds") or ()) - scopes
        if unknown or not is_guid(caller.get("appId")):
            raise bad_request(
                "Property api.preAuthorizedApplications.delegatedPermissionIds references a permission that does not"
                f" exist on the application: '{min(unknown, default=caller.get('appId'))}'."
            )


def _check_identifier_uris(directory: Directory, item: Mapping[str, Any], uris: list[str] | None) -> None:
    if len(set(uris or ())) < len(uris or ()):
        raise refusals.invalid_value("identifierUris", "Application")
    for uri in uris or ():
        if uri not in (item.get("identifierUris") or ()) and not _is_own_uri(directory, uri, item.get("appId")):
            raise bad_request(
                "Values of identifierUris property must use a verified domain of the organization or its subdomain:"
                f" '{uri}'",
                code="HostNameNotOnVerifiedDomain",
            )
        if set(directory.find("application", "identifierUris", uri)) - {item.get("id")}:
            raise refusals.value_taken("identifierUris")


def _is_own_uri(directory: Directory, uri: str, app_id: str | None) -> bool:
    parts = urlsplit(uri)
    if parts.scheme not in {"api", "http", "https"}:
        return bool(parts.scheme)
    host = (parts.hostname or "").casefold()
    if parts.scheme == "api" and host in {app_id, directory.tenant_id}:
        return True
    domains = {str(domain["id"]).casefold() for domain in directory.objects("domain")} | {directory.domain.casefold()}
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _check_keys(keys: list[Mapping[str, Any]] | None) -> None:
    """The collection is replaced whole, so every entry must bring its public key."""
    for key in keys or ():
        try:
            raw = base64.b64decode(key.get("key") or "", validate=True)
        except binascii.Error:
            raw = b""
        if not raw or key.get("type") not in {"AsymmetricX509Cert", "X509CertAndPassword"}:
            raise refusals.invalid_value("keyCredentials", "Application")
