"""The few values of an object that lists show, filter and search by. Computed the same way by backup and rebuild."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.catalog import ObjectType


@dataclass(frozen=True, slots=True)
class Summary:
    display_name: str
    search: str
    facets: Mapping[str, str]


def summarise(object_type: ObjectType, properties: dict[str, Any]) -> Summary:
    get = properties.get
    display = next((str(v) for name in object_type.display if (v := get(name))), None) or str(get("id") or "")
    search = " ".join([str(v) for name in object_type.search if (v := get(name))]).lower()
    facets = {name: _text(v) for name in object_type.facets if (v := get(name)) is not None}
    return Summary(display, search, facets)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
