"""What differs between two states of one object, property by property and link by link. Pure.

`apply` turns the first state into one that equals the second (property-tested).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.normalise import link_order, without_empty

Links = Mapping[str, Sequence[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """`before` and `after` are None when the property is absent there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LinkChange:
    relationship: str
    added: tuple[dict[str, Any], ...]
    removed: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    properties: tuple[PropertyChange, ...]
    links: tuple[LinkChange, ...]

    def __bool__(self) -> bool:
        return bool(self.properties or self.links)


def difference(
    before: dict[str, Any], after: dict[str, Any], before_links: Links | None = None, after_links: Links | None = None
) -> Difference:
    """null, [] and {} count as absent; the order of links does not count."""
    old, new = without_empty(before), without_empty(after)
    names = [n for n in sorted(old.keys() | new.keys()) if old.get(n) != new.get(n)]
    changes = tuple(PropertyChange(n, before.get(n), after.get(n)) for n in names)
    return Difference(changes, tuple(_link_changes(before_links or {}, after_links or {})))


def _link_changes(before: Links, after: Links) -> list[LinkChange]:
    changes = []
    for name in sorted(before.keys() | after.keys()):
        old = {link_order(e): e for e in before.get(name, ())}
        new = {link_order(e): e for e in after.get(name, ())}
        added = tuple(new[key] for key in new if key not in old)
        removed = tuple(old[key] for key in old if key not in new)
        if added or removed:
            changes.append(LinkChange(name, added, removed))
    return changes


def apply(properties: dict[str, Any], changes: Sequence[PropertyChange]) -> dict[str, Any]:
    result = dict(properties)
    for change in changes:
        if change.after is None:
            result.pop(change.name, None)
        else:
            result[change.name] = change.after
    return result
