"""The checkpoint of a running backup: what each type has reached. A conditional write per page, or fewer.

Several types are read at the same time, one job document holds them all: writes are serialised here, those that wait
for one become one, and every so often one of them takes along an event that tells which types have moved.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from reentra.collector.domain.omissions import Refusal
from reentra.common.clients.graph import GraphStats
from reentra.common.clock import Clock, to_text
from reentra.common.events.collector import BackupProgressed, TypeProgress
from reentra.common.ids import ObjectTypeName
from reentra.common.jobs.job import Lease
from reentra.common.stores.documents import Json

TypeStatus = Literal["waiting", "reading", "done", "partial", "failed"]
_ENDED = ("done", "partial", "failed")
_SAME_WAIT = timedelta(seconds=1)


@dataclass(slots=True)
class TypeState:
    """Of one type in this run. `cursor`: the next page's link; `delta_link`: where the next backup starts;
    `parts`: objects whose pieces wait to be put together, as places; `sweeps`: relationship -> when it was read;
    `restarted`: a pass broke off, and another one reads the type from its beginning; `nothing_in_doubt`: that one need
    not know what an earlier one has stored, and goes on at its cursor; `omitted`: properties that Graph refused;
    `setbacks`: how often Graph gave no answer in spite of all patience; `singles`: objects asked one by one, and
    `put_off`: those of a full read that are still to be asked, by relationship; `replaced`: properties by
    object whose text is no Unicode; `absent_removed`: what a full read did not meet went with its only page."""

    status: TypeStatus = "waiting"
    mode: str = "full"
    pages_done: bool = False
    cursor: str | None = None
    delta_link: str | None = None
    full_at: str | None = None
    read: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    objects: int = 0
    reason: str | None = None
    warning: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    sweeps: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list[list[Any]]] = field(default_factory=dict)
    restarted: bool = False
    nothing_in_doubt: bool = False
    omitted: dict[str, Refusal] = field(default_factory=dict)
    setbacks: int = 0
    singles: int = 0
    put_off: dict[str, list[str]] = field(default_factory=dict)
    replaced: dict[str, list[str]] = field(default_factory=dict)
    absent_removed: bool = False


_NAMES = tuple(f.name for f in fields(TypeState))
_FRESH = TypeState()


@dataclass(slots=True)
class BackupState:
    """`setbacks`: how often Graph did not say whose directory it is; `spent`: what the backup has asked of Graph so
    far, by all processes that worked on it."""

    number: int
    started_at: str
    ordinal: int = 0
    setbacks: int = 0
    spent: Json = field(default_factory=dict)
    types: dict[str, TypeState] = field(default_factory=dict)

    def to_json(self) -> Json:
        """A copy. By hand, because `asdict` took a tenth of a backup's time: this is written with every page."""
        types = {name: _copy(state) for name, state in self.types.items()}
        return {
            "number": self.number,
            "started_at": self.started_at,
            "ordinal": self.ordinal,
            "setbacks": self.setbacks,
            "spent": self.spent,
            "types": types,
        }


def state_from_json(body: Json) -> BackupState:
    types = {name: TypeState(**t) for name, t in body["types"].items()}
    setbacks, spent = body.get("setbacks", 0), body.get("spent", {})
    return BackupState(body["number"], body["started_at"], body["ordinal"], setbacks, spent, types)


def _copy(state: TypeState) -> Json:
    """Without what a fresh one has too: most types wait or are done, and SQLite parses it once per index of jobs."""
    columns: Json = {n: value for n in _NAMES if (value := getattr(state, n)) != getattr(_FRESH, n)}
    for name in ("sweeps", "omitted"):
        if name in columns:
            columns[name] = dict(columns[name])
    for name in ("parts", "put_off", "replaced"):
        if name in columns:
            columns[name] = {key: list(values) for key, values in columns[name].items()}
    return columns


