"""`$ref` links: who may be linked to whom, one at a time or bound in a body; every relation is a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from reentra.simulator.directory import Directory
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError, bad_request, denied, not_found

from . import answers, group_rules, refusals
from .body import json_object
from .ownership import require_application_writer
from .role_mirror import role_member_added, role_member_removed
from .targets import changeable, linkable, referenced_id

_ANY_OWNER = frozenset({"user", "servicePrincipal"})
_UNIT_MEMBERS = frozenset({"user", "group", "device"})


@dataclass(frozen=True, slots=True)
class LinkRules:
    """`writers` hold one of these app roles; an empty row is closed to application permissions."""

    targets: frozenset[str]
    writers: tuple[str, ...]
    limit: int | None = None
    limit_of_target: int | None = None
    duplicate_conflicts: bool = False


LINKS = MappingProxyType(
    {
        ("group", "members"): LinkRules(
            frozenset({"user", "group", "device", "servicePrincipal", "orgContact"}),
            ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"),
        ),
        ("group", "owners"): LinkRules(_ANY_OWNER, ("Group.ReadWrite.All", "Directory.ReadWrite.All"), limit=100),
        ("application", "owners"): LinkRules(_ANY_OWNER, ("Application.ReadWrite.All",), limit=100),
        ("servicePrincipal", "owners"): LinkRules(_ANY_OWNER, ("Application.ReadWrite.All",), limit=100),
        ("administrativeUnit", "members"): LinkRules(
            _UNIT_MEMBERS,
            ("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All"),
            limit_of_target=30,
            duplicate_conflicts=True,
        ),
        ("directoryRole", "members"): LinkRules(
            frozenset({"user", "group", "servicePrincipal"}), ("RoleManagement.ReadWrite.Directory",)
        ),
        ("user", "sponsors"): LinkRules(
            frozenset({"user", "group"}), ("User.ReadWrite.All", "Directory.ReadWrite.All")
        ),
        ("user", "manager"): LinkRules(
            frozenset({"user", "orgContact"}), ("User.ReadWrite.All", "Directory.ReadWrite.All")
        ),
        # Documented for signed-in people only.
        ("device", "registeredOwners"): LinkRules(_ANY_OWNER, ()),
        ("device", "registeredUsers"): LinkRules(_ANY_OWNER, ()),
    }
)


def add_reference(request: GraphRequest, type_name: str, key: str, relation: str) -> Answer:
    """POST .../{relation}/$ref"""
    source = _open_source(request, type_name, key, relation)
    target_id = referenced_id(request, json_object(request).get("@odata.id"))
    check_target(request, type_name, source, relation, target_id)
    add_links(request.directory, relation, source["id"], [target_id])
    if type_name == "directoryRole":
        role_member_added(request.directory, source, target_id)
    return answers.done()


def set_reference(request: GraphRequest, type_name: str, key: str, relation: str) -> Answer:
    """PUT .../manager/$ref replaces."""
    source = _open_source(request, type_name, key, relation)
    target_id = referenced_id(request, json_object(request).get("@odata.id"))
    linkable(request, target_id, LINKS[type_name, relation].targets)
    request.directory.set_single_link(relation, source["id"], target_id)
    return answers.done()


def clear_reference(request: GraphRequest, type_name: str, key: str, relation: str) -> Answer:
    """DELETE .../manager/$ref"""
    source = _open_source(request, type_name, key, relation)
    if not any(map(request.directory.is_live, request.directory.targets(relation, source["id"]))):
        raise not_found(relation)
    request.directory.set_single_link(relation, source["id"], None)
    return answers.done()


def remove_reference(request: GraphRequest, type_name: str, key: str, relation: str, target_id: str) -> Answer:
    """DELETE .../{relation}/{id}/$ref"""
    source = _open_source(request, type_name, key, relation)
    directory = request.directory
    if not directory.is_live(target_id):
        raise not_found(target_id)
    targets = directory.targets(relation, source["id"])
    if target_id not in targets:
        raise refusals.link_missing(relation)
    if (type_name, relation) == ("group", "owners") and _is_last_user_owner(directory, targets, target_id):
        raise bad_request("The group must have at least one owner, hence this owner cannot be removed.")
    directory.remove_link(relation, source["id"], target_id)
    if type_name == "directoryRole":
        role_member_removed(directory, source, target_id)
    return answers.done()


def check_bound(request: GraphRequest, source: Mapping[str, Any], relation: str, urls: Iterable[str]) -> list[str]:
    """The ids of a group's `relation@odata.bind`, all of them fit to be linked; otherwise none is."""
    is_new = not request.directory.is_live(source["id"])
    request.require(*LINKS["group", relation].writers, *(["Group.Create"] if is_new else []))
    _check_source("group", source, relation)
    ids = [referenced_id(request, url) for url in urls]
    if len(set(ids)) < len(ids):
        raise refusals.link_exists(relation)
    for target_id in ids:
        check_target(request, "group", source, relation, target_id, further=len(ids))
    return ids


