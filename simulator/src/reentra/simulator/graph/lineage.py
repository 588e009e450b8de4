"""Which past a delta token speaks of, for a cloud that is generated anew at every start.

Until the first delta query of a start, the same tenant has had the same changes as at the start before: a token that
reaches no further is still true. What came later went with the process, and so did the tokens that know of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from reentra.simulator.data.paths import COLLECTIONS
from reentra.simulator.directory import Directory
from reentra.simulator.truth import RELATIONS, links_of, objects_of


@dataclass(frozen=True, slots=True)
class _Origin:
    digest: str
    latest: int


@dataclass(slots=True)
class Lineages:
    _run: str = field(default_factory=lambda: secrets.token_hex(8))
    _origins: dict[str, _Origin] = field(default_factory=dict)

    def of(self, directory: Directory, number: int) -> str:
        """Of the changes up to that number."""
        origin = self._origins.get(directory.tenant_id)
        if origin is None:
            origin = self._origins[directory.tenant_id] = _Origin(_digest(directory), directory.history.latest)
        return origin.digest if number <= origin.latest else f"{origin.digest}-{self._run}"


def _digest(directory: Directory) -> str:
    """Of everything that delta tells."""
    types = sorted({collection.type_name for collection in COLLECTIONS if collection.has_delta})
    told = [[objects_of(directory, name) for name in types], [links_of(directory, name) for name in RELATIONS]]
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
