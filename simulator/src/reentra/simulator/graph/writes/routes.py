"""Which path leads to which write: one row per method and path; `{}` stands for a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reentra.simulator.graph.context import Answer, GraphRequest

from . import (
    application_parts,
    applications,
    deletion,
    devices,
    grants,
    groups,
    invitations,
    licences,
    links,
    locations,
    policies,
    restoring,
    roles,
    service_principals,
    settings,
    tenancy,
    units,
    users,
)

Operation = Callable[..., Answer]
_SETS = {
    "user": "users",
    "group": "groups",
    "application": "applications",
    "servicePrincipal": "servicePrincipals",
    "device": "devices",
    "administrativeUnit": "directory/administrativeUnits",
    "directoryRole": "directoryRoles",
}
_ACCESS = "identity/conditionalAccess"
_ROLES = "roleManagement/directory"


@dataclass(frozen=True, slots=True)
class Route:
    """`creates`: the same POST again, after an answer that was lost, makes a second object."""

    method: str
    path: tuple[str, ...]
    operation: Operation
    creates: bool = False

    def keys(self, method: str, segments: tuple[str, ...]) -> tuple[str, ...] | None:
        """The keys in a request's path, or None when the route is another."""
        if method != self.method or len(segments) != len(self.path):
            return None
        pairs = list(zip(self.path, segments, strict=True))
        if any(part not in ("{}", segment) for part, segment in pairs):
            return None
        return tuple(segment for part, segment in pairs if part == "{}")


