"""What belongs to an application and goes with it: directory extensions and federated credentials."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Entity
from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, not_found

from . import answers, refusals
from .body import json_object, split_binds
from .ownership import require_application_writer
from .shapes import check_body
from .targets import changeable, existing

EXTENSION, CREDENTIAL = "extensionProperty", "federatedIdentityCredential"
_KINDS = frozenset({"Binary", "Boolean", "DateTime", "Integer", "LargeInteger", "String"})
_TARGETS = frozenset({"User", "Group", "AdministrativeUnit", "Application", "Device", "Organization"})
_MOST_CREDENTIALS = 20


def create_extension(request: GraphRequest, key: str) -> Answer:
    """POST takes the short name; it is stored as extension_{appId without hyphens}_{name}."""
    application = _application(request, key)
    properties = _checked(request, EXTENSION, {"name", "dataType", "targetObjects", "isMultiValued"})
    for name in ("name", "dataType", "targetObjects"):
        if not properties.get(name):
            raise refusals.value_required(name, "ExtensionProperty")
    if properties["dataType"] not in _KINDS or set(properties["targetObjects"]) - _TARGETS:
        raise refusals.invalid_value("dataType", "ExtensionProperty")
    if not re.fullmatch(r"\w+", properties["name"]) or properties["name"].startswith("extension_"):
        raise refusals.invalid_value("name", "ExtensionProperty")
    name = f"extension_{application['appId'].replace('-', '')}_{properties['name']}"
    if any(item["name"] == name for item in _parts(request, "extensionProperties", application)):
        raise bad_request(f"An extension property exists with the name {name}.")
    item = {
        "id": str(uuid.uuid4()),
        "deletedDateTime": None,
        "appDisplayName": application.get("displayName"),
        "dataType": properties["dataType"],
        "isMultiValued": bool(properties.get("isMultiValued")),
        "isSyncedFromOnPremises": False,
        "name": name,
        "targetObjects": properties["targetObjects"],
    }
    request.directory.create(EXTENSION, {**item, "_applicationId": application["id"]})
    return answers.created(request, f"applications('{application['id']}')/extensionProperties", item)


def delete_extension(request: GraphRequest, key: str, part_id: str) -> Answer:
    request.directory.hard_delete(_part(request, EXTENSION, key, part_id)["id"])
    return answers.done()


def create_credential(request: GraphRequest, key: str) -> Answer:
    application = _application(request, key)
    properties = _checked(request, CREDENTIAL, {"name", "issuer", "subject", "audiences", "description"})
    for name in ("name", "issuer", "subject", "audiences"):
        if not properties.get(name):
            raise refusals.value_required(name, "FederatedIdentityCredential")
    held = _parts(request, "federatedIdentityCredentials", application)
    if len(held) >= _MOST_CREDENTIALS:
        raise refusals.quota_exceeded(f"An application can hold at most {_MOST_CREDENTIALS} federated credentials.")
    _check_credential(held, properties, own_id=None)
    item = {"description": None, **properties, "id": str(uuid.uuid4())}
    request.directory.create(CREDENTIAL, {**item, "_applicationId": application["id"]})
    return answers.created(request, f"applications('{application['id']}')/federatedIdentityCredentials", item)


def update_credential(request: GraphRequest, key: str, part_id: str) -> Answer:
    item = _part(request, CREDENTIAL, key, part_id)
    properties = _checked(request, CREDENTIAL, {"issuer", "subject", "audiences", "description"})
    held = _parts(request, "federatedIdentityCredentials", {"id": item["_applicationId"]})
    _check_credential(held, {**item, **properties}, own_id=item["id"])
    request.directory.patch(item["id"], properties)
    return answers.done()


def delete_credential(request: GraphRequest, key: str, part_id: str) -> Answer:
    request.directory.hard_delete(_part(request, CREDENTIAL, key, part_id)["id"])
    return answers.done()


def _application(request: GraphRequest, key: str) -> Entity:
    require_application_writer(request, "application", key)
    return changeable(request, "application", key)


def _checked(request: GraphRequest, shape: str, allowed: set[str]) -> dict[str, Any]:
    properties, _ = split_binds(json_object(request))
    check_body(shape, properties)
    for name in sorted(set(properties) - allowed):
        raise refusals.read_only(name)
    return properties


def _parts(request: GraphRequest, relation: str, application: Mapping[str, Any]) -> list[Entity]:
    directory = request.directory
    found = (directory.get(part_id) for part_id in directory.joined(relation, application["id"]))
    return [item for item in found if item is not None]


def _part(request: GraphRequest, type_name: str, key: str, part_id: str) -> Entity:
    application, item = _application(request, key), existing(request, type_name, part_id)
    if item["_applicationId"] != application["id"]:
        raise not_found(part_id)
    return item


def _check_credential(held: list[Entity], wanted: Mapping[str, Any], *, own_id: str | None) -> None:
    """Issuer and subject together, and the name, are unique within an application."""
    for other in held:
        if other["id"] == own_id:
            continue
        if other["name"] == wanted["name"]:
            raise refusals.value_taken("name")
        if (other["issuer"], other["subject"]) == (wanted["issuer"], wanted["subject"]):
            raise refusals.value_taken("issuer")
