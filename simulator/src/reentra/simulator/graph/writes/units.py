"""Administrative units."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import bad_request

from . import answers, refusals
from .blanks import unset
from .body import checked_create, checked_patch, json_object, split_binds
from .extensions import check_extensions
from .targets import existing

WRITERS = ("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All")
_MOST_RESTRICTED = 100
_NULLS = unset(
    "deletedDateTime description isMemberManagementRestricted membershipRule membershipRuleProcessingState"
    " membershipType visibility"
)


def create_unit(request: GraphRequest) -> Answer:
    request.require(*WRITERS)
    properties, _ = split_binds(json_object(request))
    checked_create("administrativeUnit", properties)
    check_extensions(request.directory, properties)
    _check_values(properties)
    if properties.get("isMemberManagementRestricted") and _restricted_units(request) >= _MOST_RESTRICTED:
        raise refusals.quota_exceeded(f"The directory holds the maximum of {_MOST_RESTRICTED} restricted units.")
    item = _NULLS | {"id": str(uuid.uuid4())} | properties
    request.directory.create("administrativeUnit", item)
    return answers.created(request, "administrativeUnits", item)


def update_unit(request: GraphRequest, key: str) -> Answer:
    request.require(*WRITERS)
    item = existing(request, "administrativeUnit", key)
    properties, _ = split_binds(json_object(request))
    checked_patch("administrativeUnit", properties)
    check_extensions(request.directory, properties)
    _check_values({**item, **properties})
    request.directory.patch(item["id"], properties)
    return answers.done()


def _restricted_units(request: GraphRequest) -> int:
    return sum(
        bool(unit.get("isMemberManagementRestricted")) for unit in request.directory.objects("administrativeUnit")
    )


def _check_values(unit: Mapping[str, Any]) -> None:
    if not 0 < len(unit.get("displayName") or "") <= 256:
        raise refusals.invalid_value("displayName", "AdministrativeUnit")
    if unit.get("visibility") not in {None, "HiddenMembership", "Public"}:
        raise refusals.invalid_value("visibility", "AdministrativeUnit")
    kind = str(unit.get("membershipType") or "Assigned").casefold()
    if kind not in {"assigned", "dynamic"}:
        raise refusals.invalid_value("membershipType", "AdministrativeUnit")
    if kind == "dynamic" and not unit.get("membershipRule"):
        raise refusals.value_required("membershipRule", "AdministrativeUnit")
    if kind == "dynamic" and unit.get("membershipRuleProcessingState") not in {"On", "Paused"}:
        raise refusals.value_required("membershipRuleProcessingState", "AdministrativeUnit")
    if kind == "assigned" and unit.get("membershipRule"):
        raise bad_request("A membership rule can only be specified for units with dynamic membership.")
