"""What the ledger itself says on topics: the command that wakes a kind's service, and an end nobody else announced."""

from collections.abc import Mapping

from reentra.common.events.collector import BackupFinished
from reentra.common.events.envelope import Event
from reentra.common.events.exporter import ExportReady, ExportRequested
from reentra.common.events.restorer import RestoreFinished, RestorePlanned, RestorePlanRequested, RestoreRequested
from reentra.common.events.scheduler import BackupRequested
from reentra.common.jobs.job import Job, JobKind, JobStatus

_COMMANDS: Mapping[JobKind, type[Event]] = {
    "backup": BackupRequested,
    "export": ExportRequested,
    "restore_plan": RestorePlanRequested,
    "restore_apply": RestoreRequested,
}


def command_for(job: Job) -> Event:
    """A hint that the job can be worked on. Its handler wakes the pool and nothing else."""
    return _COMMANDS[job.kind](tenant_id=job.tenant_id, job_id=job.id)


def end_of(job: Job, status: JobStatus, message: str) -> Event:
    """For jobs that end without their service: cancelled before the start, given up, or broken by a defect."""
    match job.kind:
        case "backup":
            return BackupFinished(tenant_id=job.tenant_id, job_id=job.id, status=status, message=message)
        case "export":
            return ExportReady(tenant_id=job.tenant_id, job_id=job.id, status=status, message=message)
        case "restore_apply":
            return RestoreFinished(tenant_id=job.tenant_id, job_id=job.id, status=status, message=message)
    plan_id = str(job.params.get("plan_id", job.id))
    return RestorePlanned(
        tenant_id=job.tenant_id,
        job_id=job.id,
        plan_id=plan_id,
        steps=0,
        blockers=0,
        status=status,
        message=message,
    )
