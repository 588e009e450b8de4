"""Which ids an object's state refers to, and the same state with ids replaced.

The paths are the catalogue's `references` columns plus every relationship. Pure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.catalog import ObjectType, ReferenceKind

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Reference:
    """`where` is the property path or the relationship's name; `value` the id as it stands there."""

    where: str
    kind: ReferenceKind
    value: str


def references_of(
    object_type: ObjectType, properties: dict[str, Any], links: dict[str, list[dict[str, Any]]]
) -> Iterator[Reference]:
    """Only values that look like ids: words such as `All` are left out."""
    for row in object_type.references:
        for text in _values(properties, row.path.split(".")):
            for found in _GUID.findall(text):
                yield Reference(row.path, row.kind, found)
    for name, entries in links.items():
        for entry in entries:
            for text in _ids_of_link(entry):
                yield Reference(name, "object", text)


def _ids_of_link(entry: dict[str, Any]) -> Iterator[str]:
    member = entry.get("roleMemberInfo")
    if isinstance(member, dict):  # scopedRoleMember: the link's own id names the membership, not the member
        yield str(member.get("id", ""))
        yield str(entry.get("roleId", ""))
    else:
        yield str(entry.get("id", ""))


def _values(value: Any, steps: list[str]) -> Iterator[str]:
    if not steps:
        if isinstance(value, str):
            yield value
        return
    name, rest = steps[0], steps[1:]
    child = value.get(name.removesuffix("[]")) if isinstance(value, dict) else None
    if name.endswith("[]"):
        for item in child or ():
            yield from _values(item, rest)
    elif child is not None:
        yield from _values(child, rest)


def replace_ids(object_type: ObjectType, properties: dict[str, Any], new_id: Callable[[str], str]) -> dict[str, Any]:
    """The properties with every referenced id passed through `new_id` (which returns its argument when unknown)."""
    replaced = properties
    for row in object_type.references:
        replaced = _replace(replaced, row.path.split("."), lambda text: _GUID.sub(lambda m: new_id(m.group()), text))
    return replaced


def _replace(value: Any, steps: list[str], change: Callable[[str], str]) -> Any:
    if not steps:
        return change(value) if isinstance(value, str) else value
    name, rest = steps[0].removesuffix("[]"), steps[1:]
    if not isinstance(value, dict) or value.get(name) is None:
        return value
    child = value[name]
    if steps[0].endswith("[]"):
        child = [_replace(item, rest, change) for item in child]
    else:
        child = _replace(child, rest, change)
    return {**value, name: child}
