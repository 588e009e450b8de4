"""One topic in memory, and how far each consumer group is in it."""

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

Headers = Sequence[tuple[str, bytes]]

_KEPT_FOR_NEWCOMERS = 200


@dataclass(frozen=True, slots=True)
class Record:
    """What FastStream reads of aiokafka's `ConsumerRecord`."""

    topic: str
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int = 0


@dataclass(slots=True)
class Group:
    next: int
    members: int = 0
    unacknowledged: set[int] = field(default_factory=set)
    returned: list[int] = field(default_factory=list)
    """A heap: delivered once, but rewound or left behind by a member that stopped."""

    def has_done(self, offset: int) -> bool:
        return offset < self.next and offset not in self.unacknowledged and offset not in self.returned

    def give_back(self, offset: int) -> None:
        self.unacknowledged.discard(offset)
        heapq.heappush(self.returned, offset)

    @property
    def oldest_needed(self) -> int:
        return min((self.next, *self.unacknowledged, *self.returned))


class MemoryTopic:
    def __init__(self, name: str) -> None:
        self.name = name
        self._groups: dict[str, Group] = {}
        self._records: dict[int, Record] = {}
        self._end = 0

    @property
    def start(self) -> int:
        """The oldest record that is still there."""
        return next(iter(self._records), self._end)

    def group(self, group_id: str, *, earliest: bool) -> Group:
        """Where it starts is decided once, when the group first comes."""
        if group_id not in self._groups:
            self._groups[group_id] = Group(self.start if earliest else self._end)
        return self._groups[group_id]

    def append(self, value: bytes | None, key: bytes | None, headers: Headers) -> Record:
        record = Record(self.name, self._end, int(time.time() * 1000), key, value, tuple(headers))
        self._records[self._end] = record
        self._end += 1
        self._forget_what_nobody_needs()
        return record

    def take(self, group: Group) -> Record | None:
        if group.returned:
            offset = heapq.heappop(group.returned)
        elif group.next < self._end:
            offset = group.next
            group.next += 1
        else:
            return None
        group.unacknowledged.add(offset)
        return self._records[offset]

    def is_done(self, offset: int) -> bool:
        """By every group that has a member now."""
        return all(group.has_done(offset) for group in self._groups.values() if group.members)

    def _forget_what_nobody_needs(self) -> None:
        needed = self._end - _KEPT_FOR_NEWCOMERS
        for group in self._groups.values():
            needed = min(needed, group.oldest_needed)
        while self._records and self.start < needed:
            del self._records[self.start]
