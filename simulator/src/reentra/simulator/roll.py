"""An ordered set of ids whose positions never shift, so that a page token stays true while others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator


class Roll:
    """Ids in the order they came. A removed id leaves a hole; one that returns stands at the end."""

    __slots__ = ("_order", "_slots")

    def __init__(self) -> None:
        self._order: list[str | None] = []
        self._slots: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._slots

    def __iter__(self) -> Iterator[str]:
        """Over what is there now: the roll may change meanwhile."""
        return iter(list(self._slots))

    def add(self, item_id: str) -> bool:
        """False when it was there already."""
        if item_id in self._slots:
            return False
        self._slots[item_id] = len(self._order)
        self._order.append(item_id)
        return True

    def discard(self, item_id: str) -> bool:
        """False when it was not there."""
        slot = self._slots.pop(item_id, None)
        if slot is None:
            return False
        self._order[slot] = None
        return True

    def page(self, start: int, limit: int, keep: Callable[[str], bool] | None = None) -> tuple[list[str], int | None]:
        """Up to `limit` ids from position `start`, and the position to go on from (None at the end)."""
        found: list[str] = []
        position = start
        end = len(self._order)
        while position < end and len(found) < limit:
            item_id = self._order[position]
            position += 1
            if item_id is not None and (keep is None or keep(item_id)):
                found.append(item_id)
        while position < end and not self._counts(self._order[position], keep):
            position += 1
        return found, position if position < end else None

    @staticmethod
    def _counts(item_id: str | None, keep: Callable[[str], bool] | None) -> bool:
        return item_id is not None and (keep is None or keep(item_id))
