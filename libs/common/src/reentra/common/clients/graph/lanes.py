"""Politeness per tenant: how much may be sent now, and who waits until when.

Three limits (GRAPH.md 7): resource units per ten seconds and writes per 150 seconds, for one app in one tenant; one
request per second for Conditional Access and named locations, for all apps of a tenant together. A 429 or 503 blocks
every lane until Graph's own `Retry-After` is over, never a moment earlier.
"""

from collections import deque
from collections.abc import Mapping

from reentra.common.clients.graph.costs import LANES, LaneName
from reentra.common.clients.graph.pace import LOOK_SECONDS, MARGIN_SECONDS, SPACING_SECONDS, Pace, Unwanted
from reentra.common.clients.graph.waits import TenantWaits

_UNITS_SECONDS = 10.0
_SMALL, _MEDIUM, _LARGE = 3_500, 5_000, 8_000
_MEDIUM_USERS, _LARGE_USERS = 50, 500
_WRITES, _WRITES_SECONDS = 3_000, 150.0
_SLOW_FROM = 0.8


class Window:
    """At most `limit` within any `seconds`: a sliding window, exact for every way in which Graph may count."""

    def __init__(self, limit: float, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def wait_seconds(self, now: float, cost: int, scale: float = 1.0) -> float:
        """0 when there is room."""
        self._forget(now)
        excess = self._sum + cost - max(self.limit * scale, cost)
        if excess <= 0:
            return 0.0
        for at, spent in self._spent:
            excess -= spent
            if excess <= 0:
                return at + self.seconds - now
        return self.seconds

    def spend(self, now: float, cost: int) -> None:
        self._spent.append((now, cost))
        self._sum += cost

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now - self.seconds:
            self._sum -= self._spent.popleft()[1]


class Lanes:
    """The lanes of one app in one tenant. They outlive a client: limits count across runs."""

    def __init__(self, waits: TenantWaits, pace: Pace, share: float) -> None:
        self._waits = waits
        self._pace = pace
        self._share = share
        self._units = Window(_SMALL * share, _UNITS_SECONDS)
        self._writes = Window(_WRITES * share, _WRITES_SECONDS)
        self._scale = 1.0
        self._scaled_until = 0.0
        self._users_seen = 0

    @property
    def blocked_seconds(self) -> float:
        """How long still at least one lane is closed because Graph throttled it; 0 when none is."""
        return max(0.0, *(self._waits.until(lane) - self._pace.now() for lane in LANES))

    def told_users(self, users: int) -> None:
        """A tenant of that size has these limits; small is assumed until somebody knows."""
        self._users_seen = max(self._users_seen, users)
        limit = _LARGE if users > _LARGE_USERS else _MEDIUM if users >= _MEDIUM_USERS else _SMALL
        self._units.limit = max(self._units.limit, limit * self._share)

    def saw_users(self, more: int) -> None:
        if self._users_seen <= _LARGE_USERS:
            self.told_users(self._users_seen + more)

    async def enter(
        self, lane: LaneName, units: int, writes: int, *, patience: float, unwanted: Unwanted | None = None
    ) -> float:
        """Waits for a turn and takes it. Returns the seconds waited, or a negative number when the wait would exceed
        `patience` or is `unwanted`: minus the seconds that are needed. No turn is taken then."""
        await self._waits.recall()
        waited = 0.0
        while (pause := self._pause(lane, units, writes)) > 0:
            if waited + pause > patience:
                return -(waited + pause)
            slept = min(pause, LOOK_SECONDS) if unwanted else pause
            await self._pace.sleep(slept)
            waited += slept
            if unwanted and slept < pause and await unwanted():
                return slept - pause
        self._take(lane, units, writes)
        return waited

    def _pause(self, lane: LaneName, units: int, writes: int) -> float:
        now = self._pace.now()
        pause = self._waits.until(lane) - now
        if lane == "conditional_access":
            pause = max(pause, self._waits.next_slow_turn - now)
        scale = self._scale if now < self._scaled_until else 1.0
        pause = max(pause, self._units.wait_seconds(now, units, scale))
        if writes:
            pause = max(pause, self._writes.wait_seconds(now, writes, scale))
        return pause

    def _take(self, lane: LaneName, units: int, writes: int) -> None:
        now = self._pace.now()
        self._units.spend(now, units)
        if writes:
            self._writes.spend(now, writes)
        if lane == "conditional_access":
            self._waits.next_slow_turn = now + SPACING_SECONDS + MARGIN_SECONDS

    def heed(self, headers: Mapping[str, str]) -> None:
        """Graph says from 0.8 on how near the limit is (`x-ms-throttle-limit-percentage`): slow down for a window."""
        try:
            percentage = float(headers.get("x-ms-throttle-limit-percentage", "0"))
        except ValueError:
            return
        if percentage >= _SLOW_FROM:
            self._scale = max(0.25, 1.6 - percentage)
            self._scaled_until = self._pace.now() + _UNITS_SECONDS

    def correct(self, estimated: int, actual: int) -> None:
        """The estimate was spent before; Graph's own number counts."""
        if actual != estimated:
            self._units.spend(self._pace.now(), actual - estimated)

    async def block(self, lane: LaneName, seconds: float) -> None:
        """For a pause of our own choice."""
        await self._waits.close((lane,), seconds)

    async def keep_away(self, seconds: float) -> None:
        """Graph's own `Retry-After`: it counts per app and tenant, whatever is asked meanwhile (throttling)."""
        await self._waits.close(LANES, seconds)

    def answered(self, lane: LaneName) -> None:
        """How long a request was on its way is unknown: the second of the slow lane counts from its answer."""
        if lane == "conditional_access":
            self._waits.next_slow_turn = self._pace.now() + SPACING_SECONDS + MARGIN_SECONDS
