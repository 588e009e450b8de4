"""What an administrator's consent leaves in a tenant's directory, and how an app's roles are read from it.

The directory is the truth: whoever deletes the service principal or one of its assignments, through Graph or by
hand, takes the app's roles away from the next token on.
"""

from __future__ import annotations

from typing import Any

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory, graph_time
from reentra.simulator.generator.chance import Chance
from reentra.simulator.generator.first_party import GRAPH_APP_ID, first_party_service_principals
from reentra.simulator.generator.service_principals import service_principal
from reentra.simulator.identity.registration import AppRegistration

# Apps of this cloud are made by a company whose own tenant is not simulated.
_MAKERS_TENANT_ID = "5d0f2c1e-8a53-4c0e-9d4b-6c1f0f5c7a11"


def grant(cloud: SimulatedCloud, directory: Directory, app: AppRegistration, *, at: str | None = None) -> None:
    """Creates what is missing; consenting twice changes nothing. A deleted service principal comes back."""
    principal = _principal(directory, app)
    resource = _graph(directory)
    role_ids = {role["value"]: role["id"] for role in resource["appRoles"]}
    held = {item["appRoleId"] for item in _graph_assignments(directory, principal["id"])}
    for name in app.app_roles:
        if role_ids[name] not in held:
            made = _assignment(directory, principal, resource, role_ids[name], at or graph_time(directory.clock()))
            directory.create("appRoleAssignment", made)
    cloud.consent(directory.tenant_id, app.app_id, roles_of(directory, app.app_id) or ())


def revoke(cloud: SimulatedCloud, directory: Directory, app_id: str) -> None:
    """As an administrator does it: the enterprise application is deleted, and lies in the bin."""
    if principal_id := principal_id_of(directory, app_id):
        directory.soft_delete(principal_id)
    cloud.revoke_consent(directory.tenant_id, app_id)


def remove_permission(cloud: SimulatedCloud, directory: Directory, app_id: str, role: str) -> None:
    principal_id = principal_id_of(directory, app_id)
    role_ids = {item["value"]: item["id"] for item in _graph(directory)["appRoles"]}
    for assignment in _graph_assignments(directory, principal_id) if principal_id else []:
        if assignment["appRoleId"] == role_ids.get(role):
            directory.hard_delete(assignment["id"])
    cloud.remove_permission(directory.tenant_id, app_id, role)


def principal_id_of(directory: Directory, app_id: str) -> str | None:
    return next(iter(directory.find("servicePrincipal", "appId", app_id)), None)


def deleted_principal_id_of(directory: Directory, app_id: str) -> str | None:
    for object_id in directory.deleted_ids("servicePrincipal"):
        item = directory.deleted(object_id)
        if item and item["appId"] == app_id:
            return object_id
    return None


def roles_of(directory: Directory, app_id: str) -> frozenset[str] | None:
    """Graph application permissions that the app holds here; None when it has no service principal."""
    principal_id = principal_id_of(directory, app_id)
    if principal_id is None:
        return None
    names = {role["id"]: role["value"] for role in _graph(directory)["appRoles"]}
    held = (item["appRoleId"] for item in _graph_assignments(directory, principal_id))
    return frozenset(names[role_id] for role_id in held if role_id in names)


def _graph_assignments(directory: Directory, principal_id: str) -> list[dict[str, Any]]:
    graph_id = _graph(directory)["id"]
    items = (directory.get(object_id) for object_id in directory.joined("appRoleAssignments", principal_id))
    return [item for item in items if item and item["resourceId"] == graph_id]


def _graph(directory: Directory) -> dict[str, Any]:
    """Microsoft Graph's service principal; made when an empty tenant does not have it yet."""
    principal_id = principal_id_of(directory, GRAPH_APP_ID)
    if principal_id is None:
        graph = first_party_service_principals(Chance(directory.tenant_id))[0]
        return directory.create("servicePrincipal", graph)
    found = directory.get(principal_id)
    assert found is not None
    return found


def _principal(directory: Directory, app: AppRegistration) -> dict[str, Any]:
    if principal_id := principal_id_of(directory, app.app_id):
        return directory.get(principal_id) or {}
    if deleted_id := deleted_principal_id_of(directory, app.app_id):
        return directory.restore(deleted_id)
    created = service_principal(
        Chance(f"{directory.tenant_id}{app.app_id}"),
        app_id=app.app_id,
        display_name=app.display_name,
        owner_tenant_id=_MAKERS_TENANT_ID,
        replyUrls=list(app.redirect_uris),
    )
    return directory.create("servicePrincipal", created)


def _assignment(
    directory: Directory, principal: dict[str, Any], resource: dict[str, Any], role_id: str, at: str
) -> dict[str, Any]:
    return {
        "id": Chance(f"{principal['id']}{resource['id']}{role_id}{directory.history.latest}").token(43),
        "deletedDateTime": None,
        "appRoleId": role_id,
        "createdDateTime": at,
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": "ServicePrincipal",
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }
