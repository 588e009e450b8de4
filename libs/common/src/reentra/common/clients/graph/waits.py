"""Until when nobody sends to a tenant: known to all apps and jobs of this process, and to other processes through the
store.

Graph counts a request before `Retry-After` is over against the tenant, whoever sends it: another job, the other app,
another process, or the one that takes the place of one that was killed while it waited. So a wait is stored before
anybody sleeps, and whoever sends looks for the waits of others, once a second at most.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Protocol

import structlog

from reentra.common.clients.graph.costs import LANES, LaneName
from reentra.common.clients.graph.pace import MARGIN_SECONDS, SPACING_SECONDS, Pace
from reentra.common.errors import ReentraError
from reentra.common.ids import TenantId

log = structlog.get_logger()

_LOOKED_UP_SECONDS = 1.0


class WaitMemory(Protocol):
    async def remaining(self, cloud: str, tenant_id: TenantId) -> Mapping[str, float]:
        """Seconds by lane, of waits that are not over."""

    async def keep(self, cloud: str, tenant_id: TenantId, lanes: tuple[str, ...], seconds: float) -> None:
        """Durable when it returns. A longer wait that is stored already stays."""


class TenantWaits:
    """What all apps of one tenant share."""

    def __init__(self, pace: Pace, cloud: str, tenant_id: TenantId, memory: WaitMemory | None, started: float) -> None:
        self._pace = pace
        self._cloud = cloud
        self._tenant_id = tenant_id
        self._memory = memory
        self._recalling = asyncio.Lock()
        self._recalled = False
        self._look_again_at = 0.0 if memory is not None else math.inf
        self._until: dict[LaneName, float] = dict.fromkeys(LANES, 0.0)
        self.next_slow_turn = 0.0 if memory is None else started + SPACING_SECONDS + MARGIN_SECONDS
        """The process before this one may have asked a moment before this one started."""

    def until(self, lane: LaneName) -> float:
        return self._until[lane]

    async def recall(self) -> None:
        """What other processes were told, before this one began and since. Once that is known for the first time, a
        store that fails for a while holds up nobody."""
        if self._memory is None or self._pace.now() < self._look_again_at:
            return
        async with self._recalling:
            if self._pace.now() < self._look_again_at:
                return
            try:
                remaining = await self._memory.remaining(self._cloud, self._tenant_id)
            except ReentraError as error:
                if not self._recalled:
                    raise
                log.warning("waits not looked up", tenant_id=self._tenant_id, reason=error.message)
                remaining = {}
            for lane, seconds in remaining.items():
                if lane in self._until:
                    self._extend((lane,), seconds)
            self._recalled = True
            self._look_again_at = self._pace.now() + _LOOKED_UP_SECONDS

    async def close(self, lanes: tuple[LaneName, ...], seconds: float) -> None:
        """At once for this process, then durably. A store that fails does not hide what Graph's answer means."""
        self._extend(lanes, seconds)
        if self._memory is None:
            return
        try:
            await self._memory.keep(self._cloud, self._tenant_id, lanes, seconds + MARGIN_SECONDS)
        except ReentraError as error:
            log.warning("wait not stored", tenant_id=self._tenant_id, seconds=seconds, reason=error.message)

    def _extend(self, lanes: tuple[LaneName, ...], seconds: float) -> None:
        until = self._pace.now() + seconds + MARGIN_SECONDS
        self._until.update({lane: max(self._until[lane], until) for lane in lanes})


class Waits:
    """One for all Graph clients of a process."""

    def __init__(self, memory: WaitMemory | None = None, pace: Pace | None = None) -> None:
        self._memory = memory
        self._pace = pace or Pace()
        self._started = self._pace.now()
        self._tenants: dict[tuple[str, TenantId], TenantWaits] = {}

    def of(self, cloud: str, tenant_id: TenantId) -> TenantWaits:
        key = (cloud, tenant_id)
        if key not in self._tenants:
            self._tenants[key] = TenantWaits(self._pace, cloud, tenant_id, self._memory, self._started)
        return self._tenants[key]
