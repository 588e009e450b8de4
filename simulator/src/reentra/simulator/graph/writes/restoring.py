"""The bin's other end: restore keeps the id, the properties and the links; a purge is for ever."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, denied, not_found
from reentra.simulator.graph.shape import shape

from . import answers, group_rules, groups, locations, policies, refusals
from .policies import require_policy_writer
from .users import check_role_holder

_RESTORERS = MappingProxyType(
    {
        "user": ("User.DeleteRestore.All",),
        "group": ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
        "application": ("Application.ReadWrite.All", "Directory.ReadWrite.All"),
        "servicePrincipal": ("Application.ReadWrite.All", "Directory.ReadWrite.All"),
        "administrativeUnit": ("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All"),
    }
)
_NOT_PURGEABLE = frozenset({"administrativeUnit"})


def restore_item(request: GraphRequest, object_id: str) -> Answer:
    directory = request.directory
    type_name, item = _binned(directory, object_id)
    if type_name not in _RESTORERS:
        raise not_found(object_id)
    request.require(*_RESTORERS[type_name])
    options = _options(request, type_name)
    if type_name == "user":
        overrides = _restored_user(request, item, options)
    elif type_name == "group":
        overrides = _restored_group(directory, item)
    else:
        overrides = {}
        _check_application(directory, type_name, item)
    restored = directory.restore(object_id, overrides)
    shown = {"@odata.type": f"#microsoft.graph.{type_name}", **shape(type_name, restored, None)}
    return answers.shown(request, "directoryObjects/$entity", shown)


def purge_item(request: GraphRequest, object_id: str) -> Answer:
    """DELETE of a bin item; administrative units can only wait for their 30 days."""
    directory = request.directory
    type_name, _ = _binned(directory, object_id)
    if type_name not in _RESTORERS:
        raise not_found(object_id)
    request.require(
        *(("User.DeleteRestore.All", "User.ReadWrite.All") if type_name == "user" else _RESTORERS[type_name])
    )
    if type_name in _NOT_PURGEABLE:
        raise bad_request("Administrative units cannot be deleted permanently; they go 30 days after their deletion.")
    if type_name == "user":
        check_role_holder(request, object_id)
    for assignment in list(directory.objects("roleAssignment")):
        if assignment.get("directoryScopeId") == f"/{object_id}":
            directory.hard_delete(assignment["id"])
    directory.hard_delete(object_id)
    return answers.done()


def restore_policy(request: GraphRequest, policy_id: str) -> Answer:
    """It comes back in the state it was deleted in, enabled ones enabled."""
    require_policy_writer(request)
    _of_type(request, policy_id, "conditionalAccessPolicy")
    return answers.shown(request, f"{policies.CONTEXT}/$entity", request.directory.restore(policy_id))


def restore_location(request: GraphRequest, location_id: str) -> Answer:
    """It comes back untrusted."""
    require_policy_writer(request)
    item = _of_type(request, location_id, "namedLocation")
    overrides = {"isTrusted": False} if "isTrusted" in item else {}
    return answers.shown(request, f"{locations.CONTEXT}/$entity", request.directory.restore(location_id, overrides))


def purge_access_item(request: GraphRequest, type_name: str, object_id: str) -> Answer:
    require_policy_writer(request)
    _of_type(request, object_id, type_name)
    request.directory.hard_delete(object_id)
    return answers.done()


def _binned(directory: Directory, object_id: str) -> tuple[str, Entity]:
    item, type_name = directory.deleted(object_id), directory.type_of(object_id)
    if item is None or type_name is None:
        raise not_found(object_id)
    return type_name, item


def _of_type(request: GraphRequest, object_id: str, type_name: str) -> Entity:
    found, item = _binned(request.directory, object_id)
    if found != type_name:
        raise not_found(object_id)
    return item


def _options(request: GraphRequest, type_name: str) -> Mapping[str, Any]:
    body = request.body if request.body is not None else {}
    allowed = {"autoReconcileProxyConflict", "newUserPrincipalName"} if type_name == "user" else set()
    if not isinstance(body, dict) or set(body) - allowed:
        raise bad_request("The body of a restore is empty; for a user it may name a new userPrincipalName.")
    return body


def _restored_user(request: GraphRequest, item: Entity, options: Mapping[str, Any]) -> Entity:
    directory = request.directory
    check_role_holder(request, item["id"])
    prefix = item["id"].replace("-", "")
    name = options.get("newUserPrincipalName") or str(item["userPrincipalName"]).removeprefix(prefix)
    if directory.find("user", "userPrincipalName", name):
        raise refusals.value_taken("userPrincipalName")
    immutable_id = item.get("onPremisesImmutableId")
    if immutable_id and directory.find("user", "onPremisesImmutableId", immutable_id):
        raise refusals.value_taken("onPremisesImmutableId")
    overrides: Entity = {"userPrincipalName": name}
    taken = [address for address in item.get("proxyAddresses") or () if _address_taken(directory, address)]
    if taken and options.get("autoReconcileProxyConflict") is not True:
        raise refusals.value_taken("proxyAddresses")
    if taken:
        overrides["proxyAddresses"] = [address for address in item["proxyAddresses"] if address not in taken]
    return overrides


def _address_taken(directory: Directory, address: str) -> bool:
    return any(directory.find(type_name, "proxyAddresses", address) for type_name in ("user", "group"))


def _restored_group(directory: Directory, item: Entity) -> Entity:
    groups.check_unique_again(directory, item)
    return {} if group_rules.is_unified(item) else {"securityEnabled": True}


def _check_application(directory: Directory, type_name: str, item: Entity) -> None:
    if type_name == "application":
        for uri in item.get("identifierUris") or ():
            if directory.find("application", "identifierUris", uri):
                raise refusals.value_taken("identifierUris")
    if type_name != "servicePrincipal":
        return
    if item.get("servicePrincipalType") == "ManagedIdentity":
        raise denied()
    if directory.find("servicePrincipal", "appId", item["appId"]):
        raise refusals.conflicting_object()
    is_own = item.get("appOwnerOrganizationId") == directory.tenant_id
    if is_own and not directory.find("application", "appId", item["appId"]):
        raise bad_request(
            f"The appId '{item['appId']}' of the service principal does not reference a valid application object."
        )
