"""What a plan is made from: the wanted objects, their present state, and how old ids are called now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reentra.common.directory.catalog import ObjectType
from reentra.common.snapshot.record import ObjectRecord
from reentra.restorer.domain.choice import EVERYTHING, Choice
from reentra.restorer.domain.recipes import Recipe, recipe_of
from reentra.restorer.domain.steps import Json, place

LinkMode = Literal["replace", "merge", "none"]
MissingMode = Literal["block", "restore", "leave_out"]
LicenceMode = Literal["add", "replace"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a restore goes about its selection; the defaults are the safest.

    `links`: as in the snapshot, only add, or leave alone. `missing`: what to do about an object that is referred to
    and gone: nothing without it, bring it back as well, or go without it where Graph allows that. `licences`: whether
    directly assigned ones that the snapshot does not have are taken away."""

    links: LinkMode = "replace"
    missing: MissingMode = "block"
    licences: LicenceMode = "add"


SAFEST = Manner()


@dataclass(frozen=True, slots=True)
class Live:
    """An object as it is now. `links`: ids per relationship, only those that were read; `parts`: contained objects."""

    id: str
    properties: Json
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """One object to bring back. `chosen` False: it came along, because it consists of references to one that did.
    `binned`: as it lies in the recycle bin, under its id of then, or under the one that an earlier restore gave it.
    `rival`: somebody else holds its unique name. `twins`: live objects that look like it, not to be taken for it."""

    row: ObjectType
    wanted: ObjectRecord
    name: str
    live: Live | None = None
    binned: Json | None = None
    chosen: bool = True
    rival: str | None = None
    twins: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id in the snapshot."""
        return self.wanted.object_id

    @property
    def recipe(self) -> Recipe:
        return recipe_of(self.row.name)

    @property
    def present_id(self) -> str | None:
        """The id it has now, in the tenant or in the recycle bin; None when it must be made anew."""
        if self.live is not None:
            return self.live.id
        return str(self.binned.get("id") or self.id) if self.binned is not None else None

    @property
    def is_returning(self) -> bool:
        """Its id changes, or changed in an earlier restore: whoever referred to it must be told."""
        return (self.present_id or "").lower() != self.id.lower()


@dataclass(frozen=True, slots=True)
class Referrer:
    """An object outside the selection that pointed to a returning one. `returning`: which ones, by old id."""

    row: ObjectType
    wanted: ObjectRecord
    name: str
    live: Live
    returning: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything the plan looks at. `gone`: referenced ids that do not exist now (old ids, lower case).
    `remembered`: those of them that the snapshot holds, with their names.
    `roles_by_assignment`: role holders are restored as role assignments, so their older views are left alone."""

    subjects: tuple[Subject, ...]
    referrers: tuple[Referrer, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    manner: Manner = SAFEST
    roles_by_assignment: bool = True
    undeleted: frozenset[str] = frozenset()
    """Ids (lower case) that this plan takes out of the recycle bin."""
    choice: Choice = EVERYTHING
    remembered: Mapping[str, str] = field(default_factory=dict)
    gone_then: frozenset[str] = frozenset()
    """Of `gone`, what was deleted at the snapshot already: links to it were of no use then, so nobody misses them."""
    to_be_made: Mapping[str, str] = field(default_factory=dict)
    """Ids (lower case) and names of what this plan would make anew: of these, the ones that are lost are blocked."""

    def takes(self, subject: Subject, name: str) -> bool:
        """May this property or relationship be brought back on it?"""
        return not subject.chosen or self.choice.takes(subject.id, name)


class Names:
    """How an old id is called in a step: as a place while its object is still to be made, by its new id when it was
    made before, unchanged otherwise. Ids are compared without case."""

    def __init__(self, ids: Mapping[str, str], pending: Mapping[str, float]) -> None:
        self._ids = {old.lower(): new for old, new in ids.items()}
        self._pending = {old.lower(): rank for old, rank in pending.items()}

    def __call__(self, old: str) -> str:
        key = old.lower()
        return place(key) if key in self._pending else self._ids.get(key, old)

    def rank_of(self, old: str) -> float | None:
        """When a pending object is made."""
        return self._pending.get(old.lower())

    def is_pending(self, old: str) -> bool:
        return old.lower() in self._pending


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def own_path(subject: Subject) -> str:
    """Where a step finds the object."""
    return subject.row.item.replace("{id}", own_name(subject))


def own_name(subject: Subject) -> str:
    """The id it has, or the place of the one it gets."""
    return subject.present_id or place(subject.id.lower())
