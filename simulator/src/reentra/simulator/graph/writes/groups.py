"""Groups: created with up to 20 links, changed within their kind, upserted by unique name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity, graph_time
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, not_found
from reentra.simulator.graph.shape import shape

from . import answers, group_rules, refusals
from .blanks import empty, unset
from .body import BIND, checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .identifiers import security_identifier
from .links import add_links, check_bound
from .targets import alternate_key, changeable
from .users import address_is_taken

WRITERS = ("Group.ReadWrite.All", "Directory.ReadWrite.All")
_MOST_BOUND = 20
_NULLS = unset(
    "classification deletedDateTime description expirationDateTime isAssignableToRole isManagementRestricted mail"
    " membershipRule membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime"
    " onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled"
    " preferredDataLocation preferredLanguage theme uniqueName visibility licenseProcessingState"
    " hasMembersWithLicenseErrors"
)
_EMPTY = empty(
    "assignedLabels assignedLicenses groupTypes onPremisesProvisioningErrors proxyAddresses"
    " resourceBehaviorOptions resourceProvisioningOptions serviceProvisioningErrors"
)


def create_group(request: GraphRequest) -> Answer:
    request.require(*WRITERS, "Group.Create")
    return _create(request, json_object(request), unique_name=None)


def _create(request: GraphRequest, body: Mapping[str, Any], *, unique_name: str | None) -> Answer:
    properties, binds = split_binds(body, ("members", "owners"))
    if unique_name is not None:
        properties["uniqueName"] = unique_name
    checked_create("group", properties)
    check_extensions(request.directory, properties)
    group_rules.check_new(request, properties)
    _check_names(request.directory, properties, own_id=None)
    if sum(map(len, binds.values())) > _MOST_BOUND:
        raise bad_request(f"The number of relationships in one request exceeds the limit of {_MOST_BOUND}.")
    item = _new_group(request.directory, properties)
    targets = {relation: check_bound(request, item, relation, urls) for relation, urls in binds.items()}
    request.directory.create("group", item)
    for relation, ids in targets.items():
        add_links(request.directory, relation, item["id"], ids)
    return answers.created(request, "groups", shape("group", item, None))


def update_group(request: GraphRequest, key: str) -> Answer:
    body = json_object(request)
    if not body or any(not name.endswith(BIND) for name in body):
        # Links alone need only the permission of their relation, which `check_bound` asks for.
        request.require(*WRITERS)
    named = alternate_key(key)
    if named is not None and not request.directory.find("group", *named):
        if not request.prefers("create-if-missing"):
            raise not_found(key)
        return _create(request, body, unique_name=named[1])
    group = changeable(request, "group", key)
    properties, binds = split_binds(body, ("members", "owners"))
    group_rules.check_writable(request, group, "Update")
    alone = False
    if properties or not binds:
        alone = checked_patch("group", properties)
        check_extensions(request.directory, properties)
        group_rules.check_changes(group, properties)
        if not {"mailNickname", "uniqueName"}.isdisjoint(properties):
            _check_names(request.directory, {**group, **properties}, own_id=group["id"])
    targets = {}
    for relation, urls in binds.items():
        if len(urls) > _MOST_BOUND:
            raise bad_request(f"The references in '{relation}@odata.bind' exceed the limit of {_MOST_BOUND}.")
        targets[relation] = check_bound(request, group, relation, urls)
    request.directory.patch(group["id"], _derived(request.directory, group, properties))
    for relation, ids in targets.items():
        add_links(request.directory, relation, group["id"], ids)
    return Answer(200, {}) if alone else answers.done()


def check_unique_again(directory: Directory, group: Mapping[str, Any]) -> None:
    """A group that comes back from the bin must still be the only one of its name."""
    _check_live_names(directory, group, own_id=group["id"])


def _check_names(directory: Directory, group: Mapping[str, Any], own_id: str | None) -> None:
    _check_live_names(directory, group, own_id)
    if not group.get("mailEnabled"):
        return
    nickname = group["mailNickname"].casefold()
    for binned_id in directory.deleted_ids("group"):
        # A deleted group keeps its mailNickname until it is purged (field reports).
        binned = directory.deleted(binned_id) or {}
        if binned.get("mailEnabled") and str(binned.get("mailNickname")).casefold() == nickname:
            raise refusals.value_taken("mailNickname")
    if own_id is None and address_is_taken(directory, f"{nickname}@{directory.domain}", own_id):
        raise refusals.value_taken("proxyAddresses")


def _check_live_names(directory: Directory, group: Mapping[str, Any], own_id: str | None) -> None:
    """Only groups with mail need a mailNickname of their own."""
    unique_name = group.get("uniqueName")
    if unique_name and set(directory.find("group", "uniqueName", unique_name)) - {own_id}:
        raise refusals.value_taken("uniqueName")
    if not group.get("mailEnabled"):
        return
    for other_id in directory.find("group", "mailNickname", group["mailNickname"]):
        if other_id != own_id and (directory.get(other_id) or {}).get("mailEnabled"):
            raise refusals.value_taken("mailNickname")


def _new_group(directory: Directory, properties: Mapping[str, Any]) -> Entity:
    group_id = str(uuid.uuid4())
    now = graph_time(directory.clock())
    item: Entity = _NULLS | _EMPTY
    item |= {
        "id": group_id,
        "createdDateTime": now,
        "renewedDateTime": now,
        "securityIdentifier": security_identifier(group_id),
        **properties,
    }
    if group_rules.is_unified(item):
        item["mail"] = f"{item['mailNickname']}@{directory.domain}"
        item["proxyAddresses"] = [f"SMTP:{item['mail']}"]
        item["visibility"] = item["visibility"] or "Public"
    return item


def _derived(directory: Directory, group: Mapping[str, Any], changes: Mapping[str, Any]) -> Entity:
    """A Microsoft 365 group's address follows its mailNickname."""
    after = dict(changes)
    if "mailNickname" in changes and changes["mailNickname"] != group.get("mailNickname") and group.get("mail"):
        after["mail"] = f"{changes['mailNickname']}@{str(group['mail']).rpartition('@')[2] or directory.domain}"
        after["proxyAddresses"] = [f"SMTP:{after['mail']}"]
    return after
