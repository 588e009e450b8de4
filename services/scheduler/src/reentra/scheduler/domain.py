"""When a schedule's slots are. All times are UTC: no hour is missing or comes twice when summer time begins or ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from reentra.common.clock import from_text, to_text
from reentra.common.errors import Rejected
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.identity import derived_job_id
from reentra.common.stores.documents import Json

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Of one tenant. `cron`, when given, decides instead of the frequency. `next_at` is a slot."""

    tenant_id: TenantId
    frequency_minutes: int
    cron: str | None
    next_at: datetime
    last_slot: datetime | None
    enabled: bool


def new_schedule(tenant_id: TenantId, frequency_minutes: int, now: datetime) -> Schedule:
    """Its first slot is one period away: whoever wants a backup at once asks for one."""
    return Schedule(tenant_id, frequency_minutes, None, now + timedelta(minutes=frequency_minutes), None, enabled=True)


def due_slot(schedule: Schedule, now: datetime) -> datetime | None:
    """The newest slot that is due, also when several were missed; None when it is not yet time."""
    if not schedule.enabled or now < schedule.next_at:
        return None
    if schedule.cron is not None:
        return max(schedule.next_at, next(_cron(schedule.cron, now + _INSTANT, reverse=True)))
    period = timedelta(minutes=schedule.frequency_minutes)
    return schedule.next_at + (now - schedule.next_at) // period * period


def after_slot(schedule: Schedule, slot: datetime) -> Schedule:
    return replace(schedule, last_slot=slot, next_at=_following(schedule, slot))


def with_frequency(schedule: Schedule, frequency_minutes: int, now: datetime) -> Schedule:
    """The next slot is one new period after the last one, or now if that is past."""
    if frequency_minutes == schedule.frequency_minutes:
        return schedule
    changed = replace(schedule, frequency_minutes=frequency_minutes)
    return replace(changed, next_at=max(now, _following(changed, schedule.last_slot or now)))


def with_cron(schedule: Schedule, expression: str | None, now: datetime) -> Schedule:
    changed = replace(schedule, cron=expression)
    return replace(changed, next_at=_following(changed, now))


def enabled_again(schedule: Schedule, now: datetime) -> Schedule:
    """What it missed while the tenant was away is not caught up."""
    return replace(schedule, enabled=True, next_at=_following(schedule, now))


def is_astray(schedule: Schedule, now: datetime) -> bool:
    """Its next slot is further away than it can be: the clock was far ahead when the last one fired. A clock that
    goes back by less than a period needs no mending: the slot is simply waited for."""
    next_if_fired_now = _following(schedule, now)
    return schedule.next_at > next_if_fired_now + (next_if_fired_now - now)


def mended(schedule: Schedule, now: datetime) -> Schedule:
    return replace(schedule, last_slot=None, next_at=_following(schedule, now))


def slot_job_id(schedule: Schedule, slot: datetime) -> JobId:
    return derived_job_id(slot, "schedule", schedule.tenant_id, to_text(slot))


def check_cron(expression: str) -> None:
    """Raises Rejected for what is no cron expression."""
    try:
        CronSim(expression, datetime(2026, 1, 1))
    except CronSimError as error:
        raise Rejected(f"{expression!r} is not a cron expression: {error}. Example: '0 2 * * *'.") from error


def to_body(schedule: Schedule) -> Json:
    return {
        "tenant_id": schedule.tenant_id,
        "frequency_minutes": schedule.frequency_minutes,
        "cron": schedule.cron,
        "next_at": to_text(schedule.next_at),
        "last_slot": to_text(schedule.last_slot) if schedule.last_slot else None,
        "enabled": schedule.enabled,
    }


def from_body(body: Json) -> Schedule:
    return Schedule(
        tenant_id=TenantId(body["tenant_id"]),
        frequency_minutes=body["frequency_minutes"],
        cron=body["cron"],
        next_at=from_text(body["next_at"]),
        last_slot=from_text(body["last_slot"]) if body["last_slot"] else None,
        enabled=body["enabled"],
    )


def _following(schedule: Schedule, slot: datetime) -> datetime:
    if schedule.cron is not None:
        return next(_cron(schedule.cron, slot))
    return slot + timedelta(minutes=schedule.frequency_minutes)


def _cron(expression: str, moment: datetime, *, reverse: bool = False) -> CronSim:
    return CronSim(expression, moment, reverse=reverse)
