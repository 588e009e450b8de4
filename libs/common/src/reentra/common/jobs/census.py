"""How much there is to do, by the ledger itself: for people who watch, and for whatever adds and removes workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from reentra.common.clock import to_text
from reentra.common.jobs.documents import JOBS, UNFINISHED
from reentra.common.jobs.job import JobKind
from reentra.common.stores.documents import Above, Below, Collection, Condition, Documents

JobState = Literal["queued", "waiting", "running"]
WORKERS: Mapping[str, tuple[JobKind, ...]] = MappingProxyType(
    {"collector": ("backup",), "exporter": ("export",), "restorer": ("restore_plan", "restore_apply")}
)
"""The service that works on each kind of job."""
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Census:
    """`jobs`: unfinished ones. `outboxes`: by collection, how many documents hold events that are not published."""

    jobs: Mapping[tuple[JobKind, JobState], int]
    outboxes: Mapping[str, int]

    def work(self, service: str) -> int:
        """Jobs that a worker has in hand or could take now. Those in hand count too: a service that is made smaller
        as soon as its queue is empty would be stopped in the middle of its work."""
        return sum(self.jobs[kind, "queued"] + self.jobs[kind, "running"] for kind in WORKERS[service])


async def take_census(documents: Documents, outboxes: Sequence[Collection]) -> Census:
    jobs: dict[tuple[JobKind, JobState], int] = {}
    due = Below(to_text(await documents.now() + _TICK))
    for kind in (kind for kinds in WORKERS.values() for kind in kinds):
        queued: dict[str, Condition] = {**UNFINISHED, "kind": kind, "status": "queued"}
        runnable = await documents.count(JOBS, {**queued, "runnable_at": due})
        jobs[kind, "queued"] = runnable
        jobs[kind, "waiting"] = max(0, await documents.count(JOBS, queued) - runnable)
        jobs[kind, "running"] = await documents.count(JOBS, {**queued, "status": "running"})
    waiting = {each.name: await documents.count(each, {"outbox_at": Above("")}) for each in outboxes}
    return Census(jobs, waiting)
