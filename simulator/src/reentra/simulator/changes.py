"""The numbered history of a directory, kept per object type so that delta reads only what is new."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

ChangeKind = Literal["created", "changed", "removed", "restored", "purged", "linked", "unlinked"]

Link = tuple[str, str]
"""Relation and target id."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. `names` are property names, or the relation for (un)linked."""

    number: int
    at: datetime
    kind: ChangeKind
    object_id: str
    names: tuple[str, ...] = ()
    target_id: str | None = None


@dataclass(slots=True)
class Touched:
    """What happened to one object between two tokens."""

    object_id: str
    is_whole: bool = False
    names: set[str] = field(default_factory=set)
    links: dict[Link, None] = field(default_factory=dict)


class History:
    """Numbers grow by one over all types and never return."""

    def __init__(self) -> None:
        self.latest = 0
        self.oldest_kept = 0
        self._by_type: dict[str, list[Change]] = {}

    def record(
        self,
        type_name: str,
        kind: ChangeKind,
        object_id: str,
        at: datetime,
        names: tuple[str, ...] = (),
        target_id: str | None = None,
    ) -> None:
        self.latest += 1
        change = Change(self.latest, at, kind, object_id, names, target_id)
        self._by_type.setdefault(type_name, []).append(change)

    def since(self, type_name: str, number: int, until: int | None = None) -> list[Change]:
        """Changes of a type with `number` < theirs <= `until`, oldest first."""
        changes = self._by_type.get(type_name, [])
        first = bisect_right(changes, number, key=lambda change: change.number)
        last = len(changes)
        if until is not None:
            last = bisect_right(changes, until, key=lambda change: change.number)
        return changes[first:last]

    def forget(self) -> None:
        """Drop the past: delta tokens issued before this point can no longer be answered."""
        self._by_type.clear()
        self.oldest_kept = self.latest