def find_route(method: str, segments: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    if not segments:
        return None
    for route in _BY_BEGINNING.get((method, segments[0], len(segments)), ()):
        keys = route.keys(method, segments)
        if keys is not None:
            return route, keys
    return None


def answer(request: GraphRequest, route: Route, keys: tuple[str, ...]) -> Answer:
    return route.operation(request, *keys)


def _route(line: str, operation: Operation) -> Route:
    method, path = line.split(" ")
    return Route(method.removeprefix("+"), tuple(path.split("/")[1:]), operation, creates=method.startswith("+"))


def _object_routes() -> list[Route]:
    creates: dict[str, Operation] = {
        "user": users.create_user,
        "group": groups.create_group,
        "application": applications.create_application,
        "servicePrincipal": service_principals.create_service_principal,
        "device": devices.create_device,
        "administrativeUnit": units.create_unit,
        "directoryRole": roles.activate_role,
    }
    updates: dict[str, Operation] = {
        "user": users.update_user,
        "group": groups.update_group,
        "application": applications.update_application,
        "servicePrincipal": service_principals.update_service_principal,
        "device": devices.update_device,
        "administrativeUnit": units.update_unit,
    }
    found = [_route(f"+POST /{_SETS[name]}", operation) for name, operation in creates.items()]
    for name, operation in updates.items():
        found.append(_route(f"PATCH /{_SETS[name]}/{{}}", operation))
        found.append(_route(f"DELETE /{_SETS[name]}/{{}}", partial(_delete, name)))
    return [*found, _route("DELETE /directoryObjects/{}", deletion.delete_directory_object)]


def _link_routes() -> list[Route]:
    found = []
    for name, relation in links.LINKS:
        path = f"/{_SETS[name]}/{{}}/{relation}"
        if relation == "manager":
            found.append(_route(f"PUT {path}/$ref", partial(_linked, links.set_reference, name, relation)))
            found.append(_route(f"DELETE {path}/$ref", partial(_linked, links.clear_reference, name, relation)))
            continue
        found.append(_route(f"POST {path}/$ref", partial(_linked, links.add_reference, name, relation)))
        found.append(_route(f"DELETE {path}/{{}}/$ref", partial(_linked, links.remove_reference, name, relation)))
        found.append(_route(f"DELETE {path}/{{}}", partial(_linked, deletion.delete_member_itself, name, relation)))
    return found


def _application_routes() -> list[Route]:
    extensions = "/applications/{}/extensionProperties"
    credentials = "/applications/{}/federatedIdentityCredentials"
    found = [
        _route(f"+POST {extensions}", application_parts.create_extension),
        _route(f"DELETE {extensions}/{{}}", application_parts.delete_extension),
        _route(f"+POST {credentials}", application_parts.create_credential),
        _route(f"PATCH {credentials}/{{}}", application_parts.update_credential),
        _route(f"DELETE {credentials}/{{}}", application_parts.delete_credential),
    ]
    for name in ("application", "servicePrincipal"):
        path = f"/{_SETS[name]}/{{}}"
        found.append(_route(f"POST {path}/addPassword", partial(_typed, applications.add_password, name)))
        found.append(_route(f"POST {path}/removePassword", partial(_typed, applications.remove_password, name)))
    return found


def _join_routes() -> list[Route]:
    found = [
        _route("+POST /oauth2PermissionGrants", grants.create_permission_grant),
        _route("PATCH /oauth2PermissionGrants/{}", grants.update_permission_grant),
        _route("DELETE /oauth2PermissionGrants/{}", grants.delete_permission_grant),
        _route("+POST /directory/administrativeUnits/{}/scopedRoleMembers", roles.create_scoped_member),
        _route("DELETE /directory/administrativeUnits/{}/scopedRoleMembers/{}", roles.delete_scoped_member),
    ]
    sides = [(name, "appRoleAssignments") for name in ("user", "group", "servicePrincipal")]
    for name, side in [*sides, ("servicePrincipal", "appRoleAssignedTo")]:
        path = f"/{_SETS[name]}/{{}}/{side}"
        found.append(_route(f"+POST {path}", partial(_typed, grants.create_app_role_assignment, name)))
        found.append(_route(f"DELETE {path}/{{}}", partial(_typed, grants.delete_app_role_assignment, name)))
    return found


def _delete(name: str, request: GraphRequest, key: str) -> Answer:
    return deletion.delete_object(request, name, key)


def _typed(operation: Operation, name: str, request: GraphRequest, *keys: str) -> Answer:
    return operation(request, name, *keys)


def _linked(operation: Operation, name: str, relation: str, request: GraphRequest, key: str, *target: str) -> Answer:
    return operation(request, name, key, relation, *target)


def _binned(type_name: str, request: GraphRequest, key: str) -> Answer:
    return restoring.purge_access_item(request, type_name, key)


ROUTES: tuple[Route, ...] = (
    *_object_routes(),
    *_link_routes(),
    *_join_routes(),
    *_application_routes(),
    _route(f"+POST /{_ROLES}/roleDefinitions", roles.create_definition),
    _route(f"PATCH /{_ROLES}/roleDefinitions/{{}}", roles.update_definition),
    _route(f"DELETE /{_ROLES}/roleDefinitions/{{}}", roles.delete_definition),
    _route(f"+POST /{_ROLES}/roleAssignments", roles.create_assignment),
    _route(f"DELETE /{_ROLES}/roleAssignments/{{}}", roles.delete_assignment),
    _route(f"+POST /{_ACCESS}/policies", policies.create_policy),
    _route(f"PATCH /{_ACCESS}/policies/{{}}", policies.update_policy),
    _route(f"DELETE /{_ACCESS}/policies/{{}}", deletion.delete_policy),
    _route(f"+POST /{_ACCESS}/namedLocations", locations.create_location),
    _route(f"PATCH /{_ACCESS}/namedLocations/{{}}", locations.update_location),
    _route(f"DELETE /{_ACCESS}/namedLocations/{{}}", deletion.delete_location),
    _route(f"POST /{_ACCESS}/deletedItems/policies/{{}}/restore", restoring.restore_policy),
    _route(f"DELETE /{_ACCESS}/deletedItems/policies/{{}}", partial(_binned, "conditionalAccessPolicy")),
    _route(f"POST /{_ACCESS}/deletedItems/namedLocations/{{}}/restore", restoring.restore_location),
    _route(f"DELETE /{_ACCESS}/deletedItems/namedLocations/{{}}", partial(_binned, "namedLocation")),
    _route("POST /directory/deletedItems/{}/restore", restoring.restore_item),
    _route("DELETE /directory/deletedItems/{}", restoring.purge_item),
    _route("+POST /groupSettings", settings.create_tenant_setting),
    _route("PATCH /groupSettings/{}", settings.update_tenant_setting),
    _route("DELETE /groupSettings/{}", settings.delete_tenant_setting),
    _route("+POST /groups/{}/settings", settings.create_group_setting),
    _route("PATCH /groups/{}/settings/{}", settings.update_group_setting),
    _route("DELETE /groups/{}/settings/{}", settings.delete_group_setting),
    _route("PATCH /organization/{}", tenancy.update_organization),
    _route("+POST /domains", tenancy.create_domain),
    _route("PATCH /domains/{}", tenancy.update_domain),
    _route("DELETE /domains/{}", tenancy.delete_domain),
    _route("POST /users/{}/assignLicense", licences.assign_to_user),
    _route("POST /groups/{}/assignLicense", licences.assign_to_group),
    _route("+POST /invitations", invitations.create_invitation),
)
_BY_BEGINNING: defaultdict[tuple[str, str, int], list[Route]] = defaultdict(list)
for _each in ROUTES:
    _BY_BEGINNING[_each.method, _each.path[0], len(_each.path)].append(_each)
