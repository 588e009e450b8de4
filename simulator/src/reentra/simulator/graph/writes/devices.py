"""Devices: not made by applications, and changed by them only as far as the operating system allows."""

from __future__ import annotations

import uuid

from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request, denied

from . import answers, refusals
from .body import checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .targets import caller_holds_role, changeable
from .users import NO_EXTENSION_ATTRIBUTES

WRITERS = ("Device.ReadWrite.All", "Directory.ReadWrite.All")
_ON_EVERY_SYSTEM = frozenset({"extensionAttributes", "accountEnabled"})


def create_device(request: GraphRequest) -> Answer:
    """Documented for signed-in people only; an Entra role on the app opens it (field reports)."""
    request.require(*WRITERS)
    if not caller_holds_role(request):
        raise denied()
    properties, _ = split_binds(json_object(request))
    # Accepted on create and silently dropped (field reports).
    properties = {name: value for name, value in properties.items() if name not in {"trustType", "profileType"}}
    checked_create("device", properties)
    if request.directory.find("device", "deviceId", properties["deviceId"]):
        raise refusals.value_taken("deviceId")
    item = {"id": str(uuid.uuid4()), "deletedDateTime": None, **properties}
    request.directory.create("device", item)
    return answers.created(request, "devices", item)


def update_device(request: GraphRequest, key: str) -> Answer:
    request.require(*WRITERS)
    item = changeable(request, "device", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("device", properties)
    check_extensions(request.directory, properties)
    if str(item.get("operatingSystem")).casefold() != "windows" and set(properties) - _ON_EVERY_SYSTEM:
        raise bad_request(
            "Properties other than ExtensionAttribute1..15 and AccountEnabled can be modified only on windows devices."
        )
    if "extensionAttributes" in properties:
        held = item.get("extensionAttributes") or NO_EXTENSION_ATTRIBUTES
        properties["extensionAttributes"] = {**held, **(properties["extensionAttributes"] or {})}
    request.directory.patch(item["id"], properties)
    return answers.done()
