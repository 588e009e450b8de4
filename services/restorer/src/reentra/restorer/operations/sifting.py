"""Whole types, a page at a time: what is as it was is only counted, so that memory follows what differs.

1. Of each object the snapshot's place is known, not its content.
2. The tenant's pages are read in turn, with what lists tell of links; the records of a page's objects are read beside
   it, with the other links.
3. An object that a plan would leave alone is counted; one that differs is kept with its present state, and what no page
   showed is missing.

A type without a collection (app role assignments) is compared parent by parent instead, some parents at a time.
"""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.directory.catalog import CATALOG, ObjectType, Relationship, object_type
from reentra.common.ids import SegmentId
from reentra.common.stores.catalogue import Place
from reentra.restorer.domain.compose import compose
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json
from reentra.restorer.domain.subjects import Live, Scene, Subject
from reentra.restorer.operations.comparing import Compared, silently
from reentra.restorer.operations.links import told_in_bulk
from reentra.restorer.operations.live import Told
from reentra.restorer.operations.scene import Surveyor
from reentra.restorer.operations.wanted import Known, Selection, Wanted

_CHUNK = 500
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Sieve:
    surveyor: Surveyor
    compared: Compared = silently
    identical: int = 0
    _places: dict[str, Known] = field(default_factory=dict)
    _binned: Collection[str] | None = None
    """Where the delta query tells the members of a type."""

    async def selected(self, selection: Selection) -> list[Wanted]:
        """Of the selected types all that is not as it was."""
        names = selection.object_types or tuple(CATALOG)
        found: list[Wanted] = []
        for row in map(object_type, names):
            if row.parent_type is not None:
                found += await self._sift_joined(row)
            elif is_sifted(row):
                found += await self._sift(row)
            else:
                whole = (await self.surveyor.view.selected(Selection(selection.snapshot, (row.name,))))[0]
                found += whole
                await self.compared(len(whole))
        return found

    async def _sift(self, row: ObjectType) -> list[Wanted]:
        view = self.surveyor.view
        self._places = {}
        segments: dict[SegmentId, SegmentId] = {}
        async for batch in view.catalogue.scan(view.tenant_id, view.number, row.name):
            for v in batch:
                key = v.object_id.lower()
                where = v.place
                place = Place(segments.setdefault(where.segment, where.segment), where.offset, where.length, where.line)
                self._places[key] = (key if key == v.object_id else v.object_id, place, v.display_name)
        old_ids = {new.lower(): old for old, new in self.surveyor.ids.items() if old in self._places}
        different: list[Wanted] = []
        by_delta = self.surveyor.manner.links != "none" and any(map(told_in_bulk, row.relationships))
        self._binned = await self.surveyor.live.binned_members() if by_delta and self._places else None
        listed = self._listed_with(row)
        rides = listed[0] if listed else None
        told = {one.name: await self.surveyor.live.swept(row, one) for one in listed[1:]}
        async for page in self.surveyor.live.pages(row, rides):
            told |= {rides.name: page.told} if rides is not None else {}
            for start in range(0, len(page.rows), _CHUNK):
                different += await self._of_page(row, page.rows[start : start + _CHUNK], old_ids, told)
        return different + [w async for w in self._missing(row)]

    def _listed_with(self, row: ObjectType) -> list[Relationship]:
        """What lists tell of many objects at once, one relationship a list: `$expand` takes no second one. Members are
        too many for that: the delta query tells them (`LinkReader`)."""
        if self.surveyor.manner.links == "none":
            return []
        listed = [one for one in row.relationships if one.single or one.strategy == "expand"]
        return [one for one in listed if one.writable and one.kind == "ref"]

    async def _sift_joined(self, row: ObjectType) -> list[Wanted]:
        """What joins the same parent is listed by one query, so it is looked at together."""
        view = self.surveyor.view
        parent = _PLACE.findall(recipe_of(row.name).identity_query)[0]
        by_parent: dict[str, list[Known]] = {}
        async for batch in view.catalogue.scan(view.tenant_id, view.number, row.name):
            for v in batch:
                by_parent.setdefault(v.facets.get(parent, ""), []).append((v.object_id, v.place, v.display_name))
        different: list[Wanted] = []
        together: list[Known] = []
        for joined in by_parent.values():
            together += joined
            if len(together) >= _CHUNK:
                different += await self._joined(row, together)
                together = []
        return different + (await self._joined(row, together) if together else [])

    async def _joined(self, row: ObjectType, known: Sequence[Known]) -> list[Wanted]:
        readable = await self.surveyor.view.readable(row, known)
        subjects = [Subject(row, record, name) for record, (_, _, name) in readable]
        found: list[Wanted] = []
        for subject in await self.surveyor.by_identity(row, subjects):
            if subject.live is not None and self._is_identical(
                replace(subject, live=replace(subject.live, id=subject.id))
            ):
                self.identical += 1
            else:
                found.append(Wanted(row, subject.wanted, subject.name))
        await self.compared(len(known))
        return found

    async def _of_page(
        self, row: ObjectType, rows: Sequence[Json], old_ids: dict[str, str], told: Mapping[str, Told]
    ) -> list[Wanted]:
        now_of: dict[str, Json] = {}
        together: list[Known] = []
        for value in rows:
            new = str(value["id"]).lower()
            known = self._places.pop(old_ids.get(new, new), None)
            if known is not None:
                now_of[known[0]] = value
                together.append(known)
        together.sort(key=lambda known: _position(known[1]))
        subjects = [
            Subject(row, record, name, live=Live(str(now_of[old]["id"]), now_of[old]))
            for record, (old, _, name) in await self.surveyor.view.readable(row, together)
        ]
        different = await self._different(row, subjects, told, self._binned)
        if self._binned is not None:
            different = await self._different(row, different, told)
        self.identical += len(subjects) - len(different)
        found: list[Wanted] = []
        for subject in different:
            assert subject.live is not None
            self.surveyor.seen[row.name, subject.id] = subject.live
            found.append(Wanted(row, subject.wanted, subject.name))
        await self.compared(len(together))
        return found

    async def _different(
        self,
        row: ObjectType,
        subjects: Sequence[Subject],
        told: Mapping[str, Told],
        binned: Collection[str] | None = None,
    ) -> list[Subject]:
        reader = self.surveyor.link_reader()
        objects = [(row, s.wanted, s.wanted.properties, s.live) for s in subjects if s.live]
        links = await reader.links_of(objects, told, binned=binned)
        parts = await reader.parts_of([(row, s.wanted, s.live) for s in subjects if s.live])
        now = [
            replace(s, live=Live(s.live.id, s.live.properties, links.get(s.live.id, {}), parts.get(s.live.id, {})))
            for s in subjects
            if s.live is not None
        ]
        return [subject for subject in now if not self._is_identical(subject)]

    def _is_identical(self, subject: Subject) -> bool:
        if subject.is_returning:
            return False
        surveyor = self.surveyor
        scene = Scene(
            (subject,),
            (),
            surveyor.ids,
            frozenset(),
            surveyor.manner,
            surveyor.roles_by_assignment,
            choice=surveyor.choice,
        )
        draft = compose(scene)
        return not (draft.steps or draft.blockers or draft.skipped)

    async def _missing(self, row: ObjectType) -> AsyncIterator[Wanted]:
        left = sorted(self._places.values(), key=lambda known: _position(known[1]))
        for start in range(0, len(left), _CHUNK):
            chunk = left[start : start + _CHUNK]
            for record, (_, _, name) in await self.surveyor.view.readable(row, chunk):
                yield Wanted(row, record, name)
            await self.compared(len(chunk))


def is_sifted(row: ObjectType) -> bool:
    """Types that grow with the tenant. Role assignments, those that show them, and small types are compared whole."""
    recipe = recipe_of(row.name)
    listed = recipe.live == "item" and recipe.create_kind in ("create", "grant") and not recipe.role_view
    return listed or row.parent_type is not None


def _position(place: Place) -> tuple[str, int, int]:
    return (place.segment, place.offset, place.line)
