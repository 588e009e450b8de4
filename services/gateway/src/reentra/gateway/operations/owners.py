"""Whose something is that a path names. What is of another tenant answers like what is not there, in the same words."""

from collections.abc import Mapping
from typing import Protocol

from reentra.common.errors import NotFound
from reentra.common.ids import JobId
from reentra.common.jobs.job import Job
from reentra.common.people import Reach
from reentra.common.stores.restores import RestorePlan

_LONGEST_ID = 100


class Ledger(Protocol):
    async def get(self, job_id: JobId) -> Job: ...


class Plans(Protocol):
    async def plan(self, plan_id: str) -> RestorePlan | None: ...


class Owners:
    def __init__(self, ledger: Ledger, plans: Plans) -> None:
        self._ledger = ledger
        self._plans = plans

    async def check(self, reach: Reach, named: Mapping[str, str]) -> None:
        """`named`: the path's parameters. Raises NotFound. Nothing is looked up for whoever may see everything."""
        if not reach.is_limited:
            return
        if (tenant_id := named.get("tenant_id")) is not None and not reach.has(tenant_id.lower()):
            raise NotFound(f"There is no tenant {tenant_id[:60]!r}.")
        if (job_id := named.get("job_id")) is not None:
            job = await self._ledger.get(JobId(job_id[:_LONGEST_ID]))
            if not reach.has(job.tenant_id):
                raise NotFound(f"There is no job {job.id!r}.", job_id=job.id)
        if (plan_id := named.get("plan_id")) is not None:
            plan = await self._plans.plan(plan_id[:_LONGEST_ID])
            if plan is None or not reach.has(plan.tenant_id):
                raise NotFound(f"There is no restore plan {plan_id[:_LONGEST_ID]!r}.")
