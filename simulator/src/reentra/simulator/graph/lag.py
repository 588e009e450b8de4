"""Replica lag: for a while after a write, readers see what was there before (or nothing)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reentra.simulator.directory import Directory, Entity


@dataclass(slots=True)
class _Recent:
    before: Entity | None
    until: datetime
    reads_left: int


class ReplicaLag:
    """`seconds` and `reads` set how long; a write is visible once both have passed. Both 0: no lag."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.seconds = 0.0
        self.reads = 0
        self._recent: dict[tuple[str, str], _Recent] = {}

    def set(self, *, seconds: float = 0.0, reads: int = 0) -> None:
        self.seconds, self.reads = seconds, reads
        self._recent.clear()

    @property
    def is_on(self) -> bool:
        return self.seconds > 0 or self.reads > 0

    def watch(self, directory: Directory) -> None:
        def remember(object_id: str, before: Entity | None) -> None:
            if self.is_on:
                until = self._clock() + timedelta(seconds=self.seconds)
                key = (directory.tenant_id, object_id)
                shown = self._recent[key].before if key in self._recent else before
                self._recent[key] = _Recent(shown, until, self.reads)

        directory.observers.append(remember)

    def view(self, directory: Directory, object_id: str, *, counts: bool = True) -> Entity | None:
        """The object as a reader sees it now. `counts`: this look is one of the `reads`."""
        current = directory.get(object_id)
        if not self._recent:
            return current
        key = (directory.tenant_id, object_id)
        recent = self._recent.get(key)
        if recent is None:
            return current
        if recent.reads_left <= 0 and self._clock() >= recent.until:
            del self._recent[key]
            return current
        if counts:
            recent.reads_left -= 1
        return recent.before

    def hides(self, directory: Directory, object_id: str) -> bool:
        """True while a new object is not yet known everywhere (links to it answer "don't exist")."""
        return directory.is_live(object_id) and self.view(directory, object_id) is None
