"""How a job goes on when its operation did not end it: what was raised decides."""

from datetime import timedelta

import structlog

from reentra.common.clock import to_text
from reentra.common.errors import ReentraError, RetryLater, Stale
from reentra.common.jobs.announcements import end_of
from reentra.common.jobs.job import LONGEST_WAIT, JobCancelled, JobStatus
from reentra.common.jobs.lease import DocumentLease

log = structlog.get_logger()

_DEFAULT_WAIT_SECONDS = 60.0


async def end_with_error(lease: DocumentLease, error: BaseException | None) -> None:
    """RetryLater: queued again after the wait. JobCancelled: cancelled. Stale: nothing, it is not ours. Anything
    else, also returning without an outcome: failed, with a sentence for people and the traceback in the log."""
    cause = _decisive(error) if error is not None else None
    match cause:
        case Stale():
            log.info("job was taken over", job_id=lease.job.id, epoch=lease.epoch)
        case JobCancelled():
            await _end(lease, "cancelled", "cancelled", "It was cancelled.")
        case RetryLater():
            await _wait(lease, cause)
        case ReentraError():
            await _end(lease, "failed", cause.code, cause.message)
        case _:
            log.error("job failed by a defect", job_id=lease.job.id, kind=lease.job.kind, exc_info=cause)
            name = type(cause).__name__ if cause is not None else "it ended without an outcome"
            message = f"The job stopped because of a defect in Reentra ({name}). The log tells more under its job id."
            await _end(lease, "failed", "defect", message)


async def _wait(lease: DocumentLease, cause: RetryLater) -> None:
    seconds = cause.fields.get("after_seconds")
    wait = seconds if isinstance(seconds, int | float) else _DEFAULT_WAIT_SECONDS
    due = await lease.moment_in(timedelta(seconds=max(0.0, min(wait, LONGEST_WAIT.total_seconds()))))
    log.info("job waits", job_id=lease.job.id, until=to_text(due), reason=cause.message)
    await lease.wait_until(to_text(due), error={"code": cause.code, "message": cause.message})


async def _end(lease: DocumentLease, status: JobStatus, code: str, message: str) -> None:
    announcement = end_of(lease.job, status, message)
    await lease.finish(status, error={"code": code, "message": message}, events=[announcement])


def _decisive(error: BaseException) -> BaseException:
    """Of a task group's errors the one that says most: lost, cancelled, a defect or refusal, then a wait."""
    leaves = _leaves(error)
    for kind in (Stale, JobCancelled):
        for leaf in leaves:
            if isinstance(leaf, kind):
                return leaf
    return next((leaf for leaf in leaves if not isinstance(leaf, RetryLater)), leaves[0])


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]
