"""A user's identities: an update replaces them all, the sign-in name's included; no two users share one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reentra.simulator.directory import Directory, Entity
from reentra.simulator.graph.errors import bad_request

from . import refusals

_SIGN_IN_NAME = "userPrincipalName"


def check_identities(directory: Directory, item: Entity, properties: Mapping[str, Any]) -> None:
    identities = properties["identities"] or []
    name = properties.get(_SIGN_IN_NAME) or item[_SIGN_IN_NAME]
    held = [one.get("issuerAssignedId") for one in identities if one.get("signInType") == _SIGN_IN_NAME]
    if held != [name]:
        raise bad_request("The identities of a user must hold exactly one of signInType 'userPrincipalName'.")
    for one in identities:
        if not one.get("signInType") or not one.get("issuer") or not one.get("issuerAssignedId"):
            raise refusals.invalid_value("identities", "User")
    wanted = {_key(one) for one in identities}
    for other in directory.objects("user"):
        if other["id"] != item["id"] and wanted & {_key(one) for one in other.get("identities") or []}:
            raise refusals.value_taken("identities")


def _key(identity: Mapping[str, Any]) -> tuple[str, str]:
    return str(identity.get("issuer")).casefold(), str(identity.get("issuerAssignedId")).casefold()
