"""Finds the entity set that a path begins with."""

from __future__ import annotations

from reentra.simulator.data.paths import COLLECTIONS, Collection

_BY_PATH = {collection.path: collection for collection in COLLECTIONS}
_LONGEST = max(len(path) for path in _BY_PATH)


def find_collection(segments: tuple[str, ...]) -> Collection | None:
    """The entity set at the beginning of a path."""
    for length in range(min(_LONGEST, len(segments)), 0, -1):
        collection = _BY_PATH.get(segments[:length])
        if collection is not None:
            return collection
    return None
