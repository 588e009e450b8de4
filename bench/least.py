"""The fewest requests that paging allows for what a tenant holds, by the catalogue's rows and Graph's page sizes.

Delta pages hold what Graph chooses (100 here) and know no `$top`; lists and sweeps the largest documented page; a
relationship that can only be asked per object twenty to a batch. Between two full reads sweeps of one page go
into batches of twenty as well. The list of the organization proves whose directory it is.
Not counted: a group so large that Graph spreads it over pages of its own, and objects whose `$expand` was cut at 20.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reentra.collector.settings import CollectorSettings
from reentra.common.directory.catalog import CATALOG, ObjectType

DELTA_PAGE = 100
_LIST_PAGE = 100
_BATCH = 20
_SHORT = CollectorSettings().sweep_always_pages


@dataclass(frozen=True, slots=True)
class Volume:
    """Live objects per type, and those that changed since the last backup; `changed` None: a full backup. `singles`:
    objects that were asked for what only some of their type can have."""

    objects: Mapping[str, int]
    changed: Mapping[str, int] | None = None
    singles: Mapping[str, int] = field(default_factory=dict)


def least_requests(volume: Volume) -> int:
    requests = sum(sum(_of_type(row, volume)) for row in CATALOG.values())
    return requests if volume.changed is None else requests + _gathered(volume)


def _of_type(row: ObjectType, volume: Volume) -> Iterator[int]:
    count = volume.objects.get(row.name, 0)
    if row.parent_type is None:
        if row.delta is None:
            yield _pages(count, row.max_top or _LIST_PAGE)
        else:
            yield _pages(count if volume.changed is None else volume.changed.get(row.name, 0), DELTA_PAGE)
    for pages, by_batches in _sweeps(row, volume):
        if volume.changed is None or (not by_batches and 1 < pages <= _SHORT):
            yield pages


def _sweeps(row: ObjectType, volume: Volume) -> Iterator[tuple[int, bool]]:
    """How many requests each takes on its own, and whether it asks per object."""
    if row.parent_type is not None:
        parent = CATALOG[row.parent_type]
        yield _pages(volume.objects.get(parent.name, 0), parent.max_top or _LIST_PAGE), False
    count = volume.objects.get(row.name, 0)
    for _ in row.relationships_by("expand"):
        yield _pages(count, row.max_top or _LIST_PAGE), False
    for relationship in row.relationships_by("each"):
        if relationship.only is None:
            yield _pages(count, _BATCH), True
        elif asked := volume.singles.get(row.name, 0):
            yield _pages(asked, _BATCH), True


def _gathered(volume: Volume) -> int:
    """Between two full reads the collector repeats only short sweeps; a long one is due twice a day."""
    items = 0
    for row in CATALOG.values():
        for pages, by_batches in _sweeps(row, volume):
            if pages <= (_SHORT if by_batches else 1):
                items += volume.singles.get(row.name) or volume.objects.get(row.name, 0) if by_batches else 1
    return _pages(items, _BATCH)


def _pages(objects: int, page: int) -> int:
    return max(1, -(-objects // page))
