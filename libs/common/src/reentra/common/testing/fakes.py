"""Doubles that behave like the real thing: a clock that a test moves, and documents in memory.

`MemoryDocuments` passes the contract suite of the documents port.
"""

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from reentra.common.errors import Conflict, Stale
from reentra.common.events.envelope import Event
from reentra.common.stores.documents import (
    Above,
    AnyOf,
    Below,
    Collection,
    Condition,
    Document,
    Json,
    Query,
    Scalar,
)


class FakeClock:
    """Stands still until it is moved, forwards or backwards."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, **amount: float) -> None:
        """`move(minutes=-5)`: as `timedelta` names its parts."""
        self._now += timedelta(**amount)

    def set(self, moment: datetime) -> None:
        self._now = moment


class RecordingPublisher:
    """A bus that keeps what it was given, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def publish(self, event: Event) -> None:
        self.events.append(event)


class MemoryDocuments:
    def __init__(self, clock: FakeClock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._stored: dict[str, dict[str, Document]] = {}
        self._numbers: dict[str, int] = {}

    async def now(self) -> datetime:
        return self._clock.now()

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        documents = self._stored.setdefault(collection.name, {})
        if id in documents:
            raise _conflict(collection, id, "id")
        self._check_unique(collection, id, body)
        documents[id] = Document(id, 1, copy.deepcopy(body))
        return _copy(documents[id])

    async def get(self, collection: Collection, id: str) -> Document | None:
        document = self._stored.get(collection.name, {}).get(id)
        return _copy(document) if document else None

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        self._check_revision(collection, id, revision)
        self._check_unique(collection, id, body)
        self._stored[collection.name][id] = Document(id, revision + 1, copy.deepcopy(body))
        return _copy(self._stored[collection.name][id])

    async def delete(self, collection: Collection, id: str, *, revision: int | None = None) -> None:
        if revision is not None:
            self._check_revision(collection, id, revision)
        self._stored.get(collection.name, {}).pop(id, None)

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]:
        def position(document: Document) -> tuple[tuple[int, float, str], str]:
            return _sort_key(_at(document.body, query.order_by) if query.order_by else None), document.id

        found = [d for d in self._stored.get(collection.name, {}).values() if _matches(d.body, query.where)]
        found.sort(key=position, reverse=query.descending)
        if query.after is not None:
            last = (_sort_key(query.after[0] if query.order_by else None), query.after[1])
            found = [d for d in found if (position(d) < last if query.descending else position(d) > last)]
        return [_copy(document) for document in found[: query.limit]]

    async def count(self, collection: Collection, where: Mapping[str, Condition]) -> int:
        return sum(_matches(document.body, where) for document in self._stored.get(collection.name, {}).values())

    async def next_number(self, name: str) -> int:
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return self._numbers[name]

    async def close(self) -> None:
        """Nothing is open."""

    def _check_revision(self, collection: Collection, id: str, revision: int) -> None:
        document = self._stored.get(collection.name, {}).get(id)
        if document is None or document.revision != revision:
            raise Stale(f"{collection.name} {id} was changed or deleted by somebody else.", id=id, revision=revision)

    def _check_unique(self, collection: Collection, id: str, body: Json) -> None:
        for index in collection.indexes:
            values = [_at(body, path) for path in index.fields]
            if not index.unique or None in values:
                continue
            for other in self._stored.get(collection.name, {}).values():
                if other.id != id and [_at(other.body, path) for path in index.fields] == values:
                    raise _conflict(collection, id, index.name)


def _copy(document: Document) -> Document:
    return Document(document.id, document.revision, copy.deepcopy(document.body))


def _conflict(collection: Collection, id: str, index: str) -> Conflict:
    message = f"{collection.name}: another document has the same {index} as {id}."
    return Conflict(message, collection=collection.name, id=id, index=index)


def _at(body: Json, path: str) -> Scalar:
    value: object = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str | int | float | bool) else None


def _matches(body: Json, where: Mapping[str, Condition]) -> bool:
    return all(_meets(_at(body, path), condition) for path, condition in where.items())


def _meets(value: Scalar, condition: Condition) -> bool:
    match condition:
        case AnyOf(values):
            return value in values
        case Below(border):
            return _comparable(value, border) and _sort_key(value) < _sort_key(border)
        case Above(border):
            return _comparable(value, border) and _sort_key(value) > _sort_key(border)
    return value == condition


def _comparable(value: Scalar, border: str | int | float) -> bool:
    return value is not None and isinstance(value, str) == isinstance(border, str)


def _sort_key(value: Scalar) -> tuple[int, float, str]:
    """Null, then numbers, then text, as the port promises."""
    if value is None:
        return 0, 0.0, ""
    return (2, 0.0, value) if isinstance(value, str) else (1, float(value), "")
