"""Links and contained objects of many objects, as they are now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from reentra.common.directory.catalog import ObjectType, Relationship
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.links import has_principals, restorable
from reentra.restorer.domain.parts import written_parts
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json
from reentra.restorer.domain.subjects import Live, Manner, Scene
from reentra.restorer.operations.comparing import Compared
from reentra.restorer.operations.live import MEMBERS, LiveReader, Told

_NOTHING_TOLD: Mapping[str, Told] = MappingProxyType({})
PORTION = 500
"""Objects that are asked for singly, between two words on how far it has come."""


def told_in_bulk(relationship: Relationship) -> bool:
    return relationship.path == MEMBERS


def portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size or 1))


@dataclass(frozen=True, slots=True)
class LinkReader:
    live: LiveReader
    manner: Manner
    roles_by_assignment: bool
    compared: Compared

    async def parts_of(
        self, objects: Sequence[tuple[ObjectType, ObjectRecord, Live]]
    ) -> dict[str, dict[str, tuple[Json, ...]]]:
        """Contained objects as they are now, of what has some in the snapshot."""
        asked: dict[tuple[str, str], tuple[ObjectType, list[str]]] = {}
        for row, record, live in objects:
            for relationship in written_parts(row, record) if self.manner.links != "none" else ():
                if self.live.is_captured(row, relationship.name):
                    asked.setdefault((row.name, relationship.name), (row, []))[1].append(live.id)
        found: dict[str, dict[str, tuple[Json, ...]]] = {}
        for (_, name), (row, ids) in asked.items():
            for object_id, entries in (await self.live.parts(row.relationship(name), ids)).items():
                found.setdefault(object_id, {})[name] = entries
        return found

    async def links_of(
        self,
        objects: Sequence[tuple[ObjectType, ObjectRecord, Json, Live]],
        told: Mapping[str, Told] = _NOTHING_TOLD,
        *,
        binned: Collection[str] | None = None,
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """`told`: by relationship, what need not be asked. `binned`: members are taken from the delta
        query, without those in the recycle bin."""
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        scene = Scene((), manner=self.manner, roles_by_assignment=self.roles_by_assignment)
        asked: dict[tuple[str, str], tuple[ObjectType, list[str]]] = {}
        principals = {live.id for _, record, _, live in objects if has_principals(record)}
        for row, _, wanted, live in objects:
            for relationship in restorable(row, wanted, scene, recipe_of(row.name).role_view):
                known = told[relationship.name].of(live.id) if relationship.name in told else None
                if known is not None:
                    found.setdefault(live.id, {})[relationship.name] = known
                else:
                    asked.setdefault((row.name, relationship.name), (row, []))[1].append(live.id)
        if not asked:
            await self.compared(len(objects) / 2)
        share = len(objects) / 2 / max(1, sum(len(ids) for _, ids in asked.values()))
        for (_, name), (row, ids) in asked.items():
            for portion in portions(ids, PORTION):
                links = await self._links(row.relationship(name), portion, principals, binned)
                for object_id, targets in links.items():
                    found.setdefault(object_id, {})[name] = targets
                await self.compared(share * len(portion))
        return found

    async def _links(
        self,
        relationship: Relationship,
        ids: Sequence[str],
        principals: Collection[str],
        binned: Collection[str] | None,
    ) -> dict[str, tuple[str, ...]]:
        told = {}
        if binned is not None and told_in_bulk(relationship):
            told = await self.live.members(ids, binned)
        singly = [i for i in ids if i not in told]
        return told | await self.live.links(relationship, singly, principals=[i for i in singly if i in principals])