class Checkpoint:
    """What a backup has reached, saved and told. `throttled_for`: how many seconds Graph still wants nothing.
    `is_fresh`: this process began the backup, so that nothing is stored of it that the state does not tell."""

    def __init__(
        self,
        lease: Lease,
        state: BackupState,
        stats: GraphStats,
        progress_interval_seconds: float,
        *,
        throttled_for: Callable[[], float],
        clock: Clock,
        is_fresh: bool = False,
        store: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`store`: makes durable what the state already counts as stored, before it is saved."""
        self.state = state
        self._store = store
        self.is_fresh = is_fresh
        self._stats = stats
        self._throttled_for = throttled_for
        self._clock = clock
        self._throttled_until: datetime | None = None
        self._earlier = dict(state.spent)
        self._lease = lease
        self._interval = progress_interval_seconds
        self._lock = asyncio.Lock()
        self._announced: dict[str, float] = {}
        self._noted: dict[str, None] = {}
        self._told = -math.inf
        self._must_tell = False
        self._is_behind = False
        self._asked = 0
        self._saved = 0

    @property
    def epoch(self) -> int:
        return self._lease.epoch

    def count_spent(self) -> Json:
        """What this process spent comes on top of what it found; the requests after a crash's last checkpoint are lost
        to the count."""
        mine = self._stats.to_json()
        self.state.spent = {name: self._earlier.get(name, 0) + amount for name, amount in mine.items()}
        return self.state.spent

    def take_ordinal(self) -> int:
        """Segment ordinals of a snapshot are handed out once; one that a crash left unused is simply missing."""
        self.state.ordinal += 1
        return self.state.ordinal

    def note(self, object_type: ObjectTypeName) -> None:
        """That a type begins or ends is worth no write of its own: it is saved with a later page, by `keep`, or before
        the manifest."""
        self._announced[object_type] = time.monotonic()
        self._noted.pop(object_type, None)
        self._noted[object_type] = None

    async def save(self, object_type: ObjectTypeName, *, announce: bool = False) -> None:
        """Raises Stale (another worker took over) and JobCancelled."""
        if announce or time.monotonic() - self._announced.get(object_type, -math.inf) >= self._interval:
            self.note(object_type)
        await self._write()

    def save_soon(self) -> None:
        """With the next page, or by `keep`. For the last page of a type, which of most types is the only one: a write
        for each took a tenth of what a tenant of 1,000 users costs."""
        self._is_behind = True

    async def keep(self, ended: asyncio.Event) -> None:
        """Until told: what was noted waits no longer than the progress interval. Cancelling alone would not do (see
        `common.jobs.stopping`)."""
        while not ended.is_set():
            try:
                async with asyncio.timeout(self._interval):
                    await ended.wait()
            except TimeoutError:
                self._note_throttling()
                await self.save_noted()

    def _note_throttling(self) -> None:
        """Told when it begins, when Graph asks for more, and when it is over."""
        seconds, was = self._throttled_for(), self._throttled_until
        until = self._clock.now() + timedelta(seconds=seconds) if seconds > 0 else None
        if until == was or (until and was and abs(until - was) < _SAME_WAIT):
            return
        self._throttled_until = until
        for object_type, t in self.state.types.items():
            if t.status not in _ENDED:
                self.note(ObjectTypeName(object_type))

    async def save_noted(self) -> None:
        if self._noted or self._is_behind:
            self._must_tell = True
            await self._write()

    def take_noted(self) -> Sequence[BackupProgressed]:
        """What was not told yet, for whoever tells something that ends it all."""
        noted, self._noted = self._noted, {}
        return self._told_of(noted)

    async def _write(self) -> None:
        """Whoever waits for a write to end shares the next one with all who wait. What was noted goes out with it once
        an interval."""
        self._asked += 1
        mine = self._asked
        async with self._lock:
            if self._saved >= mine:
                return
            if self._store is not None:
                await self._store()
            covered, self._is_behind = self._asked, False
            noted: dict[str, None] = {}
            if self._must_tell or time.monotonic() - self._told >= self._interval:
                noted, self._noted, self._must_tell = self._noted, {}, False
            self.count_spent()
            progress = progress_of(self.state, self._throttled_until) if noted else None
            try:
                await self._lease.commit(state=self.state.to_json(), progress=progress, events=self._told_of(noted))
            except (
                BaseException
            ):  # `keep` may be cancelled here: whether it was written is not known, twice is harmless
                self._noted, self._is_behind = noted | self._noted, True
                raise
            self._saved = covered
            if noted:
                self._told = time.monotonic()

    def _told_of(self, noted: Iterable[str]) -> Sequence[BackupProgressed]:
        """One message, after the type that was noted last; none when nothing was noted."""
        types = {name: self._progress_of_type(name) for name in noted}
        if not types:
            return ()
        job, (object_type, last) = self._lease.job, types.popitem()
        event = BackupProgressed(
            tenant_id=job.tenant_id,
            job_id=job.id,
            object_type=object_type,
            **last.model_dump(),
            requests=self._earlier.get("requests", 0) + self._stats.requests,
            throttled_seconds=round(self._earlier.get("throttled_seconds", 0) + self._stats.throttled_seconds, 3),
            others=types,
        )
        return (event,)

    def _progress_of_type(self, name: str) -> TypeProgress:
        t = self.state.types[name]
        status = _shown(t, self._throttled_until)
        return TypeProgress(status=status, read=t.read, changed=t.added + t.changed, removed=t.removed)


def progress_of(state: BackupState, throttled_until: datetime | None = None) -> Json:
    """What people see: per type counts, how many types are through, and until when Graph wants nothing."""
    shown = ("mode", "read", "added", "changed", "removed", "reason")
    types: Mapping[str, Any] = {
        n: {"status": _shown(t, throttled_until), **{k: getattr(t, k) for k in shown}} for n, t in state.types.items()
    }
    finished = sum(t.status in _ENDED for t in state.types.values())
    percent = round(100 * finished / max(1, len(state.types)))
    progress = {"phase": "reading", "snapshot": state.number, "percent": percent, "types": types}
    return progress if throttled_until is None else progress | {"throttled_until": to_text(throttled_until)}


def _shown(state: TypeState, throttled_until: datetime | None) -> str:
    return "throttled" if throttled_until is not None and state.status == "reading" else state.status
