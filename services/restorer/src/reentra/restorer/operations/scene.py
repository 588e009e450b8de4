"""Looking around before a plan: which objects are there, in the bin or gone, and who else is concerned.

1. The present state of what was selected: by id (or by the id it got in an earlier restore), in the tenant, in the
   recycle bin, or by identity for objects that consist of references.
2. What must come along: assignments, grants and service principals of objects whose id changes, until none is new.
3. The links of everything that is there; referrers of returning objects; referenced ids that are gone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.directory.catalog import ObjectType, object_type
from reentra.common.directory.references import references_of
from reentra.restorer.domain.choice import EVERYTHING, Choice
from reentra.restorer.domain.compose import needs_creation
from reentra.restorer.domain.creation import quoted
from reentra.restorer.domain.missing import APPLICATIONS, LOCATIONS, UNCHECKED
from reentra.restorer.domain.recipes import recipe_of
from reentra.restorer.domain.steps import Json
from reentra.restorer.domain.subjects import SAFEST, Live, Manner, Referrer, Scene, Subject, own_name
from reentra.restorer.operations.comparing import Compared, silently
from reentra.restorer.operations.links import PORTION, LinkReader, portions
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.wanted import SnapshotView, Wanted


@dataclass(slots=True)
class Surveyor:
    """Builds one scene. `ids`: old id to new id, from earlier restores and found on the way (old ids lower case)."""

    view: SnapshotView
    live: LiveReader
    ids: dict[str, str]
    manner: Manner = SAFEST
    whole: Collection[str] = ()
    """Types of which most is wanted: their present state is listed."""
    roles_by_assignment: bool = True
    choice: Choice = EVERYTHING
    seen: dict[tuple[str, str], Live] = field(default_factory=dict)
    """Present states with their links, by type and old id, that were read already (`sifting`)."""
    compared: Compared = silently
    """Half of each object when its state was read, the other with its links."""
    _subjects: dict[tuple[str, str], Subject] = field(default_factory=dict)

    async def survey(self, wanted: Sequence[Wanted]) -> Scene:
        await self._look_at([*wanted, *await self._shown_roles(wanted)])
        known: set[str] = set()
        await self._bring_along(known)
        subjects = await self._with_links()
        gone = await self._gone(subjects)
        if self.manner.missing == "restore":
            while missing := [w for w in await self._remembered(gone) if not self._has(w)]:
                await self._look_at(missing)
                await self._bring_along(known)
                subjects = await self._with_links()
                gone = await self._gone(subjects)
        return Scene(
            tuple(subjects),
            tuple(await self._referrers(known) if known else ()),
            dict(self.ids),
            frozenset(gone),
            self.manner,
            self.roles_by_assignment,
            choice=self.choice,
            remembered={i: w.name for w in await self._remembered(gone) for i in _called(w)},
            gone_then=frozenset(await self.view.deleted(gone)),
        )

    async def _remembered(self, gone: Collection[str]) -> list[Wanted]:
        """What of it the snapshot holds: objects by their ids, service principals also by their application's."""
        return [*await self.view.named(gone), *await self.view.principals(gone)]

    async def _bring_along(self, known: set[str]) -> None:
        """What consists of references to objects whose id changes. `known`: those ids, for which this was done."""
        while new := self._returning() - known:
            known |= new
            await self._look_at([w for w in await self.view.dependents(new) if not self._has(w)])

    def _has(self, wanted: Wanted) -> bool:
        return (wanted.row.name, wanted.record.object_id) in self._subjects

    def _returning(self) -> set[str]:
        """Ids that others must learn anew: of objects to be made, and of those made by an earlier restore."""
        found: set[str] = set()
        for subject in self._subjects.values():
            second = subject.wanted.properties.get(subject.recipe.second_id) if subject.recipe.second_id else None
            if subject.is_returning and not _is_joined(subject.row):
                found.add(subject.id.lower())
            if second and (subject.is_returning or subject.binned is not None):
                found.add(str(second).lower())  # undeleting an application leaves its service principal in the bin
        return found

    async def _shown_roles(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """The role assignments that a selected unit or activated role shows in its older view."""
        ids: set[str] = set()
        for one in wanted:
            if recipe_of(one.row.name).role_view and self.roles_by_assignment and self.manner.links != "none":
                ids.add(one.record.object_id)
                ids.add(str(one.record.properties.get("roleTemplateId") or one.record.object_id))
        return [w for w in await self.view.dependents(ids) if w.row.name == "roleAssignment"] if ids else []

    async def _look_at(self, wanted: Sequence[Wanted]) -> None:
        by_type: dict[str, list[Wanted]] = {}
        for one in wanted:
            by_type.setdefault(one.row.name, []).append(one)
        # What others consist of comes first: an assignment is looked for by the present ids of what it joins.
        for name in sorted(by_type, key=lambda n: by_type[n][0].row.restore_order):
            for subject in await self._states(by_type[name][0].row, by_type[name]):
                self._subjects.setdefault((name, subject.id), subject)
                now = subject.live.properties if subject.live is not None else subject.binned
                known = {subject.id.lower(), self._now(subject.id).lower()}
                if now is not None and known != {own_name(subject).lower()}:
                    self._rename(subject, now)

    def _now(self, old: str) -> str:
        """The id that it has, as far as is known."""
        return self.ids.get(old.lower(), old)

    def _rename(self, subject: Subject, now: Json) -> None:
        self.ids[subject.id.lower()] = own_name(subject)
        second = subject.recipe.second_id
        if second and subject.wanted.properties.get(second) and now.get(second):
            self.ids[str(subject.wanted.properties[second]).lower()] = str(now[second])

    async def _states(self, row: ObjectType, wanted: Sequence[Wanted]) -> list[Subject]:
        subjects = [Subject(row, w.record, w.name, chosen=w.chosen) for w in wanted]
        subjects = [replace(s, live=self.seen.get((row.name, s.id))) for s in subjects]
        subjects = await self._there_or_binned(row, subjects, self._now)
        renamed = [s for s in subjects if needs_creation(s) and self._now(s.id).lower() != s.id.lower()]
        if renamed:  # gone for good under the id it got since: perhaps it is there under its first one
            first = {s.id: s for s in await self._there_or_binned(row, renamed, lambda old: old)}
            subjects = [first.get(s.id, s) for s in subjects]
        subjects = [replace(s, binned=None) if self._cannot_come_out(s) else s for s in subjects]
        if row.can_create:
            subjects = await self.by_identity(row, subjects)
            subjects = await self._lookalikes(row, subjects)
        return subjects

    def _cannot_come_out(self, subject: Subject) -> bool:
        """What lies in the recycle bin belongs to an application whose client id is another one now, or will be: Graph
        takes no service principal out without its application."""
        if subject.binned is None or subject.live is not None:
            return False
        made_anew = {
            str(s.wanted.properties.get(s.recipe.second_id)).lower()
            for s in self._subjects.values()
            if s.recipe.second_id and needs_creation(s)
        }
        names = [(str(subject.wanted.properties.get(n)), subject.binned.get(n)) for n in subject.recipe.identity]
        return any(then.lower() in made_anew or self._now(then).lower() != str(now).lower() for then, now in names)

    async def _there_or_binned(
        self, row: ObjectType, subjects: list[Subject], name: Callable[[str], str]
    ) -> list[Subject]:
        """Looked for by these names: in the tenant, then in the recycle bin."""
        sought = [name(s.id) for s in subjects if s.live is None]
        states = await self._present(row, sought)
        subjects = [
            replace(s, live=Live(str(found["id"]), found))
            if s.live is None and (found := states.get(name(s.id).lower())) is not None
            else s
            for s in subjects
        ]
        binned = await self.live.bin(row, [name(s.id) for s in subjects if s.live is None])
        return [replace(s, binned=binned.get(name(s.id).lower())) if s.live is None else s for s in subjects]

    async def _present(self, row: ObjectType, ids: Sequence[str]) -> dict[str, Json]:
        whole = row.name in self.whole
        size = len(ids) if whole or recipe_of(row.name).live == "list" else PORTION
        found: dict[str, Json] = {}
        for portion in portions(ids, size):
            found |= await self.live.objects(row, portion, whole=whole)
            await self.compared(len(portion) / 2)
        return found

    async def by_identity(self, row: ObjectType, subjects: list[Subject]) -> list[Subject]:
        recipe = recipe_of(row.name)
        sought = {s.id: self._key(s) for s in subjects if recipe.identity and needs_creation(s)}
        if not sought:
            return subjects
        paths = {i: _filled(recipe.identity_query, key) for i, key in sought.items()}
        listed = await self.live.by_query(paths.values(), row)
        found: list[Subject] = []
        for subject in subjects:
            match = None
            if subject.id in sought:
                rows = listed[paths[subject.id]]
                match = next((r for r in rows if _same(r, sought[subject.id])), None)
            found.append(replace(subject, live=Live(str(match["id"]), match)) if match else subject)
        return found

    def _key(self, subject: Subject) -> Json:
        """The identity in present ids."""
        key: Json = {}
        for name in subject.recipe.identity:
            value = subject.wanted.properties.get(name)
            if isinstance(value, str):
                head, slash, tail = value.rpartition("/")
                value = head + slash + self.ids.get(tail.lower(), tail)
            key[name] = value
        return key

    async def _lookalikes(self, row: ObjectType, subjects: list[Subject]) -> list[Subject]:
        """Live objects of the same name: not to be taken for one that this restore makes."""
        recipe = recipe_of(row.name)
        sought = [s for s in subjects if needs_creation(s) and not recipe.identity and recipe.match_path]
        if not sought:
            return subjects
        paths = {s.id: _filled(recipe.match_path, s.wanted.properties) for s in sought}
        keys = {s.id: str(key) for s in sought if (key := s.wanted.properties.get(recipe.settable_once))}
        holders = await self.live.holders(row, recipe.settable_once, keys.values()) if keys else {}
        listed = await self.live.by_query(paths.values(), row)
        found: list[Subject] = []
        for subject in subjects:
            if subject.id not in paths:
                found.append(subject)
                continue
            rows = listed[paths[subject.id]]
            own = subject.wanted.properties.get(recipe.unique) if recipe.unique else None
            rival = next((str(r["id"]) for r in rows if own and str(r.get(recipe.unique)).lower() == own.lower()), None)
            rival = rival or holders.get(keys.get(subject.id, "").lower())
            found.append(replace(subject, rival=rival, twins=tuple(str(r["id"]) for r in rows)))
        return found

    async def _with_links(self) -> list[Subject]:
        subjects = list(self._subjects.values())
        unread = [s for s in subjects if s.live is not None and (s.row.name, s.id) not in self.seen]
        reader = self.link_reader()
        await self.compared((len(subjects) - len(unread)) / 2)
        links = await reader.links_of([(s.row, s.wanted, s.wanted.properties, s.live) for s in unread if s.live])
        parts = await reader.parts_of([(s.row, s.wanted, s.live) for s in unread if s.live])
        return [
            replace(
                s,
                live=replace(
                    s.live, links=links.get(s.live.id, s.live.links), parts=parts.get(s.live.id, s.live.parts)
                ),
            )
            if s.live
            else s
            for s in subjects
        ]

    def link_reader(self) -> LinkReader:
        return LinkReader(self.live, self.manner, self.roles_by_assignment, self.compared)

    async def _referrers(self, returning: Iterable[str]) -> list[Referrer]:
        found: dict[str, list[tuple[Wanted, frozenset[str]]]] = {}
        async for wanted, which in self.view.referrers(returning):
            if not self._has(wanted):
                found.setdefault(wanted.row.name, []).append((wanted, which))
        referrers: list[Referrer] = []
        for rows in found.values():
            row = rows[0][0].row
            now = [self.ids.get(w.record.object_id.lower(), w.record.object_id) for w, _ in rows]
            states = await self.live.objects(row, now)
            for (wanted, which), object_id in zip(rows, now, strict=True):
                state = states.get(object_id.lower())
                if state is not None:
                    referrers.append(Referrer(row, wanted.record, wanted.name, Live(str(state["id"]), state), which))
        links = await self.link_reader().links_of([(r.row, r.wanted, r.live.properties, r.live) for r in referrers])
        return [replace(r, live=replace(r.live, links=links.get(r.live.id, {}))) for r in referrers]

    async def _gone(self, subjects: Sequence[Subject]) -> set[str]:
        """Referenced ids that neither are part of this restore nor exist now, in old words."""
        here = {s.id.lower() for s in subjects}
        here |= {str(s.wanted.properties.get(s.recipe.second_id) or s.id).lower() for s in subjects}
        asked: dict[str, str] = {}
        locations: dict[str, str] = {}
        applications: dict[str, str] = {}
        for subject in subjects:
            for where, old in _newly_referenced(subject):
                if old.lower() not in here:
                    kept = asked
                    if where.endswith(LOCATIONS):
                        kept = locations
                    elif where.endswith(APPLICATIONS):
                        kept = applications
                    kept[old.lower()] = self.ids.get(old.lower(), old).lower()
        unknown = await self.live.unknown_ids(asked.values()) if asked else set()
        if locations:
            unknown |= set(locations.values()) - (await self.live.collection(object_type("namedLocation"))).keys()
        if applications:
            unknown |= await self._gone_applications(applications)
        return {old for old, now in {**asked, **locations, **applications}.items() if now in unknown}

    async def _gone_applications(self, applications: Mapping[str, str]) -> set[str]:
        """Of appIds, by their old ones, those that the snapshot knew in the tenant and that are not in it now. What it
        did not know is left to Graph: Microsoft's own applications count there without being in the tenant."""
        gone = await self.live.unknown_applications(applications.values())
        principals = await self.view.principals([old for old, now in applications.items() if now in gone])
        known = {str(w.record.properties["appId"]).lower() for w in principals}
        return {applications[old] for old in known}


def _newly_referenced(subject: Subject) -> set[tuple[str, str]]:
    """Where the wanted state refers to ids to which the present one does not, and the ids; where Graph looks at the
    object whole and it differs, all of them."""
    record = subject.wanted
    live = subject.live
    held = {t.lower() for targets in live.links.values() for t in targets} if live is not None else set()
    if live is not None and not (subject.recipe.checked_whole and record.properties != live.properties):
        held |= {r.value.lower() for r in references_of(subject.row, live.properties, {})}
    checked = [
        (r.where, r.value)
        for r in references_of(subject.row, record.properties, {})
        if (r.kind in ("object", "scope") or r.where.endswith(APPLICATIONS)) and not r.where.endswith(UNCHECKED)
    ]
    for relationship in subject.row.relationships:
        if relationship.writable and relationship.kind == "ref":
            checked += [(relationship.name, str(entry["id"])) for entry in record.links.get(relationship.name, ())]
    return {(where, value) for where, value in checked if value.lower() not in held}


def _called(wanted: Wanted) -> set[str]:
    """The ids by which others refer to it."""
    return {wanted.record.object_id.lower(), str(wanted.record.properties.get("appId") or "").lower()} - {""}


def _is_joined(row: ObjectType) -> bool:
    """Nobody refers to an assignment or grant by its id; that it changes concerns nobody."""
    return recipe_of(row.name).create_kind in ("assign", "grant")


def _filled(template: str, values: Mapping[str, object]) -> str:
    path = template
    for name, value in values.items():
        path = path.replace("{" + name + "}", quoted(value))
    return path


def _same(row: Json, key: Json) -> bool:
    return all(str(row.get(n) or "").lower() == str(v or "").lower() for n, v in key.items())
