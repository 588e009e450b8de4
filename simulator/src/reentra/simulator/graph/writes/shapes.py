"""What a write may carry: the names and JSON types of every writable resource, read from `shapes.json`.

`check_body` refuses unknown properties and wrong JSON types the way Graph does, before any rule of a type is asked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from reentra.simulator.graph.errors import GraphError, bad_request

_DATE_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$")
_DIRECTORY_EXTENSION = re.compile(r"^extension_[0-9a-fA-F]{32}_\w+$")
_INTEGER_RANGE = range(-(2**31), 2**31)
# Flag enumerations: one string that names several members, joined by commas.
_FLAGS = frozenset(
    {
        "conditionalAccessGuestOrExternalUserTypes",
        "conditionalAccessTransferMethods",
        "conditionalAccessInsiderRiskLevels",
    }
)
# A value of the left type may name one of the right types in its `@odata.type`.
_DERIVED = {
    "ipRange": ("iPv4CidrRange", "iPv6CidrRange"),
    "conditionalAccessExternalTenants": (
        "conditionalAccessAllExternalTenants",
        "conditionalAccessEnumeratedExternalTenants",
    ),
}
# Types that take properties of any name: values are the customer's own.
_OPEN = frozenset({"customSecurityAttributeValue"})


@dataclass(frozen=True, slots=True)
class Shapes:
    """Property name -> shape, per type; a trailing `?` means nullable, brackets a collection."""

    types: Mapping[str, Mapping[str, str]]
    enums: Mapping[str, list[str]]


class UnknownProperty(GraphError):
    """The type has no property of this name: a client that sends one was never right."""

    def __init__(self, name: str, type_name: str) -> None:
        super().__init__(
            400,
            "Request_BadRequest",
            f"Property '{name}' does not exist on type 'microsoft.graph.{type_name}'. Make sure to only use"
            " property names that are defined by the type.",
        )
        self.property = f"{type_name}.{name}"


@cache
def shapes() -> Shapes:
    document = json.loads(files(__package__).joinpath("shapes.json").read_bytes())
    return Shapes(types=document["types"], enums=document["enums"])


def is_directory_extension(name: str) -> bool:
    return _DIRECTORY_EXTENSION.match(name) is not None


def check_body(type_name: str, body: Mapping[str, Any], *, lenient_nulls: bool = False) -> None:
    """Raises 400 for an unknown property or a value of the wrong JSON type; annotations are left to the caller."""
    _check_object(type_name, body, type_name, lenient_nulls=lenient_nulls)


def _check_object(type_name: str, body: Mapping[str, Any], path: str, *, lenient_nulls: bool) -> None:
    known = shapes().types[type_name]
    for name, value in body.items():
        if "@" in name and not name.endswith("@odata.type"):
            raise bad_request(f"The annotation '{name}' is not recognized or not supported in a request body.")
        if "@" in name or type_name in _OPEN or is_directory_extension(name):
            continue
        shape = known.get(name)
        if shape is None:
            raise UnknownProperty(name, type_name)
        _check_value(shape, value, f"{path}.{name}", lenient_nulls=lenient_nulls)


def _check_value(shape: str, value: Any, path: str, *, lenient_nulls: bool) -> None:
    if shape == "any":
        return
    nullable = shape.endswith("?")
    shape = shape.removesuffix("?")
    if value is None:
        if not (nullable or lenient_nulls):
            raise _wrong_type(path, f"a null value was found, but '{shape}' is not nullable")
        return
    if shape.startswith("["):
        if not isinstance(value, list):
            raise _wrong_type(path, "a value without a type name was found where a collection was expected")
        for item in value:
            _check_value(shape[1:-1], item, path, lenient_nulls=lenient_nulls)
    elif shape in shapes().types:
        if not isinstance(value, dict):
            raise _wrong_type(path, f"an object of type 'microsoft.graph.{shape}' was expected")
        _check_object(_declared_type(shape, value, path), value, path, lenient_nulls=lenient_nulls)
    elif shape in shapes().enums:
        _check_enum(shape, value, path)
    elif not _is_primitive(shape, value):
        raise _wrong_type(path, f"the value is not of type '{shape}'")


def _declared_type(shape: str, value: Mapping[str, Any], path: str) -> str:
    derived = _DERIVED.get(shape)
    declared = str(value.get("@odata.type", "")).removeprefix("#microsoft.graph.")
    if derived is None:
        return shape
    if declared not in derived:
        raise _wrong_type(path, f"'@odata.type' must name one of {', '.join(derived)}")
    return declared


def _check_enum(shape: str, value: Any, path: str) -> None:
    members = shapes().enums[shape]
    given = value.split(",") if isinstance(value, str) and shape in _FLAGS else [value]
    for member in given:
        if not isinstance(member, str) or member.strip() not in members:
            raise _wrong_type(path, f"'{member}' is not a member of '{shape}'")


def _is_primitive(shape: str, value: Any) -> bool:
    if shape == "boolean":
        return isinstance(value, bool)
    if shape == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and value in _INTEGER_RANGE
    if shape == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if shape == "dateTime":
        return isinstance(value, str) and _DATE_TIME.match(value) is not None
    return isinstance(value, str)


def _wrong_type(path: str, what: str) -> Exception:
    return bad_request(f"Invalid value specified for property '{path.split('.', 1)[-1]}': {what}.")
