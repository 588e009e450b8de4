"""What a tenant has from the beginning: its organization (a few contacts can change) and its domains."""

from __future__ import annotations

from reentra.simulator.directory import Directory
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request

from . import answers, refusals
from .body import checked_create, checked_patch, json_object, split_binds
from .targets import existing

_DOMAIN_WRITERS = ("Domain.ReadWrite.All",)


def update_organization(request: GraphRequest, key: str) -> Answer:
    request.require("Organization.ReadWrite.All")
    item = existing(request, "organization", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("organization", properties)
    request.directory.patch(item["id"], properties)
    return answers.done()


def create_domain(request: GraphRequest) -> Answer:
    """Only the name; people prove by DNS that it is theirs."""
    request.require(*_DOMAIN_WRITERS)
    properties, _ = split_binds(json_object(request))
    checked_create("domain", properties)
    if set(properties) != {"id"}:
        raise bad_request("A domain is created with its 'id' only.")
    if request.directory.type_of(properties["id"]):
        raise refusals.conflicting_object()
    item = {
        "id": properties["id"],
        "authenticationType": "Managed",
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": False,
        "isInitial": False,
        "isRoot": True,
        "isVerified": False,
        "manufacturer": None,
        "model": None,
        "passwordNotificationWindowInDays": None,
        "passwordValidityPeriodInDays": None,
        "state": None,
        "supportedServices": [],
    }
    request.directory.create("domain", item)
    return answers.created(request, "domains", item)


def update_domain(request: GraphRequest, key: str) -> Answer:
    request.require(*_DOMAIN_WRITERS)
    item = existing(request, "domain", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("domain", properties)
    if item.get("isVerified") is not True:
        raise bad_request(f"The domain '{key}' is not verified and cannot be updated.")
    directory = request.directory
    if properties.get("isDefault") is False and item.get("isDefault"):
        raise bad_request("The default domain changes when another domain becomes the default.")
    if properties.get("isDefault"):
        for other in list(directory.objects("domain")):
            directory.patch(other["id"], {"isDefault": other["id"] == item["id"]})
    directory.patch(item["id"], properties)
    return answers.done()


def delete_domain(request: GraphRequest, key: str) -> Answer:
    request.require(*_DOMAIN_WRITERS)
    item = existing(request, "domain", key)
    if item.get("isDefault") or item.get("isInitial") or _is_in_use(request.directory, item["id"]):
        raise bad_request(f"The domain '{key}' cannot be deleted while it is the default, initial or in use.")
    request.directory.hard_delete(item["id"])
    return answers.done()


def _is_in_use(directory: Directory, domain: str) -> bool:
    suffix = f"@{domain}".casefold()
    return any(str(user.get("userPrincipalName")).casefold().endswith(suffix) for user in directory.objects("user"))
