"""Service principals: made from an application that exists, here or in the cloud; they mirror what it declares."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError, bad_request

from . import answers, refusals
from .applications import mirrored
from .blanks import empty, unset
from .body import checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .foreign import foreign_application
from .identifiers import is_guid
from .ownership import ALL, OWNED, require_application_writer
from .targets import changeable

_NULLS = unset(
    "alternativeNames appDescription applicationTemplateId createdByAppId deletedDateTime description"
    " disabledByMicrosoftStatus errorUrl homepage loginUrl logoutUrl notes preferredSingleSignOnMode"
    " preferredTokenSigningKeyThumbprint samlSingleSignOnSettings tokenEncryptionKeyId"
)
_EMPTY = empty(
    "addIns alternativeNames keyCredentials notificationEmailAddresses passwordCredentials"
    " resourceSpecificApplicationPermissions tags"
)


def create_service_principal(request: GraphRequest) -> Answer:
    request.require(*ALL, OWNED)
    properties, _ = split_binds(json_object(request))
    checked_create("servicePrincipal", properties)
    app_id, directory = properties["appId"], request.directory
    if not is_guid(app_id):
        raise refusals.invalid_value("appId", "ServicePrincipal")
    if directory.find("servicePrincipal", "appId", app_id):
        raise refusals.conflicting_object()
    own = _own_application(request, app_id)
    source = own or foreign_application(request.cloud, directory, app_id)
    if source is None:
        raise _no_application(app_id)
    if own is None and not request.token.roles & ALL:
        raise GraphError(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the"
            " local tenant",
        )
    item = new_principal(source)
    _check_values(request, item, properties)
    directory.create("servicePrincipal", item | properties)
    return answers.created(request, "servicePrincipals", item | properties)


def update_service_principal(request: GraphRequest, key: str) -> Answer:
    require_application_writer(request, "servicePrincipal", key)
    item = changeable(request, "servicePrincipal", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("servicePrincipal", properties)
    _check_values(request, item, properties)
    if "keyCredentials" in properties or "passwordCredentials" in properties:
        raise bad_request("Credentials of a service principal cannot be updated; add a token signing certificate.")
    request.directory.patch(item["id"], properties)
    return answers.done()


def new_principal(source: Mapping[str, Any]) -> Entity:
    """`source` is an application, or what the cloud remembers of a foreign one (mirrored fields at the top)."""
    item: Entity = _NULLS | _EMPTY
    return item | {
        "id": str(uuid.uuid4()),
        "accountEnabled": True,
        "appId": source["appId"],
        "appOwnerOrganizationId": source["appOwnerOrganizationId"],
        "appRoleAssignmentRequired": False,
        "displayName": source.get("displayName"),
        "info": source.get("info"),
        "servicePrincipalType": "Application",
        **(source["mirrored"] if "mirrored" in source else mirrored(source)),
    }


def _own_application(request: GraphRequest, app_id: str) -> Entity | None:
    directory: Directory = request.directory
    for application_id in _live_and_seen(request, app_id):
        application = directory.get(application_id)
        if application is not None:
            return {**application, "appOwnerOrganizationId": directory.tenant_id}
    return None


def _live_and_seen(request: GraphRequest, app_id: str) -> Iterator[str]:
    for application_id in request.directory.find("application", "appId", app_id):
        if request.cloud.lag.hides(request.directory, application_id):
            raise _no_application(app_id)
        yield application_id


def _no_application(app_id: str) -> GraphError:
    return bad_request(f"The appId '{app_id}' of the service principal does not reference a valid application object.")


def _check_values(request: GraphRequest, item: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    check_extensions(request.directory, properties)
    if "displayName" in properties and not properties["displayName"]:
        raise refusals.invalid_value("displayName", "ServicePrincipal")
    if "appRoles" in properties and properties["appRoles"] != item.get("appRoles"):
        # They mirror the application in its home tenant and are written there.
        raise refusals.read_only("appRoles")
