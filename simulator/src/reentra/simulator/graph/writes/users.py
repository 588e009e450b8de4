"""Users: created with a password in a verified domain, unique by their names, partly mastered on-premises."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, denied
from reentra.simulator.graph.shape import shape

from . import answers, refusals
from .blanks import empty, unset
from .body import checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .identifiers import security_identifier
from .identities import check_identities
from .rules import CLOUD_MASTERED_OF_SYNCED_USER, SENSITIVE_OF_USER
from .targets import caller_holds_role, changeable, holds_directory_role

_PRINCIPAL_NAME = re.compile(r"^[A-Za-z0-9'._!#^~-]{1,64}@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}$")
_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_NULLS = unset(
    "ageGroup authorizationInfo city companyName consentProvidedForMinor country creationType deletedDateTime"
    " department employeeHireDate employeeId employeeOrgData employeeType externalUserState"
    " externalUserStateChangeDateTime faxNumber givenName isManagementRestricted isResourceAccount jobTitle"
    " legalAgeGroupClassification mail mobilePhone officeLocation onPremisesDistinguishedName onPremisesDomainName"
    " onPremisesImmutableId onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier"
    " onPremisesSyncEnabled onPremisesUserPrincipalName passwordPolicies postalCode preferredDataLocation"
    " preferredLanguage showInAddressList state streetAddress surname usageLocation"
)
_EMPTY = empty(
    "assignedLicenses assignedPlans businessPhones imAddresses licenseAssignmentStates"
    " onPremisesProvisioningErrors otherMails provisionedPlans proxyAddresses serviceProvisioningErrors"
)
NO_EXTENSION_ATTRIBUTES = {f"extensionAttribute{number}": None for number in range(1, 16)}
_WHOLE_ORG_DATA = {"division": None, "costCenter": None}


def create_user(request: GraphRequest) -> Answer:
    request.require("User.ReadWrite.All", "User.Create", "Directory.ReadWrite.All")
    properties, _ = split_binds(json_object(request))
    checked_create("user", properties)
    directory = request.directory
    _check_values(directory, properties, own_id=None)
    if "#EXT#" in properties["userPrincipalName"].upper():
        raise refusals.invalid_value("userPrincipalName", "User")
    if _is_federated(directory, properties["userPrincipalName"]) and not properties.get("onPremisesImmutableId"):
        raise refusals.value_required("onPremisesImmutableId", "User")
    _check_password(properties["passwordProfile"], required=True)
    item = directory.create("user", new_user(directory, properties))
    return answers.created(request, "users", shape("user", item, None))


def new_user(directory: Directory, properties: Mapping[str, Any]) -> Entity:
    """A whole user as Entra would hold it, from what the caller sent."""
    user_id = str(uuid.uuid4())
    now = graph_time(directory.clock())
    principal_name = properties["userPrincipalName"]
    item: Entity = _NULLS | _EMPTY
    item |= {
        "id": user_id,
        "createdDateTime": now,
        "lastPasswordChangeDateTime": now,
        "signInSessionsValidFromDateTime": now,
        "securityIdentifier": security_identifier(user_id),
        "userType": "Member",
        "passwordProfile": None,
        "onPremisesExtensionAttributes": NO_EXTENSION_ATTRIBUTES,
        "identities": [
            {
                "signInType": "userPrincipalName",
                "issuer": directory.domain,
                "issuerAssignedId": principal_name,
            }
        ],
    }
    return item | _derived(item, properties)


def update_user(request: GraphRequest, key: str) -> Answer:
    request.require("User.ReadWrite.All", "User.ReadUpdate.All", "Directory.ReadWrite.All")
    item = changeable(request, "user", key)
    properties, _ = split_binds(json_object(request))
    alone = checked_patch("user", properties)
    if item.get("onPremisesSyncEnabled") is True and _mastered(properties):
        raise bad_request(refusals.ON_PREMISES)
    _check_privilege(request, item["id"], properties)
    if "mail" in properties and properties["mail"] is None:
        raise refusals.invalid_value("mail", "User")
    _check_values(request.directory, properties, own_id=item["id"])
    if "identities" in properties:
        check_identities(request.directory, item, properties)
    request.directory.patch(item["id"], _derived(item, properties))
    return Answer(200, {}) if alone else answers.done()


def check_role_holder(request: GraphRequest, user_id: str) -> None:
    """Administrators can be deleted and restored only by a caller with an Entra role of its own."""
    if holds_directory_role(request.directory, user_id) and not caller_holds_role(request):
        raise denied()


def _mastered(properties: Mapping[str, Any]) -> bool:
    return any(name not in CLOUD_MASTERED_OF_SYNCED_USER and not name.startswith("extension_") for name in properties)


def _check_privilege(request: GraphRequest, user_id: str, properties: Mapping[str, Any]) -> None:
    if "passwordProfile" in properties:
        request.require("User-PasswordProfile.ReadWrite.All")
        if not caller_holds_role(request):
            raise denied()
    if SENSITIVE_OF_USER.intersection(properties):
        check_role_holder(request, user_id)


def _check_values(directory: Directory, properties: Mapping[str, Any], *, own_id: str | None) -> None:
    check_extensions(directory, properties)
    for name in ("displayName", "mailNickname", "userPrincipalName"):
        if name in properties and not properties[name]:
            raise refusals.invalid_value(name, "User")
    if len(properties.get("businessPhones") or ()) > 1:
        raise refusals.invalid_value("businessPhones", "User")
    if properties.get("userType") not in {None, "Member", "Guest"}:
        raise refusals.invalid_value("userType", "User")
    if properties.get("mailNickname") and not re.fullmatch(r"[^@\s()\\\[\]\";:<>,]{1,64}", properties["mailNickname"]):
        raise refusals.invalid_value("mailNickname", "User")
    if (location := properties.get("usageLocation")) and not re.fullmatch(r"[A-Z]{2}", location):
        raise refusals.invalid_value("usageLocation", "User")
    if properties.get("passwordProfile"):
        _check_password(properties["passwordProfile"], required=False)
    _check_principal_name(directory, properties.get("userPrincipalName"))
    _check_unique(directory, properties, own_id)


def _check_principal_name(directory: Directory, name: str | None) -> None:
    if name is None:
        return
    domain = name.rpartition("@")[2].casefold()
    verified = {item["id"].casefold() for item in directory.objects("domain") if item.get("isVerified", True)}
    if not _PRINCIPAL_NAME.match(name):
        raise refusals.invalid_value("userPrincipalName", "User")
    if domain not in verified | {directory.domain.casefold()}:
        raise bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified"
            " domain names in your organization."
        )


def _is_federated(directory: Directory, principal_name: str) -> bool:
    domain = directory.get(principal_name.rpartition("@")[2].casefold())
    return domain is not None and domain.get("authenticationType") == "Federated"


def _check_password(profile: Mapping[str, Any], *, required: bool) -> None:
    password = profile.get("password")
    if password is None:
        if required:
            raise refusals.value_required("passwordProfile.password", "User")
        return
    kinds = sum(bool(re.search(kind, password)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z0-9]"))
    if not 8 <= len(password) <= 256 or kinds < 3:
        raise bad_request(
            "The specified password does not comply with password complexity requirements."
            " Please provide a different password."
        )


def _check_unique(directory: Directory, properties: Mapping[str, Any], own_id: str | None) -> None:
    for name in ("userPrincipalName", "onPremisesImmutableId"):
        value = properties.get(name)
        if value and set(directory.find("user", name, value)) - {own_id}:
            raise refusals.value_taken(name)
    mail = properties.get("mail")
    if not mail:
        return
    if not _MAIL.match(mail):
        raise refusals.invalid_value("mail", "User")
    if address_is_taken(directory, mail, own_id):
        raise refusals.value_taken("proxyAddresses")


def address_is_taken(directory: Directory, mail: str, own_id: str | None) -> bool:
    """Mail addresses are unique over users and groups."""
    holders: set[str] = set()
    for type_name in ("user", "group"):
        holders.update(directory.find(type_name, "proxyAddresses", f"smtp:{mail}"))
        holders.update(directory.find(type_name, "mail", mail))
    return bool(holders - {own_id or ""})


def _derived(item: Mapping[str, Any], properties: Mapping[str, Any]) -> Entity:
    """What is stored: write-only parts dropped, merged objects merged, addresses and identities that follow."""
    changes = dict(properties)
    changes.pop("passwordProfile", None)
    if changes.get("employeeOrgData"):
        changes["employeeOrgData"] = _WHOLE_ORG_DATA | changes["employeeOrgData"]
    if "onPremisesExtensionAttributes" in changes:
        held = item.get("onPremisesExtensionAttributes") or NO_EXTENSION_ATTRIBUTES
        changes["onPremisesExtensionAttributes"] = {**held, **(changes["onPremisesExtensionAttributes"] or {})}
    if changes.get("mail"):
        others = [address for address in item.get("proxyAddresses") or [] if not address.startswith("SMTP:")]
        changes["proxyAddresses"] = [f"SMTP:{changes['mail']}", *others]
    if changes.get("userPrincipalName") and "identities" not in changes:
        changes["identities"] = [
            {**identity, "issuerAssignedId": changes["userPrincipalName"]}
            if identity.get("signInType") == "userPrincipalName"
            else identity
            for identity in item.get("identities") or []
        ]
    return changes
