"""Builds the entries of a delta page: full objects, removals, and links in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reentra.simulator.changes import Change
from reentra.simulator.data.paths import DELTA_LINKS, DELTA_LINKS_UNASKED
from reentra.simulator.data.types import TYPES
from reentra.simulator.directory import Directory, Entity

from .context import GraphRequest
from .links import is_membership_hidden
from .shape import Select, reference, shape


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry; `ends_page` when more of the same object follows on the next page."""

    entry: Entity
    ends_page: bool = False


@dataclass(slots=True)
class Touched:
    """What happened to one object between two tokens."""

    object_id: str
    is_whole: bool = False
    names: set[str] = field(default_factory=set)
    links: dict[tuple[str, str], None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tracked:
    """What a delta follows: a type, its properties and its links."""

    type_name: str
    select: Select

    @property
    def links(self) -> tuple[str, ...]:
        possible = DELTA_LINKS.get(self.type_name, ())
        if self.select is None:
            return DELTA_LINKS_UNASKED.get(self.type_name, ())
        return tuple(name for name in self.select if name in possible)

    @property
    def properties(self) -> Select:
        """Selected ones, always with the id; None: those that come unasked."""
        if self.select is None:
            return None
        return (
            "id",
            *(name for name in self.select if name != "id" and name not in DELTA_LINKS.get(self.type_name, ())),
        )

    @property
    def shown(self) -> tuple[str, ...]:
        """The selected properties as the context names them, without links."""
        return tuple(name for name in self.select or () if name not in DELTA_LINKS.get(self.type_name, ()))

    def follows(self, name: str) -> bool:
        names = self.properties if self.select is not None else TYPES[self.type_name].default
        return names is None or name in names


def touched_objects(changes: Sequence[Change], tracked: Tracked) -> list[Touched]:
    """One row per object, in the order of their last change."""
    rows: dict[str, Touched] = {}
    for change in changes:
        names = {name for name in change.names if tracked.follows(name)}
        if change.kind in ("linked", "unlinked"):
            if change.names[0] not in tracked.links or change.target_id is None:
                continue
        elif change.kind == "changed" and not names:
            continue
        row = rows.pop(change.object_id, None) or Touched(change.object_id)
        rows[change.object_id] = row
        if change.kind in ("linked", "unlinked"):
            row.links[change.names[0], change.target_id or ""] = None
        elif change.kind == "changed":
            row.names |= names
        else:
            row.is_whole = True
    return list(rows.values())


def whole_pieces(request: GraphRequest, tracked: Tracked, object_id: str) -> Iterator[Piece]:
    """The full object with all its links; nothing when it is gone meanwhile."""
    item = request.directory.get(object_id)
    if item is None or not request.directory.ends_are_live(object_id):
        return
    links = {relation: list(request.directory.targets(relation, object_id)) for relation in tracked.links}
    rows = [
        (f"{relation}@delta", reference(request.directory, target))
        for relation, targets in links.items()
        if not (relation == "members" and is_membership_hidden(request, item))
        for target in targets
    ]
    yield from _in_pieces(request, shape(tracked.type_name, item, tracked.properties), rows)


def changed_pieces(request: GraphRequest, tracked: Tracked, touched: Touched, *, minimal: bool) -> Iterator[Piece]:
    directory, object_id = request.directory, touched.object_id
    item = directory.get(object_id)
    if item is None:
        reason = "changed" if directory.deleted(object_id) is not None else "deleted"
        yield Piece({"id": object_id, "@removed": {"reason": reason}})
        return
    if touched.is_whole:
        yield from whole_pieces(request, tracked, object_id)
        return
    shown = shape(tracked.type_name, item, tracked.properties)
    if minimal:
        shown = {name: value for name, value in shown.items() if name == "id" or name in touched.names}
    rows = [
        (f"{relation}@delta", _link_entry(directory, relation, object_id, target))
        for relation, target in touched.links
        if not (relation == "members" and is_membership_hidden(request, item))
    ]
    yield from _in_pieces(request, shown, rows)


def _link_entry(directory: Directory, relation: str, source_id: str, target_id: str) -> Entity:
    row = reference(directory, target_id)
    if target_id not in directory.targets(relation, source_id):
        row["@removed"] = {"reason": "deleted"}
    return row


def _in_pieces(request: GraphRequest, shown: Entity, rows: list[tuple[str, Entity]]) -> Iterator[Piece]:
    """The object with its first links, then entries with only the id and further links."""
    size = request.cloud.settings.delta_links_per_entry
    for start in range(0, max(len(rows), 1), size):
        entry = shown if start == 0 else {"id": shown["id"]}
        for name, row in rows[start : start + size]:
            entry.setdefault(name, []).append(row)
        yield Piece(entry, ends_page=start + size < len(rows))
