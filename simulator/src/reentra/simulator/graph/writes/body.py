"""Checks of a body that hold for every type: shape, required, read-only, create-only, properties of their own PATCH."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reentra.simulator.graph.context import GraphRequest
from reentra.simulator.graph.errors import bad_request, denied

from . import refusals
from .rules import RULES, WriteRules
from .shapes import check_body, is_directory_extension

BIND = "@odata.bind"
_TYPE = "@odata.type"


def json_object(request: GraphRequest) -> dict[str, Any]:
    """The body, which every create and update must have."""
    if not isinstance(request.body, dict):
        raise bad_request("Empty Payload. JSON content expected.")
    return request.body


def resource_name(type_name: str) -> str:
    return type_name[0].upper() + type_name[1:]


def split_binds(body: Mapping[str, Any], allowed: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Properties, and `relation@odata.bind` lists; other annotations but `@odata.type` are refused."""
    properties: dict[str, Any] = {}
    binds: dict[str, list[str]] = {}
    for name, value in body.items():
        if name.endswith(BIND) and name.removesuffix(BIND) in allowed:
            if not isinstance(value, list) or not all(isinstance(url, str) for url in value):
                raise bad_request(f"The value of '{name}' must be a collection of URLs.")
            binds[name.removesuffix(BIND)] = value
        elif "@" in name and not name.endswith(_TYPE):
            raise bad_request(f"The annotation '{name}' is not recognized or not supported in a request body.")
        elif name != _TYPE:
            properties[name] = value
    return properties, binds


def checked_create(type_name: str, properties: Mapping[str, Any]) -> None:
    """A POST may carry what is not read-only; it must carry what is required."""
    rules = RULES[type_name]
    check_body(rules.shape, properties)
    for name in properties:
        if name in rules.read_only and name not in rules.create_only:
            raise refusals.read_only(name)
        if name in rules.not_on_create:
            raise bad_request(f"Property '{name}' cannot be set when the {type_name} is created; update it afterwards.")
    for name in rules.required:
        if properties.get(name) is None:
            raise refusals.value_required(name, resource_name(type_name))
    _refuse_extensions_of_closed(rules, properties)


def checked_patch(type_name: str, properties: Mapping[str, Any]) -> bool:
    """True when the PATCH is one of the kind that must travel alone (answered 200 instead of 204)."""
    rules = RULES[type_name]
    check_body(rules.shape, properties)
    if not properties:
        raise bad_request("At least one property to update must be specified.")
    for name in properties:
        if name in rules.read_only:
            raise refusals.read_only(name)
        if name in rules.create_only:
            raise bad_request(f"Property '{name}' can only be set when the object is created.")
    alone = rules.own_patch.intersection(properties)
    if alone and len(alone) < len(properties):
        raise bad_request(
            f"The property '{min(alone)}' must be updated in a request of its own, not together with other properties."
        )
    if rules.delegated_only.intersection(properties):
        raise denied()
    _refuse_extensions_of_closed(rules, properties)
    return bool(alone)


def _refuse_extensions_of_closed(rules: WriteRules, properties: Mapping[str, Any]) -> None:
    extensions = [name for name in properties if is_directory_extension(name)]
    if extensions and not rules.open_type:
        raise bad_request(f"Property '{extensions[0]}' does not exist on type 'microsoft.graph.{rules.shape}'.")
