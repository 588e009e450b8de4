"""Builds the entries of a delta page: full objects, removals, and links in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reentra.simulator.changes import Change, Link, Touched
from reentra.simulator.data.paths import DELTA_LINKS, DELTA_LINKS_UNASKED
from reentra.simulator.data.types import TYPES
from reentra.simulator.directory import Directory, Entity

from .context import GraphRequest
from .links import is_membership_hidden
from .shape import Select, reference, shape

Cursor = tuple[int, int]
"""How far an object's links have been told: number of the relation, position in it."""
START: Cursor = (0, 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry; `rest` says where the same object goes on, on the next page."""

    entry: Entity
    rest: Cursor | None


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
        return ("id", *(name for name in self.shown if name != "id"))

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


def whole_piece(request: GraphRequest, tracked: Tracked, object_id: str, cursor: Cursor) -> Piece | None:
    """The full object with its links, or, further on, its id and more links. None when it is gone meanwhile.

    The cursor holds a position in a roll, which does not shift while others take members out.
    """
    directory = request.directory
    item = directory.get(object_id)
    if item is None or not directory.ends_are_live(object_id):
        return None
    entry: Entity = shape(tracked.type_name, item, tracked.properties) if cursor == START else {"id": object_id}
    relations = _visible_links(request, tracked, item)
    room = request.cloud.settings.delta_links_per_entry
    number, position = cursor
    while number < len(relations):
        relation = relations[number]
        targets, following = directory.targets(relation, object_id).page(position, room)
        if targets:
            entry[f"{relation}@delta"] = [reference(directory, target) for target in targets]
        room -= len(targets)
        if following is not None:
            return Piece(entry, (number, following))
        number, position = number + 1, 0
        if room <= 0 and any(directory.targets(later, object_id) for later in relations[number:]):
            return Piece(entry, (number, 0))
    return Piece(entry, None)


def changed_piece(
    request: GraphRequest, tracked: Tracked, touched: Touched, cursor: Cursor, *, minimal: bool
) -> Piece | None:
    directory, object_id = request.directory, touched.object_id
    item = directory.get(object_id)
    if item is None:
        reason = "changed" if directory.deleted(object_id) is not None else "deleted"
        return Piece({"id": object_id, "@removed": {"reason": reason}}, None)
    if touched.is_whole:
        return _with_lost_links(directory, whole_piece(request, tracked, object_id, cursor), touched)
    entry: Entity = {"id": object_id}
    if cursor == START:
        shown = shape(tracked.type_name, item, tracked.properties)
        entry = {name: value for name, value in shown.items() if not minimal or name == "id" or name in touched.names}
    visible = _visible_links(request, tracked, item)
    links = [link for link in touched.links if link[0] in visible]
    end = cursor[1] + request.cloud.settings.delta_links_per_entry
    for link in links[cursor[1] : end]:
        entry.setdefault(f"{link[0]}@delta", []).append(_link_entry(directory, link, object_id))
    return Piece(entry, (0, end) if end < len(links) else None)


def _with_lost_links(directory: Directory, piece: Piece | None, touched: Touched) -> Piece | None:
    """An object that was away and is back also tells, at its end, which links it lost meanwhile."""
    if piece is None or piece.rest is not None:
        return piece
    for link in touched.links:
        if link[1] not in directory.targets(link[0], touched.object_id):
            row = _link_entry(directory, link, touched.object_id)
            piece.entry.setdefault(f"{link[0]}@delta", []).append(row)
    return piece


def _visible_links(request: GraphRequest, tracked: Tracked, item: Entity) -> tuple[str, ...]:
    if is_membership_hidden(request, item):
        return tuple(relation for relation in tracked.links if relation != "members")
    return tracked.links


def _link_entry(directory: Directory, link: Link, source_id: str) -> Entity:
    relation, target_id = link
    row = reference(directory, target_id)
    if target_id not in directory.targets(relation, source_id):
        row["@removed"] = {"reason": "deleted"}
    return row
