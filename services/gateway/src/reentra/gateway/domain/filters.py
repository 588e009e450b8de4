"""Filters as addresses write them: `userType:Guest`."""

from collections.abc import Sequence

from reentra.common.errors import Rejected


def facets_of(filters: Sequence[str]) -> dict[str, str]:
    """Raises Rejected for what is no filter, and for two of one name: both cannot hold."""
    found: dict[str, str] = {}
    for text in filters:
        name, mark, value = text.partition(":")
        if not (name and mark and value) or name in found:
            raise Rejected(f"{text[:60]!r} is no filter: give `name:value`, each name once.")
        found[name] = value
    return found
