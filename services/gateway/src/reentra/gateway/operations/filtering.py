"""By what the objects of a type can be filtered in a snapshot, how many there are of each value, and whether a wish for
such objects can be answered truly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reentra.common.directory.catalog import ObjectType
from reentra.common.errors import Rejected
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue, TypeCount

_KEPT = 256
_MOST_NAMED = 20
_Key = tuple[TenantId, ObjectTypeName, SnapshotNumber, bool]


@dataclass(frozen=True, slots=True)
class FilterValues:
    """`objects`: by value. `earlier`: objects that an earlier version of Reentra listed, which did not know the facet:
    while there are any, it would answer wrongly and is not offered."""

    facet: str
    objects: Mapping[str, int]
    earlier: int


class Filtering:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._counted: dict[_Key, Sequence[FilterValues]] = {}

    async def values(
        self, tenant_id: TenantId, row: ObjectType, number: SnapshotNumber, *, removed: bool
    ) -> Sequence[FilterValues]:
        """What a sealed snapshot holds does not change, so it is counted once."""
        key = (tenant_id, row.name, number, removed)
        if key not in self._counted:
            counted = await self._count(tenant_id, row, number, removed)
            if len(self._counted) >= _KEPT:
                self._counted.pop(next(iter(self._counted)))
            self._counted[key] = counted
        return self._counted[key]

    async def check(
        self,
        tenant_id: TenantId,
        row: ObjectType,
        number: SnapshotNumber,
        *,
        removed: bool,
        facets: Mapping[str, str],
    ) -> None:
        """Raises Rejected for what cannot be answered, saying what can."""
        derived = {one.facet for one in row.derived}
        for facet, value in facets.items():
            if facet not in row.shown:
                known = ", ".join(row.shown) or "none"
                raise Rejected(f"{row.labels} cannot be filtered by {facet[:60]!r}; these can be: {known}.")
            documented = row.filterable.get(facet)
            if documented is None or (value in documented and facet not in derived):
                continue
            (counted,) = (
                one for one in await self.values(tenant_id, row, number, removed=removed) if one.facet == facet
            )
            if counted.earlier:
                raise Rejected(_unknown_to_earlier(row, number, counted))
            if value not in counted.objects:
                known = ", ".join(list(counted.objects)[:_MOST_NAMED])
                raise Rejected(f"{row.labels} have no {facet} {value[:60]!r}; its values are: {known}.")

    async def _count(
        self, tenant_id: TenantId, row: ObjectType, number: SnapshotNumber, removed: bool
    ) -> Sequence[FilterValues]:
        documented = row.filterable
        found = await self._catalogue.facet_values(tenant_id, row.name, number, list(documented), removed=removed)
        count = (await self._catalogue.counts(tenant_id, number)).get(row.name, TypeCount(0, 0))
        total = count.removed if removed else count.live
        derived = {one.facet for one in row.derived}
        return [
            FilterValues(
                facet,
                {value: found[facet].get(value, 0) for value in (*values, *sorted(found[facet].keys() - set(values)))},
                total - sum(found[facet].values()) if facet in derived else 0,
            )
            for facet, values in documented.items()
        ]


def _unknown_to_earlier(row: ObjectType, number: SnapshotNumber, counted: FilterValues) -> str:
    return (
        f"{counted.earlier:,} of the {row.labels.lower()} in snapshot {number} were listed by an earlier version of "
        f"Reentra, which did not know {counted.facet!r}: they cannot be filtered by it. Stop Reentra and run "
        "`reentra rebuild` once, and they can."
    )
