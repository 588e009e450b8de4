"""What to read of a type this time: everything or what changed, and which sweeps are due. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from reentra.collector.domain.omissions import Refusal
from reentra.collector.settings import CollectorSettings
from reentra.common.clock import from_text
from reentra.common.directory.catalog import CATALOG, ObjectType

_BATCH, _PAGE = 20, 100
Mode = Literal["full", "incremental"]


@dataclass(frozen=True, slots=True)
class TypeMemory:
    """What the last sealed snapshot remembers of a type. Times are RFC 3339 text; `sweeps`: relationship -> when.
    `lost`: a rebuild of the catalogue had to leave out objects of it, so what is known is not what was stored.
    `asked` and `omitted`: the properties that its delta link follows, and those that were refused."""

    delta_link: str | None = None
    full_at: str | None = None
    objects: int = 0
    sweeps: Mapping[str, str] | None = None
    lost: bool = False
    asked: str | None = None
    omitted: Mapping[str, Refusal] = field(default_factory=dict)
    replaced: Mapping[str, list[str]] = field(default_factory=dict)
    """Objects with text that is no Unicode."""


def choose_mode(object_type: ObjectType, memory: TypeMemory, now: datetime, settings: CollectorSettings) -> Mode:
    if object_type.delta is None or memory.delta_link is None or memory.full_at is None:
        return "full"
    if asks_otherwise(object_type, memory):
        return "full"
    age = now - from_text(memory.full_at)
    return "full" if age >= timedelta(days=settings.full_read_max_age_days) else "incremental"


def asks_otherwise(object_type: ObjectType, memory: TypeMemory) -> bool:
    """A delta link follows the properties of its first round only (user-delta). Older manifests do not name them."""
    if memory.delta_link is None:
        return False
    return bool(object_type.optional) if memory.asked is None else memory.asked != object_type.asked


def is_sweep_due(
    object_type: ObjectType,
    relationship: str,
    parent_objects: int,
    memory: TypeMemory,
    now: datetime,
    settings: CollectorSettings,
) -> bool:
    """Cheap sweeps always run; dear ones when the last is old. `parent_objects`: how many rows the sweep pages over."""
    last = (memory.sweeps or {}).get(relationship)
    if last is None or sweep_pages(object_type, relationship, parent_objects) <= settings.sweep_always_pages:
        return True
    return now - from_text(last) >= timedelta(hours=settings.sweep_max_age_hours)


def short_sweeps(
    object_type: ObjectType, memory: TypeMemory, parent_objects: int, now: datetime, settings: CollectorSettings
) -> list[str]:
    """The sweeps of an incremental backup that are due and take a page, or a few batches. Of a full read only the pages
    know what is new."""
    each = {r.name for r in object_type.relationships_by("each")}
    if object_type.parent_type is not None:
        names = [object_type.parent_relationship or ""]
    elif choose_mode(object_type, memory, now, settings) == "incremental":
        names = [r.name for r in object_type.relationships if r.strategy != "delta"]
    else:
        return []
    return [
        name
        for name in names
        if sweep_pages(object_type, name, parent_objects) <= (settings.sweep_always_pages if name in each else 1)
        and is_sweep_due(object_type, name, parent_objects, memory, now, settings)
    ]


def sweep_pages(object_type: ObjectType, relationship: str, parent_objects: int) -> int:
    """How many requests a sweep takes."""
    swept = CATALOG[object_type.parent_type] if object_type.parent_type else object_type
    by_batches = any(r.name == relationship for r in object_type.relationships_by("each"))
    return -(-parent_objects // (_BATCH if by_batches else swept.max_top or _PAGE))


def first_request(object_type: ObjectType, omitted: Collection[str] = ()) -> tuple[str, dict[str, str]]:
    """Path and parameters of a full read, without the properties to be omitted. Delta takes `$select` with its links
    named, and never `$top` (delta-query-overview); lists take the largest documented page."""
    select = [name for name in object_type.select if name not in omitted]
    if object_type.delta is not None:
        names = [*select, *(r.name for r in object_type.relationships_by("delta"))]
        return object_type.delta, {"$select": ",".join(names)} if names else {}
    params: dict[str, str] = {}
    if object_type.max_top:
        params["$top"] = str(object_type.max_top)
    if select:
        params["$select"] = ",".join(select)
    return object_type.collection, params


def sweep_request(object_type: ObjectType, relationship: str | None) -> tuple[str, dict[str, str]]:
    """The ids of a collection, with one relationship of each object."""
    params = {"$select": "id"}
    if relationship is not None:
        params["$expand"] = relationship
    if object_type.max_top:
        params["$top"] = str(object_type.max_top)
    return object_type.collection, params
