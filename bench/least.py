"""The fewest requests that paging allows for what a tenant holds, by the catalogue's rows and Graph's page sizes.

Delta pages hold what Graph chooses (100 here) and know no `$top`; lists and sweeps the largest documented page; a
relationship that can only be asked per object twenty to a batch. One request more proves whose directory it is.
Not counted: a group so large that Graph spreads it over pages of its own, and objects whose `$expand` was cut at 20.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reentra.collector.settings import CollectorSettings
from reentra.common.directory.catalog import CATALOG, ObjectType

DELTA_PAGE = 100
_LIST_PAGE = 100
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Volume:
    """Live objects per type, and those that changed since the last backup; `changed` None: a full backup."""

    objects: Mapping[str, int]
    changed: Mapping[str, int] | None = None


def least_requests(volume: Volume) -> int:
    return 1 + sum(sum(_of_type(row, volume)) for row in CATALOG.values())


def _of_type(row: ObjectType, volume: Volume) -> Iterator[int]:
    count = volume.objects.get(row.name, 0)
    page = row.max_top or _LIST_PAGE
    if row.parent_type is not None:
        parent = CATALOG[row.parent_type]
        yield _sweep(volume.objects.get(parent.name, 0), parent.max_top or _LIST_PAGE, volume)
        return
    if row.delta is None:
        yield _pages(count, page)
    else:
        yield _pages(count if volume.changed is None else volume.changed.get(row.name, 0), DELTA_PAGE)
    for _ in row.relationships_by("expand"):
        yield _sweep(count, page, volume)
    for _ in row.relationships_by("each"):
        yield _pages(count, _BATCH) if volume.changed is None else _sweep(count, _BATCH, volume)


def _sweep(objects: int, page: int, volume: Volume) -> int:
    """Between two full reads the collector repeats only short sweeps; a long one is due twice a day."""
    pages = _pages(objects, page)
    return pages if volume.changed is None or pages <= CollectorSettings().sweep_always_pages else 0


def _pages(objects: int, page: int) -> int:
    return max(1, -(-objects // page))