def add_links(directory: Directory, relation: str, source_id: str, target_ids: Iterable[str]) -> None:
    for target_id in target_ids:
        directory.add_link(relation, source_id, target_id)


def check_target(
    request: GraphRequest,
    type_name: str,
    source: Mapping[str, Any],
    relation: str,
    target_id: str,
    *,
    further: int = 1,
) -> None:
    rules = LINKS[type_name, relation]
    directory = request.directory
    target_type = linkable(request, target_id, rules.targets)
    targets = directory.targets(relation, source["id"])
    if target_id in targets:
        raise _duplicate(rules, relation)
    if rules.limit is not None and len(targets) + further > rules.limit:
        raise refusals.link_quota_exceeded(rules.limit, relation)
    if rules.limit_of_target is not None and _units_of(directory, target_id) >= rules.limit_of_target:
        raise refusals.quota_exceeded(f"An object can be a member of at most {rules.limit_of_target} units.")
    if target_type == "group":
        _check_nesting(type_name, source, directory.get(target_id) or {}, relation)


def _open_source(request: GraphRequest, type_name: str, key: str, relation: str) -> Mapping[str, Any]:
    """The source of a link write, once the caller and the source's kind allow it."""
    rules = LINKS[type_name, relation]
    if not rules.writers:
        raise denied()
    if type_name in {"application", "servicePrincipal"}:
        require_application_writer(request, type_name, key)
        request.require("Directory.Read.All", "Directory.ReadWrite.All", "Application.ReadWrite.OwnedBy")
    else:
        request.require(*rules.writers)
    source = _source(request, type_name, key)
    if type_name == "group":
        group_rules.check_writable(request, source, "Update")
    _check_source(type_name, source, relation)
    return source


def _source(request: GraphRequest, type_name: str, key: str) -> Mapping[str, Any]:
    """A source that the replica does not know yet answers 400 here, where a read would answer 404."""
    lag, directory = request.cloud.lag, request.directory
    if directory.type_of(key) == type_name and lag.hides(directory, key):
        raise refusals.not_yet_everywhere()
    return changeable(request, type_name, key)


def _check_source(type_name: str, source: Mapping[str, Any], relation: str) -> None:
    if relation == "members" and (
        (type_name == "group" and group_rules.is_dynamic(source))
        or (type_name == "administrativeUnit" and str(source.get("membershipType")).casefold() == "dynamic")
    ):
        raise bad_request("The members of an object with dynamic membership cannot be changed.")
    if type_name == "user" and relation == "manager" and source.get("onPremisesSyncEnabled") is True:
        raise bad_request(refusals.ON_PREMISES)


def _check_nesting(type_name: str, source: Mapping[str, Any], target: Mapping[str, Any], relation: str) -> None:
    if type_name == "directoryRole" and target.get("isAssignableToRole") is not True:
        raise bad_request("Only groups that are assignable to a role can be members of a directory role.")
    if type_name != "group" or relation != "members":
        return
    if source.get("id") == target.get("id"):
        raise bad_request("A group cannot be a member of itself.")
    if group_rules.is_unified(source) or source.get("isAssignableToRole") is True:
        raise bad_request("Nesting of groups is not supported for Microsoft 365 groups and role-assignable groups.")


def _duplicate(rules: LinkRules, relation: str) -> GraphError:
    return refusals.conflicting_object(status=400) if rules.duplicate_conflicts else refusals.link_exists(relation)


def _units_of(directory: Directory, object_id: str) -> int:
    sources = directory.sources("members", object_id)
    return sum(directory.type_of(source) == "administrativeUnit" for source in sources)


def _is_last_user_owner(directory: Directory, owners: Iterable[str], leaving: str) -> bool:
    users = [owner for owner in owners if directory.type_of(owner) == "user" and directory.is_live(owner)]
    return users == [leaving]
