"""The snapshot as a restore reads it: what was selected, and who pointed to an object.

What is stored of an object may be damaged: it is remembered as a blocker, and all others are read.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from reentra.common.directory.catalog import CATALOG, ObjectType, object_type
from reentra.common.directory.references import references_of
from reentra.common.errors import Rejected, Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.agreement import ANOTHER_RECORD, disagreement
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Place
from reentra.common.stores.documents import Json
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Remark
from reentra.restorer.operations.ports import Records

_PAGE = 1000
DAMAGED = "damaged"
Known = tuple[str, Place, str]
"""Id, place and name of what the snapshot holds."""


@dataclass(frozen=True, slots=True)
class Selection:
    """No types: everything. Ids need exactly one type."""

    snapshot: SnapshotNumber
    object_types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None

    @property
    def is_whole_types(self) -> bool:
        return self.ids is None


def selection_of(params: Json) -> Selection:
    types, ids = params.get("object_types"), params.get("ids")
    if ids is not None and (not types or len(types) != 1 or not ids):
        raise Rejected("A restore by ids needs exactly one object type and at least one id.")
    return Selection(
        SnapshotNumber(int(params["snapshot"])),
        tuple(object_type(name).name for name in types) if types else None,
        tuple(ids) if ids is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    row: ObjectType
    record: ObjectRecord
    name: str
    chosen: bool = True


@dataclass(slots=True)
class SnapshotView:
    """One tenant at one snapshot. Lists of versions are kept: dependents are looked for more than once."""

    tenant_id: TenantId
    number: SnapshotNumber
    catalogue: Catalogue
    records: Records
    damaged: dict[tuple[ObjectTypeName, str], Remark] = field(default_factory=dict)
    """What was met and could not be read, by type and id."""
    _versions: dict[ObjectTypeName, Sequence[ObjectVersion]] = field(default_factory=dict)

    async def selected(self, selection: Selection) -> tuple[list[Wanted], list[Remark]]:
        """What was asked for, and what of it was not there at that time."""
        names = selection.object_types or tuple(CATALOG)
        found: list[Wanted] = []
        remarks: list[Remark] = []
        for name in names:
            row = object_type(name)
            if selection.ids is None:
                found += await self._wanted(row, await self.versions(row))
            else:
                versions, missing = await self._named(row, selection.ids)
                found += await self._wanted(row, versions)
                remarks += missing
        return found, remarks

    async def named(self, ids: Iterable[str]) -> list[Wanted]:
        """Objects of any type that were there at the snapshot, to come along."""
        found: list[Wanted] = []
        for version in await self._found(ids):
            if version.removed is None:
                found += await self._wanted(object_type(version.object_type), [version], chosen=False)
        return found

    async def deleted(self, ids: Iterable[str]) -> set[str]:
        """Those that were deleted already at the snapshot, softly or for good (lower case)."""
        return {version.object_id.lower() for version in await self._found(ids) if version.removed is not None}

    async def _found(self, ids: Iterable[str]) -> list[ObjectVersion]:
        listed = [ObjectId(i) for i in ids]
        found: list[ObjectVersion] = []
        for start in range(0, len(listed), _PAGE):
            found += await self.catalogue.find(self.tenant_id, listed[start : start + _PAGE], self.number)
        return found

    async def dependents(self, ids: Iterable[str]) -> list[Wanted]:
        """Objects that consist of references, one of which is among `ids` (any case): assignments, grants, the
        service principal of an application. Found by the catalogue's facets, without reading them."""
        wanted_ids = {i.lower() for i in ids}
        found: list[Wanted] = []
        for row in CATALOG.values():
            identity = recipe_of(row.name).identity
            if not any(reference.path in identity for reference in row.references):
                continue
            versions = [v for v in await self.versions(row) if _names_one_of(v, identity, wanted_ids)]
            found += await self._wanted(row, versions, chosen=False)
        return found

    async def principals(self, app_ids: Collection[str]) -> list[Wanted]:
        """Service principals of these applications (any case)."""
        row = object_type("servicePrincipal")
        wanted_ids = {i.lower() for i in app_ids}
        versions = (
            [v for v in await self.versions(row) if _names_one_of(v, ("appId",), wanted_ids)] if wanted_ids else []
        )
        return await self._wanted(row, versions, chosen=False)

    async def referrers(self, ids: Iterable[str]) -> AsyncIterator[tuple[Wanted, frozenset[str]]]:
        """Other objects whose links or properties point to one of `ids`, with those they point to (lower case).
        Reads every record of the types that can refer, a batch at a time in the order in which they are stored."""
        wanted_ids = {i.lower() for i in ids}
        for row in CATALOG.values():
            linking = any(r.writable and r.kind == "ref" for r in row.relationships)
            if (recipe_of(row.name).identity and not linking) or not (linking or row.references):
                continue
            async for batch in self.catalogue.scan(self.tenant_id, self.number, row.name):
                for wanted in await self._wanted(row, batch, chosen=False):
                    record = wanted.record
                    referred = {r.value.lower() for r in references_of(row, record.properties, record.links)}
                    if found := referred & wanted_ids - {record.object_id.lower()}:
                        yield wanted, frozenset(found)

    async def versions(self, row: ObjectType) -> Sequence[ObjectVersion]:
        """All live objects of a type at the snapshot."""
        known = self._versions.get(row.name)
        if known is not None:
            return known
        found: list[ObjectVersion] = []
        after: tuple[str, ObjectId] | None = None
        while True:
            page = await self.catalogue.objects(self.tenant_id, row.name, self.number, after=after, limit=_PAGE)
            found.extend(page)
            if len(page) < _PAGE:
                self._versions[row.name] = found
                return found
            after = (page[-1].display_name, page[-1].object_id)

    async def _named(self, row: ObjectType, ids: Sequence[str]) -> tuple[list[ObjectVersion], list[Remark]]:
        versions: list[ObjectVersion] = []
        remarks: list[Remark] = []
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), _PAGE):
            some = [ObjectId(i) for i in wanted[start : start + _PAGE]]
            found = await self.catalogue.find(self.tenant_id, some, self.number)
            held = {v.object_id: v for v in found if v.object_type == row.name}
            for object_id in some:
                version = held.get(object_id)
                if version is None:
                    reason = f"Snapshot {self.number} does not know it."
                    remarks.append(Remark(row.name, object_id, "", "not_in_snapshot", reason))
                elif version.removed is not None:
                    reason = f"It was already deleted at snapshot {self.number}; choose an earlier one."
                    remarks.append(Remark(row.name, object_id, version.display_name, "deleted_in_snapshot", reason))
                else:
                    versions.append(version)
        return versions, remarks

    async def _wanted(self, row: ObjectType, versions: Sequence[ObjectVersion], *, chosen: bool = True) -> list[Wanted]:
        """Of what can be read."""
        meant: dict[str, ObjectVersion] = {v.object_id: v for v in versions}
        found: list[Wanted] = []
        for record, known in await self.readable(row, [(v.object_id, v.place, v.display_name) for v in versions]):
            if why := disagreement(meant[known[0]], record):
                self._is_damaged(row, known, why)
            else:
                found.append(Wanted(row, record, known[2], chosen))
        return found

    async def readable(self, row: ObjectType, known: Sequence[Known]) -> list[tuple[ObjectRecord, Known]]:
        """Records of live objects of this type with what was known of them. What cannot be read is left out, and
        remembered in `damaged`."""
        try:
            records = await self.records.read_many([place for _, place, _ in known])
        except Unreadable:
            return [(record, one) for one in known if (record := await self._alone(row, one)) is not None]
        found: list[tuple[ObjectRecord, Known]] = []
        for record, one in zip(records, known, strict=True):
            if (record.object_type, record.object_id) != (row.name, one[0]):
                self._is_damaged(row, one, ANOTHER_RECORD)
            else:
                found.append((record, one))
        return found

    async def _alone(self, row: ObjectType, known: Known) -> ObjectRecord | None:
        try:
            records = await self.records.read_many([known[1]])
        except Unreadable as error:
            self._is_damaged(row, known, error.message)
            return None
        return records[0]

    def _is_damaged(self, row: ObjectType, known: Known, why: str) -> None:
        reason = f"What is stored of it is damaged, so nothing of it is restored: {why}"
        self.damaged[row.name, known[0]] = Remark(row.name, known[0], known[2], DAMAGED, reason)


def _names_one_of(version: ObjectVersion, identity: Sequence[str], wanted_ids: set[str]) -> bool:
    """A scope is a path that ends in an id."""
    return any(version.facets.get(name, "").lower().rpartition("/")[2] in wanted_ids for name in identity)
