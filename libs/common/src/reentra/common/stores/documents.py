"""The document port: small JSON documents with conditional writes. SQLite in one process, MongoDB in many.

The contract (`common.testing.contracts.documents` is its suite; every adapter passes it):
- One document write is the only commit there is. Whatever must change together lies in one document; events that
  must go out with a change are in the document's own `outbox` array (see `common.jobs.outbox`).
- `replace` and `delete` with a `revision` succeed only if the stored revision is that one; else `Stale`.
- A unique index ignores documents in which one of its fields is missing or null (a partial index).
- Reads see every write that returned before them. `find` is keyset-paged and never skips.
- Dates inside bodies are RFC 3339 text (`common.clock.to_text`), so that they sort.
- Null sorts before numbers, numbers before text; Below and Above compare numbers with numbers and text with text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Json = dict[str, Any]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Index:
    """Fields are top-level names or dotted paths. Order matters as in every ordered index."""

    fields: tuple[str, ...]
    unique: bool = False

    @property
    def name(self) -> str:
        """What a Conflict calls it in `fields["index"]`."""
        return ",".join(self.fields)


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection, one writing service. Declared next to the code that writes it."""

    name: str
    indexes: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    revision: int
    body: Json


@dataclass(frozen=True, slots=True)
class AnyOf:
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Below:
    """Strictly less than; null and missing do not match."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class Above:
    """Strictly greater than; null and missing do not match."""

    value: str | int | float


Condition = Scalar | AnyOf | Below | Above


@dataclass(frozen=True, slots=True)
class Query:
    """`where` maps dotted paths to conditions (a plain value means equality; None matches null and missing).

    `order_by` is one dotted path (ties broken by id); `after` is the (order value, id) of the last row seen.
    """

    where: Mapping[str, Condition] = field(default_factory=dict)
    order_by: str | None = None
    descending: bool = False
    after: tuple[Scalar, str] | None = None
    limit: int = 100


class Documents(Protocol):
    async def now(self) -> datetime:
        """The store's own clock, UTC: the only clock that leases believe."""

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        """Raises Conflict when the id, or a unique index, is taken. `fields["index"]` is the index's name, or "id"."""

    async def get(self, collection: Collection, id: str) -> Document | None: ...

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        """Raises Stale when the revision moved or the document is gone; Conflict for a unique index."""

    async def delete(self, collection: Collection, id: str, *, revision: int | None = None) -> None:
        """Deleting what is not there is no error, unless a revision is given (Stale). Stale may then also mean that
        this very call deleted it and the store's answer was lost: nothing is left that could tell."""

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]: ...

    async def count(self, collection: Collection, where: Mapping[str, Condition]) -> int: ...

    async def next_number(self, name: str) -> int:
        """1, 2, 3 ... per name; never the same twice, gaps are possible."""

    async def close(self) -> None: ...
