"""The plan itself: a scene becomes ordered steps, blockers and skips. Pure.

1. Each object's fate: it is there, it lies in the recycle bin, it must be made anew, or something stands against it.
2. Undeleting first (it keeps ids), then objects by type in the order of references, with links after all objects.
3. Ids of objects that are made anew stand as places everywhere; referrers outside the selection get them too.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

import orjson

from reentra.common.directory.references import references_of, replace_ids
from reentra.restorer.domain.bodies import Changes, Patch, changes, unknown_names
from reentra.restorer.domain.choice import ALWAYS
from reentra.restorer.domain.creation import creation_steps, credentials_of
from reentra.restorer.domain.licences import licence_steps
from reentra.restorer.domain.links import link_steps
from reentra.restorer.domain.missing import LEFT_OUT, lost_reference, reference_gone, without_missing
from reentra.restorer.domain.obstacles import obstacle_to_change, obstacle_to_create, remark
from reentra.restorer.domain.parts import part_steps
from reentra.restorer.domain.repairs import repair_steps
from reentra.restorer.domain.steps import AFTER_NEW, Draft, Json, Remark, Step, in_order, places_in, with_needs
from reentra.restorer.domain.subjects import Names, Referrer, Scene, Subject, own_name, own_path

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BEFORE_ALL = 0.01
_DEEPEST = 40
"""More levels of one type naming each other than anybody has; in a circle nothing would ever be first."""
_HELD = {
    "on_premises": "is mastered on-premises: change it there",
    "graph_made": "is composed by Graph when a guest is invited: the present one does as well",
    "cannot_be_emptied": "was empty in the snapshot, and Graph does not take an empty value",
}


def compose(scene: Scene) -> Draft:
    return _Composer(scene).draft()


def needs_creation(subject: Subject) -> bool:
    return subject.live is None and subject.binned is None


class _Composer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.steps: list[Step] = []
        self.blockers: list[Remark] = []
        self.skipped: list[Remark] = []
        self.credentials: list[Json] = []
        self.identical = 0
        self.names_of_returning = {
            own_name(s).lower(): s.name for s in scene.subjects if s.binned is not None and s.live is None
        }
        self.returning = frozenset(self.names_of_returning)
        self.scene = replace(scene, undeleted=self.returning)

    def draft(self) -> Draft:
        self.scene = replace(self.scene, subjects=self._with_joins_to_new_ids())
        to_be_made = {i: s.name for s in self.scene.subjects if needs_creation(s) for i in _ids_of([s])}
        self.scene = replace(self.scene, to_be_made=to_be_made)
        makeable = self._without_obstacles()
        gone = _ids_of(s for s in self.scene.subjects if needs_creation(s)) - _ids_of(makeable)
        self.scene = replace(self.scene, gone=self.scene.gone | gone)
        self.names = Names(self.scene.ids, _ranks(makeable))
        made = {subject.id for subject in makeable}
        for subject in self.scene.subjects:
            if not needs_creation(subject) or subject.id in made:
                self._plan(subject)
        for referrer in self.scene.referrers:
            back = referrer.returning - self.scene.gone
            self._repair(replace(referrer, returning=back))
        steps = in_order([self._told_exactly(with_needs(step, self.returning)) for step in self.steps])
        return Draft(steps, tuple(self.blockers), tuple(self.skipped), tuple(self.credentials), self.identical)

    def _told_exactly(self, step: Step) -> Step:
        """What joins something in the recycle bin cannot be seen, and returns with it: it is made if it does not."""
        if step.kind not in ("assign", "grant") or self.returning.isdisjoint(step.needs):
            return step
        joined = " and ".join(
            sorted({self.names_of_returning[need] for need in self.returning.intersection(step.needs)})
        )
        return replace(step, why=f"it returns with {joined} from the recycle bin; it is made only if it does not")

    def _with_joins_to_new_ids(self) -> tuple[Subject, ...]:
        """An assignment or grant cannot be changed: one that still joins an id that is gone is made anew beside it."""
        ids = {old: new.lower() for old, new in self.scene.ids.items()}
        pending = _ids_of(s for s in self.scene.subjects if needs_creation(s))

        def is_stale(subject: Subject) -> bool:
            if subject.live is None or subject.recipe.create_kind not in ("assign", "grant"):
                return False
            for name in subject.recipe.identity:
                then, now = (_end_of(state.get(name)) for state in (subject.wanted.properties, subject.live.properties))
                if then in pending or ids.get(then, then) != now:
                    return True
            return False

        return tuple(replace(s, live=None) if is_stale(s) else s for s in self.scene.subjects)

    def _without_obstacles(self) -> list[Subject]:
        """Those that can be made anew. What refers to something that cannot be is left out too, until all fits."""
        candidates: list[Subject] = []
        for subject in self.scene.subjects:
            if needs_creation(subject):
                if (why_not := obstacle_to_create(subject)) is not None:
                    self._put_aside(subject, why_not)
                else:
                    candidates.append(subject)
        gone = set(self.scene.gone)
        gone |= _ids_of(s for s in self.scene.subjects if needs_creation(s)) - _ids_of(candidates)
        while lost := [s for s in candidates if self._lacks(s, gone) is not None]:
            for subject in lost:
                if (why := self._lacks(subject, gone)) is not None:
                    self._put_aside(subject, why)
                gone |= _ids_of([subject])
            candidates = [s for s in candidates if s not in lost]
        return candidates

    def _lacks(self, subject: Subject, gone: Collection[str]) -> Remark | None:
        """What it refers to and cannot do without; None when it can be made."""
        lost = lost_reference(without_missing(subject, self.scene, gone).subject, gone)
        return reference_gone(subject, lost, self.scene) if lost else None

    def _put_aside(self, subject: Subject, why: Remark) -> None:
        (self.blockers if subject.chosen else self.skipped).append(why)

    def _plan(self, subject: Subject) -> None:
        before = (len(self.steps), len(self.blockers))
        trimmed = without_missing(subject, self.scene, self.scene.gone)
        subject = trimmed.subject
        if needs_creation(subject):
            self.steps += creation_steps(subject, self.names)
            self._tell_unknown(subject, unknown_names(subject.row, subject.wanted.properties, {}))
            self.credentials += credentials_of(subject)
        elif subject.live is None:
            self._undelete(subject, trimmed.names)
        elif not subject.chosen:
            return  # it came along, and it is there
        else:
            self._update(subject, subject.live.properties)
        self._tell_contained(subject)
        if len(self.steps) > before[0]:
            self.skipped += trimmed.remarks
        links, remarks = link_steps(subject, self.scene, self.names)
        if links and not needs_creation(subject) and (why_not := obstacle_to_change_links(subject)) is not None:
            links, remarks = [], [] if self._comes_back_by_itself(links) else [why_not]
        self.steps += links
        self.steps += part_steps(subject, self.scene)
        licences, kept = licence_steps(subject, self.scene)
        self.steps += licences
        self.skipped += kept
        self.blockers += [one for one in remarks if subject.chosen and one.code != LEFT_OUT]
        self.skipped += [one for one in remarks if not subject.chosen or one.code == LEFT_OUT]
        untouched = before == (len(self.steps), len(self.blockers))
        self.identical += subject.chosen and untouched

    def _repair(self, referrer: Referrer) -> None:
        steps = repair_steps(referrer, self.scene, self.names)
        subject = Subject(referrer.row, referrer.wanted, referrer.name, referrer.live, chosen=False)
        if steps and (why_not := obstacle_to_change_links(subject)) is not None:
            self._put_aside(subject, why_not)
        else:
            self.steps += steps

    def _comes_back_by_itself(self, links: Iterable[Step]) -> bool:
        """Memberships of objects in the bin are hidden, and return with them (directory-deleteditems-restore)."""
        targets = {g.lower() for step in links for g in _GUID.findall(orjson.dumps(step.body).decode())}
        return bool(targets) and targets <= self.returning

    def _undelete(self, subject: Subject, trimmed: frozenset[str]) -> None:
        """One that could not be put right afterwards stays in the bin: a policy would come out of it enabled.
        `trimmed`: properties from which something was left out, which no choice leaves as they are."""
        row = subject.row
        live, always = _as_undeleted(subject), {*ALWAYS.get(row.name, ()), *trimmed}
        lost = lost_reference(subject, self.scene.gone)
        if lost and self._changes(subject, live, always).patches:
            self._put_aside(subject, reference_gone(subject, lost, self.scene))
            return
        binned_id = own_name(subject)
        self.steps.append(
            Step(
                "undelete",
                row.restore_order * _BEFORE_ALL,
                row.name,
                subject.id,
                subject.name,
                "POST",
                (row.restore_path or "").replace("{id}", binned_id),
                "it lies in the recycle bin and comes back with its id, memberships and assignments",
                before={"deleted": True},
                gives={subject.id.lower(): "id", binned_id.lower(): "id"},
            )
        )
        self._update(subject, live, always)

    def _update(self, subject: Subject, live: Json, always: Collection[str] = ()) -> None:
        """`always`: properties that no choice leaves out."""
        found = self._changes(subject, live, always)
        for name, code in found.held_back.items():
            self.skipped.append(remark(subject, code, f"{name} {_HELD[code]}."))
        self._tell_unknown(subject, found.unknown)
        if not found.patches:
            return
        if (why_not := obstacle_to_change(subject)) is not None:
            self._put_aside(subject, why_not)
            return
        sent = {name for patch in found.patches for name in patch.body}
        if lost := lost_reference(subject, self.scene.gone, lambda n: subject.recipe.checked_whole or n in sent):
            self._put_aside(subject, reference_gone(subject, lost, self.scene))
            return
        self.steps += [self._patch(subject, patch, number) for number, patch in enumerate(found.patches)]

    def _taken(self, subject: Subject, always: Collection[str]) -> Callable[[str], bool]:
        return lambda name: name in always or self.scene.takes(subject, name)

    def _changes(self, subject: Subject, live: Json, always: Collection[str]) -> Changes:
        wanted = replace_ids(subject.row, subject.wanted.properties, self.names)
        synced, taken = bool(live.get("onPremisesSyncEnabled")), self._taken(subject, always)
        return changes(subject.row, subject.recipe, wanted, live, synced=synced, takes=taken)

    def _tell_unknown(self, subject: Subject, names: tuple[str, ...]) -> None:
        if names:
            listed, verb = ", ".join(names), "is" if len(names) == 1 else "are"
            why = f"{listed} {verb} documented nowhere as writable in Microsoft Graph and cannot be sent back."
            self.skipped.append(remark(subject, "unknown_property", why))

    def _tell_contained(self, subject: Subject) -> None:
        """What the snapshot holds inside the object and a restore leaves to people."""
        for relationship in subject.row.relationships:
            if (
                relationship.kind == "object"
                and not relationship.writable
                and subject.wanted.links.get(relationship.name)
            ):
                why = f"Its {relationship.name} are in the snapshot and in downloads; a restore does not write them."
                self.skipped.append(remark(subject, "not_written", why))

    def _patch(self, subject: Subject, patch: Patch, number: int) -> Step:
        row = subject.row
        named = ", ".join(name for name in patch.body if not name.startswith("@"))
        turn = number * _BEFORE_ALL + (AFTER_NEW if places_in(patch.body) else 0)
        return Step(
            "update",
            row.restore_order + turn,
            row.name,
            subject.id,
            subject.name,
            "PATCH",
            own_path(subject),
            f"{named} {'differs' if ', ' not in named else 'differ'} from the snapshot",
            patch.body,
            before=patch.before,
        )


def obstacle_to_change_links(subject: Subject) -> Remark | None:
    """Members of a group that Exchange holds cannot be changed either."""
    return obstacle_to_change(subject) if subject.row.can_update else None


def _end_of(value: object) -> str:
    """An id, also where it ends a scope; in lower case."""
    return str(value or "").lower().rpartition("/")[2]


def _ids_of(subjects: Iterable[Subject]) -> set[str]:
    """All ids by which others refer to them."""
    found: set[str] = set()
    for subject in subjects:
        found.add(subject.id.lower())
        if subject.recipe.second_id and (second := subject.wanted.properties.get(subject.recipe.second_id)):
            found.add(str(second).lower())
    return found


def _ranks(subjects: Iterable[Subject]) -> dict[str, float]:
    """When each object is made. One that names another of its type comes later, and never so late that it would meet
    what follows the type (`AFTER_NEW`)."""
    ranks: dict[str, float] = {}
    named: dict[str, set[str]] = {}
    for subject in subjects:
        own, recipe = _ids_of([subject]), subject.recipe
        ranks.update(dict.fromkeys(own, float(subject.row.restore_order)))
        late = {path.split(".")[0] for path in (*recipe.after_create, *recipe.after_others)}
        named[subject.id.lower()] = {
            reference.value.lower()
            for reference in references_of(subject.row, subject.wanted.properties, {})
            if reference.where.split(".")[0].removesuffix("[]") not in late
        } - own
    for depth in range(1, min(len(named), _DEEPEST)):
        for old in [old for old, others in named.items() if any(_is_not_before(ranks, n, old) for n in others)]:
            ranks[old] = math.floor(ranks[old]) + 1 - 0.5**depth
    return ranks


def _is_not_before(ranks: Mapping[str, float], other: str, old: str) -> bool:
    """Of two of one type: the other is not made before this one."""
    rank = ranks.get(other, 0.0)
    return math.floor(rank) == math.floor(ranks[old]) and rank >= ranks[old]


def _as_undeleted(subject: Subject) -> Json:
    return as_undeleted(subject.row.name, own_name(subject), subject.binned or {}, subject.wanted.properties)


def as_undeleted(type_name: str, object_id: str, binned: Json, wanted: Json) -> Json:
    """What the object will be like when it is out of the bin: Graph changes a few properties on the way."""
    change = _ON_THE_WAY.get(type_name)
    return {**binned, **change(binned, wanted, object_id)} if change else dict(binned)


def _user_on_the_way(live: Json, _wanted: Json, object_id: str) -> Json:
    """In the bin the sign-in name carries the id in front."""
    name = str(live.get("userPrincipalName") or "")
    return {"userPrincipalName": name.removeprefix(object_id.replace("-", ""))}


def _group_on_the_way(_live: Json, wanted: Json, _object_id: str) -> Json:
    """In the bin a security group shows securityEnabled false."""
    return {"securityEnabled": wanted.get("securityEnabled")}


def _policy_on_the_way(_live: Json, _wanted: Json, _object_id: str) -> Json:
    """It comes back in the state it was deleted in, even enabled: its state is always written anew."""
    return {"state": "unknown"}


def _location_on_the_way(_live: Json, _wanted: Json, _object_id: str) -> Json:
    """It comes back untrusted."""
    return {"isTrusted": False}


_ON_THE_WAY = {
    "user": _user_on_the_way,
    "group": _group_on_the_way,
    "conditionalAccessPolicy": _policy_on_the_way,
    "namedLocation": _location_on_the_way,
}
