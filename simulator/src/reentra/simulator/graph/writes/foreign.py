"""Applications of other tenants: they live on where they are at home, whatever becomes of a service principal here.

The simulated cloud has no home for the generated ones, so what a tenant's service principal showed of its
application is remembered when it goes: `watch(directory)` once per tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from reentra.simulator.directory import Directory, Entity

from .applications import mirrored

if TYPE_CHECKING:
    from reentra.simulator.cloud import SimulatedCloud

_MIRRORED = (
    "appDisplayName", "appRoles", "oauth2PermissionScopes", "signInAudience", "replyUrls", "servicePrincipalNames",
    "verifiedPublisher",
)  # fmt: skip
_remembered: WeakKeyDictionary[Directory, dict[str, Entity]] = WeakKeyDictionary()


def watch(directory: Directory) -> None:
    """May be called again; only the first call counts."""
    if directory in _remembered:
        return
    remembered = _remembered[directory] = {}

    def remember(object_id: str, before: Entity | None) -> None:
        if before is not None and directory.type_of(object_id) in {"servicePrincipal", None} and "appId" in before:
            _remember(directory, remembered, before)

    directory.observers.append(remember)


def foreign_application(cloud: SimulatedCloud, directory: Directory, app_id: str) -> Entity | None:
    """What a new service principal of this foreign application would show; None when nobody knows the appId."""
    for other in cloud.tenants.values():
        if other is directory:
            continue
        for application_id in other.find("application", "appId", app_id):
            application = other.get(application_id)
            if application is not None and application.get("signInAudience") != "AzureADMyOrg":
                return {**application, "appOwnerOrganizationId": other.tenant_id, "mirrored": mirrored(application)}
        for principal_id in other.find("servicePrincipal", "appId", app_id):
            shown = _shown(directory, other.get(principal_id))
            if shown is not None:
                return shown
    binned = (directory.deleted(item_id) for item_id in directory.deleted_ids("servicePrincipal"))
    for principal in binned:
        if principal is not None and principal.get("appId") == app_id:
            return _shown(directory, principal)
    return _remembered.get(directory, {}).get(app_id)


def _remember(directory: Directory, remembered: dict[str, Entity], principal: Entity) -> None:
    shown = _shown(directory, principal)
    if shown is not None:
        remembered[principal["appId"]] = shown


def _shown(directory: Directory, principal: Entity | None) -> Entity | None:
    if principal is None or principal.get("appOwnerOrganizationId") == directory.tenant_id:
        return None
    if principal.get("servicePrincipalType") != "Application":
        return None
    return {
        "appId": principal["appId"],
        "appOwnerOrganizationId": principal.get("appOwnerOrganizationId"),
        "displayName": principal.get("appDisplayName"),
        "info": principal.get("info"),
        "mirrored": {name: principal.get(name) for name in _MIRRORED},
    }
