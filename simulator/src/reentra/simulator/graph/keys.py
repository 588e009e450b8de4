"""Finds the object that a path means: by id, by user principal name, by appId or uniqueName."""

from __future__ import annotations

import re

from reentra.simulator.directory import Entity

from .context import GraphRequest
from .errors import not_found, unknown_segment

_NAMED = re.compile(r"^(\w+)='?([^']*)'?$")
_ALTERNATE_KEYS = {
    "application": ("appId", "uniqueName"),
    "servicePrincipal": ("appId",),
    "group": ("uniqueName",),
    "device": ("deviceId",),
    "directoryRole": ("roleTemplateId",),
}


def object_id_of(request: GraphRequest, type_name: str, key: str) -> str:
    """404 when there is none; the object may still be hidden by replica lag."""
    directory = request.directory
    named = None if directory.type_of(key) else _NAMED.match(key)
    if named is not None:
        name, value = named.groups()
        if name not in _ALTERNATE_KEYS.get(type_name, ()):
            raise unknown_segment(key)
        found = directory.find(type_name, name, value)
        if not found:
            raise not_found(value)
        return found[0]
    if directory.type_of(key) == type_name:
        return key
    if type_name == "user" and "@" in key:
        found = directory.find("user", "userPrincipalName", key)
        if found:
            return found[0]
    raise not_found(key)


def look_up(request: GraphRequest, type_name: str, key: str) -> Entity:
    """The live object as this reader sees it now, or 404."""
    object_id = object_id_of(request, type_name, key)
    item = request.cloud.lag.view(request.directory, object_id)
    if item is None:
        raise not_found(key)
    return item
