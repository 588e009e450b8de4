"""Limits in windows. A request brings its charges; all are admitted together or the request is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

REPORTED_FROM = 0.8
EARLY_GRACE_SECONDS = 0.5
"""Requests on their way when the 429 was sent are not early retries."""


@dataclass(frozen=True, slots=True)
class Charge:
    """`key` names whose limit it is; `tells_when` False answers 429 without Retry-After."""

    key: tuple[str, ...]
    scope: str
    limit: str
    information: str
    amount: int
    allowed: float
    seconds: float
    tells_when: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    refused: Charge | None
    retry_after: int | None
    percentage: float
    is_early: bool


@dataclass(slots=True)
class _Window:
    starts: datetime
    used: float = 0.0


@dataclass(slots=True)
class _Penalty:
    since: datetime
    until: datetime


class Throttle:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._penalties: dict[tuple[str, ...], _Penalty] = {}

    def admit(self, charges: Sequence[Charge], scale: float) -> Verdict:
        """Takes the charges, or none of them when one does not fit."""
        now = self._clock()
        is_early = any(self._is_early(charge, now) for charge in charges)
        windows = [self._window(charge, now) for charge in charges]
        percentage = 0.0
        for charge, window in zip(charges, windows, strict=True):
            allowed = charge.allowed * scale
            if window.used + charge.amount > max(allowed, charge.amount):
                return self._refuse(charge, window, now, is_early)
            if charge.tells_when:
                percentage = max(percentage, (window.used + charge.amount) / allowed)
        for charge, window in zip(charges, windows, strict=True):
            window.used += charge.amount
            self._penalties.pop(charge.key, None)
        return Verdict(None, None, percentage, is_early)

    def _refuse(self, charge: Charge, window: _Window, now: datetime, is_early: bool) -> Verdict:
        ends = window.starts + timedelta(seconds=charge.seconds)
        wait = max(1, math.ceil((ends - now).total_seconds()))
        if not charge.tells_when:
            return Verdict(charge, None, 1.0, is_early)
        if charge.key not in self._penalties:
            self._penalties[charge.key] = _Penalty(now, now + timedelta(seconds=wait))
        return Verdict(charge, wait, 1.0, is_early)

    def _is_early(self, charge: Charge, now: datetime) -> bool:
        penalty = self._penalties.get(charge.key)
        if penalty is None:
            return False
        if now >= penalty.until - timedelta(seconds=0.05):
            del self._penalties[charge.key]
            return False
        return now > penalty.since + timedelta(seconds=EARLY_GRACE_SECONDS)

    def _window(self, charge: Charge, now: datetime) -> _Window:
        window = self._windows.get(charge.key)
        if window is None or now >= window.starts + timedelta(seconds=charge.seconds):
            window = self._windows[charge.key] = _Window(now)
        return window
