"""Named locations: their kind is named in every body; a trusted one must lose its trust before it can go."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Mapping
from typing import Any

from reentra.simulator.graph.context import Answer, GraphRequest
from reentra.simulator.graph.errors import GraphError, bad_request

from . import answers, refusals
from .body import json_object, split_binds
from .policies import require_policy_writer
from .rules import RULES
from .shapes import check_body
from .targets import existing

CONTEXT = "identity/conditionalAccess/namedLocations"
_PREFIX = "#microsoft.graph."
_IP, _COUNTRY = "ipNamedLocation", "countryNamedLocation"
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    _IP: {"isTrusted": False},
    _COUNTRY: {"includeUnknownCountriesAndRegions": False, "countryLookupMethod": "clientIpAddress"},
}
_REQUIRED = {_IP: "ipRanges", _COUNTRY: "countriesAndRegions"}


def create_location(request: GraphRequest) -> Answer:
    require_policy_writer(request)
    kind, properties = _checked(request)
    for name in ("displayName", _REQUIRED[kind]):
        if not properties.get(name):
            raise _invalid(f"'{name}' cannot be empty.")
    now = request.cloud.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    item = {
        "@odata.type": _PREFIX + kind,
        "id": str(uuid.uuid4()),
        "createdDateTime": now,
        "modifiedDateTime": now,
        "deletedDateTime": None,
        **_DEFAULTS[kind],
        **properties,
    }
    request.directory.create("namedLocation", item)
    return answers.created(request, CONTEXT, item)


def update_location(request: GraphRequest, key: str) -> Answer:
    require_policy_writer(request)
    item = existing(request, "namedLocation", key)
    kind, properties = _checked(request)
    if item.get("@odata.type") != _PREFIX + kind:
        raise _invalid("'@odata.type' does not match the type of the named location.")
    if any(name in properties and not properties[name] for name in ("displayName", _REQUIRED[kind])):
        raise _invalid("'displayName' and the ranges or countries of a named location cannot be empty.")
    now = request.cloud.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    request.directory.patch(item["id"], {**properties, "modifiedDateTime": now})
    return answers.done()


def check_deletable(item: Mapping[str, Any]) -> None:
    if item.get("isTrusted") is True:
        raise GraphError(
            400, "BadRequest", "1134: A trusted named location cannot be deleted: set 'isTrusted' to false first."
        )


def _checked(request: GraphRequest) -> tuple[str, dict[str, Any]]:
    body = json_object(request)
    kind = str(body.get("@odata.type", "")).removeprefix(_PREFIX)
    if kind not in _REQUIRED:
        raise bad_request(f"'@odata.type' must be '{_PREFIX}{_IP}' or '{_PREFIX}{_COUNTRY}'.")
    properties, _ = split_binds(body)
    check_body(kind, properties)
    for name in RULES["namedLocation"].read_only.intersection(properties):
        raise refusals.read_only(name)
    for entry in properties.get("ipRanges") or ():
        _check_range(entry)
    for country in properties.get("countriesAndRegions") or ():
        if not re.fullmatch(r"[A-Z]{2}", country):
            raise _invalid(f"'{country}' is not a two-letter country or region code.")
    return kind, properties


def _check_range(entry: Mapping[str, Any]) -> None:
    version = 4 if entry["@odata.type"].endswith("iPv4CidrRange") else 6
    address = entry.get("cidrAddress") or ""
    try:
        network = ipaddress.ip_network(address, strict=False)
    except ValueError:
        raise _invalid(f"'{address}' is not a range of addresses.") from None
    if network.version != version or "/" not in address:
        raise _invalid(f"'{address}' is not an IPv{version} range of addresses.")


def _invalid(what: str) -> GraphError:
    return GraphError(400, "BadRequest", f"1040: NamedLocation is not valid: {what}")
