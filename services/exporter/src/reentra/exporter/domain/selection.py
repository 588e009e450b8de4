"""Which objects a request means. What is wrong with it is said before any work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reentra.common.directory.catalog import object_type
from reentra.common.errors import NotFound, Rejected
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber
from reentra.common.stores.catalogue import ObjectVersion

_NAMED = 5
"""So many ids are named in a message; more would not be read."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`object_types` None: all; `ids` None: all objects of these types."""

    snapshot: SnapshotNumber
    object_types: tuple[ObjectTypeName, ...] | None = None
    ids: tuple[ObjectId, ...] | None = None

    def includes(self, name: ObjectTypeName) -> bool:
        return self.object_types is None or name in self.object_types


def parse_selection(params: Mapping[str, Any]) -> Selection:
    """Raises Rejected with one sentence."""
    number = params.get("snapshot")
    if type(number) is not int or number < 1:
        raise Rejected(f"A download needs the number of a snapshot, not {number!r}.")
    types, ids = _texts(params, "object_types"), _texts(params, "ids")
    try:
        names = None if types is None else tuple(sorted({object_type(name).name for name in types}))
    except NotFound as error:
        raise Rejected(error.message) from error
    return Selection(
        SnapshotNumber(number), names, None if ids is None else tuple(ObjectId(i) for i in sorted(set(ids)))
    )


def chosen(selection: Selection, found: Sequence[ObjectVersion]) -> list[ObjectVersion]:
    """The live objects among those found by id, by type and id. Raises Rejected naming ids that mean nothing here."""
    live = [version for version in found if version.removed is None and selection.includes(version.object_type)]
    missing = sorted(set(selection.ids or ()) - {version.object_id for version in live})
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise Rejected(
            f"Snapshot {selection.snapshot} has no object {', '.join(missing[:_NAMED])}{more}"
            f"{_of_types(selection)}. Check the ids, or choose an older snapshot.",
            ids=missing,
        )
    return sorted(live, key=lambda version: (version.object_type, version.object_id))


def nothing_selected(selection: Selection) -> Rejected:
    return Rejected(f"Snapshot {selection.snapshot} has nothing to download{_of_types(selection)}.")


def _of_types(selection: Selection) -> str:
    return "" if selection.object_types is None else f" of type {', '.join(selection.object_types)}"


def _texts(params: Mapping[str, Any], name: str) -> list[str] | None:
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise Rejected(f"{name} of a download must be a list of texts with at least one entry, or be left out.")
    return value
