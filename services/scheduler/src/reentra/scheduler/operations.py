"""What the scheduler does: keep the schedules in step with the tenants, and make jobs of due slots."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from reentra.common.clock import from_text, to_text
from reentra.common.errors import Conflict, NotFound, Rejected, Stale
from reentra.common.events.auth import TenantConnected
from reentra.common.ids import TenantId
from reentra.common.jobs.identity import derived_job_id
from reentra.common.jobs.job import Job, NewJob, backup_key
from reentra.common.stores.documents import Below, Document, Documents, Query
from reentra.common.stores.schedules import SCHEDULES
from reentra.common.stores.tenants import Tenant
from reentra.common.testing.failpoints import failpoint
from reentra.scheduler import domain
from reentra.scheduler.domain import Schedule

log = structlog.get_logger()

_PAGE = 100
_CREATED_BY = "schedule"
_INSTANT = timedelta(microseconds=1)


class Tenants(Protocol):
    async def get(self, tenant_id: TenantId) -> Tenant | None: ...

    async def list(self) -> Sequence[Tenant]: ...


class JobLedger(Protocol):
    async def submit(self, new: NewJob) -> Job: ...


class Scheduling:
    """The only writer of the schedules. Time is the store's, so that several schedulers agree."""

    def __init__(self, documents: Documents, jobs: JobLedger, tenants: Tenants) -> None:
        self._documents = documents
        self._jobs = jobs
        self._tenants = tenants

    async def next_at(self, tenant_id: TenantId) -> datetime | None:
        """None when nothing is scheduled for the tenant."""
        document = await self._documents.get(SCHEDULES, tenant_id)
        schedule = domain.from_body(document.body) if document else None
        return schedule.next_at if schedule and schedule.enabled else None

    async def greet_tenant(self, event: TenantConnected) -> None:
        """Its schedule, and the immediate backup if that was asked for; once, however often the message comes."""
        if event.tenant_id is None:
            raise Rejected("A tenant was announced without its id.")
        tenant_id = TenantId(event.tenant_id)
        await self.follow_tenant(tenant_id)
        if event.immediate_backup and _is_served(await self._tenants.get(tenant_id)):
            job_id = derived_job_id(from_text(event.time), "connected", tenant_id, event.event_id)
            await self._submit(NewJob("backup", tenant_id, {}, _CREATED_BY, backup_key(tenant_id), id=job_id))

    async def follow_tenant(self, tenant_id: TenantId) -> None:
        """Brings the schedule in step with what the tenant's document says now."""
        tenant = await self._tenants.get(tenant_id)
        document = await self._documents.get(SCHEDULES, tenant_id)
        await self._follow(tenant_id, tenant, document, await self._documents.now())

    async def follow_all(self) -> None:
        """For facts that never came: all tenants, and the schedules whose tenant is gone."""
        schedules = {document.id: document for document in await self._all()}
        tenants = {tenant.id: tenant for tenant in await self._tenants.list()}
        now = await self._documents.now()
        for tenant_id, tenant in tenants.items():
            await self._follow(tenant_id, tenant, schedules.get(tenant_id), now)
        for id in schedules.keys() - tenants.keys():
            if schedules[id].body["enabled"]:
                await self.follow_tenant(TenantId(id))

    async def _follow(
        self, tenant_id: TenantId, tenant: Tenant | None, document: Document | None, now: datetime
    ) -> None:
        if document is not None:
            await self._replace(document, _in_step(domain.from_body(document.body), tenant, now))
        elif tenant is not None and _is_served(tenant):
            await self._insert(domain.new_schedule(tenant_id, tenant.frequency_minutes, now))

    async def set_cron(self, tenant_id: TenantId, expression: str | None) -> None:
        """Slots by a cron expression in UTC instead of the tenant's frequency. None: by frequency again."""
        if expression is not None:
            domain.check_cron(expression)
        document = await self._documents.get(SCHEDULES, tenant_id)
        if document is None:
            raise NotFound(f"Tenant {tenant_id} has no schedule. Connect it first.", tenant_id=tenant_id)
        now = await self._documents.now()
        await self._replace(document, domain.with_cron(domain.from_body(document.body), expression, now))

    async def fire_due(self) -> int:
        """Makes jobs of all slots that are due. How many jobs."""
        now = await self._documents.now()
        fired = 0
        due = Query({"enabled": True, "next_at": Below(to_text(now + _INSTANT))}, "next_at", limit=_PAGE)
        while found := await self._documents.find(SCHEDULES, due):
            for document in found:
                fired += await self._fire(document, now)
        return fired

    async def _fire(self, document: Document, now: datetime) -> bool:
        schedule = domain.from_body(document.body)
        slot = domain.due_slot(schedule, now)
        if slot is None:
            return False
        tenant_id = schedule.tenant_id
        new = NewJob("backup", tenant_id, {}, _CREATED_BY, backup_key(tenant_id), id=domain.slot_job_id(schedule, slot))
        made = await self._submit(new)
        failpoint("scheduler.after-submit")
        await self._replace(document, domain.after_slot(schedule, slot))
        log.info("slot fired" if made else "slot passed by", tenant_id=tenant_id, slot=to_text(slot))
        return made

    async def _submit(self, new: NewJob) -> bool:
        """False when this slot's job exists already, or an earlier backup is not over yet."""
        try:
            await self._jobs.submit(new)
        except Conflict:
            return False
        return True

    async def _all(self) -> list[Document]:
        every: list[Document] = []
        after: tuple[None, str] | None = None
        while found := await self._documents.find(SCHEDULES, Query(after=after)):
            every += found
            after = (None, found[-1].id)
        return every

    async def _insert(self, schedule: Schedule) -> None:
        try:
            await self._documents.insert(SCHEDULES, schedule.tenant_id, domain.to_body(schedule))
        except Conflict:
            return  # another scheduler made it at the same moment, from the same truth

    async def _replace(self, document: Document, schedule: Schedule) -> None:
        body = domain.to_body(schedule)
        if body == document.body:
            return
        try:
            await self._documents.replace(SCHEDULES, document.id, body, revision=document.revision)
        except Stale:
            return  # another scheduler was here; what is left to do is seen at the next tick


def _is_served(tenant: Tenant | None) -> bool:
    """Also while consent is missing: the next backup finds out whether it is back, or says that it is not."""
    return tenant is not None and tenant.state in ("healthy", "needs_consent")


def _in_step(schedule: Schedule, tenant: Tenant | None, now: datetime) -> Schedule:
    if tenant is None or not _is_served(tenant):
        return replace(schedule, enabled=False)
    if not schedule.enabled:
        schedule = domain.enabled_again(schedule, now)
    if domain.is_astray(schedule, now):
        log.warning("schedule mended after the clock went back", tenant_id=schedule.tenant_id)
        schedule = domain.mended(schedule, now)
    return domain.with_frequency(schedule, tenant.frequency_minutes, now)
