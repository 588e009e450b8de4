"""`run_apply`: a plan is carried out, read back, and told.

1. It waits for its turn: one restore of a tenant writes at a time (`turns`).
2. The plan's steps must be those that were shown (hash). What an earlier run achieved is recalled from the ledger.
3. Chunks in order (`execution`). A failed step never stops others; what needs it is skipped with the reason.
4. Reading back: the touched objects are planned again; what a plan would still change is a difference. Replicas lag,
   so differences are looked at several times before they count.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from reentra.common.clients.graph import GraphError
from reentra.common.directory.catalog import object_type
from reentra.common.errors import NeedsConsent, Rejected, RetryLater
from reentra.common.events.restorer import RestoreFinished, RestoreProgressed
from reentra.common.ids import SnapshotNumber
from reentra.common.jobs.job import JobCancelled, JobStatus, Lease
from reentra.common.stores.restores import RestorePlan
from reentra.common.testing.failpoints import failpoint
from reentra.restorer.domain.choice import choice_of
from reentra.restorer.domain.steps import Draft, Remark, makes_or_changes
from reentra.restorer.operations.execution import FINAL, Execution, carried_over
from reentra.restorer.operations.plan import Tools, draft_of_undo, manner_of, open_desk
from reentra.restorer.operations.plans import Chunk
from reentra.restorer.operations.summary import (
    Left,
    counts_of,
    message_of,
    not_read_back,
    progress_of,
    result_of,
    rows_of,
    status_of,
    stopped,
)
from reentra.restorer.operations.waiting import hearing
from reentra.restorer.operations.wanted import Selection

log = structlog.get_logger()
_NOT_LOOKED_FOR = "It was cancelled before it was known whether this happened. Plan again."


async def run_apply(lease: Lease, tools: Tools) -> None:
    """Ends the job, except for RetryLater (the pool gives it back) and Stale (it is not ours any more)."""
    await _take_turn(lease, tools)
    plan, chunks = await _opened(lease, tools)
    try:
        if lease.job.cancel_requested:
            raise JobCancelled
        execution = await _execution(lease, tools, plan, chunks)
        compare = await _comparison(tools, plan, chunks, execution)
        for number, chunk in enumerate(chunks):
            if any(outcome["state"] not in FINAL for outcome in chunk.outcomes):
                await execution.run(chunk)
                await _tell(lease, chunks, number)
        failpoint("restorer.after-steps")
        await lease.commit(progress={"phase": "reading back", **progress_of(chunks)})
        left = await _read_back(replace(tools, sleep=hearing(lease, tools.sleep)), chunks, compare)
        failpoint("restorer.after-read-back")
    except JobCancelled:
        await _leave_unknown(tools, chunks)
        await _end(lease, "cancelled", plan, chunks, None, "The restore was cancelled; what was done stays done.")
        return
    except RetryLater:
        raise
    except (NeedsConsent, GraphError) as refused:
        done, total = counts_of(chunks)["confirmed"], sum(len(chunk.steps) for chunk in chunks)
        is_through = all(outcome["state"] in FINAL for _, outcome in rows_of(chunks))
        message = (not_read_back if is_through else stopped)(done, total, refused.message)
        await _end(lease, "partial" if done else "failed", plan, chunks, None, message, code=refused.code)
        return
    await _end(lease, status_of(plan, chunks, left), plan, chunks, left, "")


async def _take_turn(lease: Lease, tools: Tools) -> None:
    try:
        await tools.turns.take(lease.job.tenant_id, lease.job.id)
    except RetryLater:
        await lease.commit(progress={"phase": "waiting for another restore"})  # and hears whether it was cancelled
        raise


async def _opened(lease: Lease, tools: Tools) -> tuple[RestorePlan, list[Chunk]]:
    job = lease.job
    plan = await tools.plans.plan(str(job.params["plan_id"]))
    if plan.tenant_id != job.tenant_id:
        raise Rejected(f"Restore plan {plan.id} is not of this tenant.")
    chunks = await tools.plans.chunks(plan)
    if any(makes_or_changes(step) and outcome["state"] != "confirmed" for step, outcome in rows_of(chunks)):
        raise Rejected(
            f"Restore plan {plan.id} was made by an older version, in a way that could change a group of somebody else "
            "who took a uniqueName since; plan again."
        )
    return plan, chunks


async def _execution(lease: Lease, tools: Tools, plan: RestorePlan, chunks: Sequence[Chunk]) -> Execution:
    rights = await tools.read_rights(plan.tenant_id)  # renews the token: the consent that the plan asked for may be new
    writer, reader = await tools.open_writer(plan.tenant_id), await tools.open_reader(plan.tenant_id)
    goes_on = bool(lease.job.state)  # otherwise another job was at it, and later restores may know better
    if not goes_on:
        await _open_again(tools, chunks)
        await lease.commit(state={"plan_id": plan.id}, progress={"phase": "writing", **progress_of(chunks)})
        failpoint("restorer.after-begin")
    book = await tools.open_book(plan.tenant_id)
    execution = Execution(
        plan.id, tools.plans, reader, writer, tools.settings, hearing(lease, tools.sleep), book, rights
    )
    for chunk in chunks:
        execution.recall(chunk)
        if goes_on:
            await execution.keep_ids(chunk)
    return execution


async def _open_again(tools: Tools, chunks: Sequence[Chunk]) -> None:
    """A new job for a plan that was tried before: what is not confirmed gets another chance. An unknown one counts as
    sent, so that it is looked for before it goes out again."""
    for chunk in chunks:
        changed = False
        for outcome in chunk.outcomes:
            if outcome["state"] in ("failed", "skipped", "unknown"):
                state = "sent" if outcome["state"] == "unknown" else "planned"
                written = carried_over(outcome)
                outcome.clear()
                outcome.update(state=state, **written)
                changed = True
        if changed:
            await tools.plans.save(chunk)


async def _leave_unknown(tools: Tools, chunks: Sequence[Chunk]) -> None:
    """Cancelled: what was on its way then is not looked for any more."""
    for chunk in chunks:
        on_their_way = [outcome for outcome in chunk.outcomes if outcome["state"] == "sent"]
        for outcome in on_their_way:
            outcome.update(state="unknown", message=_NOT_LOOKED_FOR)
        if on_their_way:
            await tools.plans.save(chunk)


async def _tell(lease: Lease, chunks: Sequence[Chunk], number: int) -> None:
    progress = progress_of(chunks)
    event = RestoreProgressed(
        tenant_id=lease.job.tenant_id,
        job_id=lease.job.id,
        done=progress["done"],
        total=progress["total"],
        failed=progress["failed"],
    )
    state = {**lease.job.state, "chunk": number}
    await lease.commit(state=state, progress={"phase": "writing", **progress}, events=[event])
    failpoint("restorer.after-chunk")


Comparison = Callable[[], Awaitable[tuple[Draft, Sequence[Remark]]]]
"""What a new plan of the same would still do, and what cannot be compared: it was damaged since the plan was made."""


async def _comparison(tools: Tools, plan: RestorePlan, chunks: Sequence[Chunk], execution: Execution) -> Comparison:
    if plan.undo_of is not None:
        undone = await tools.plans.plan(plan.undo_of)

        async def compare_with_before() -> tuple[Draft, Sequence[Remark]]:
            return await draft_of_undo(tools, undone), ()

        return compare_with_before
    touched: dict[str, dict[str, None]] = {}
    for step, _ in rows_of(chunks):
        if not step.repair:
            touched.setdefault(step.object_type, {})[step.object_id] = None
    desk = await open_desk(tools, plan.tenant_id, SnapshotNumber(plan.snapshot))
    manner, choice = manner_of(plan.selection), choice_of(plan.selection)

    async def compare() -> tuple[Draft, Sequence[Remark]]:
        view = desk.view()
        wanted = []
        for name, ids in touched.items():
            selection = Selection(SnapshotNumber(plan.snapshot), (object_type(name).name,), tuple(ids))
            wanted += (await view.selected(selection))[0]
        damaged = tuple(view.damaged.values())
        if not wanted:
            return Draft(), damaged
        return await desk.draft(wanted, dict(execution.ids), manner, view=view, choice=choice), damaged

    return compare


async def _read_back(tools: Tools, chunks: Sequence[Chunk], compare: Comparison) -> Left:
    unsuccessful = {step.object_id for step, outcome in rows_of(chunks) if outcome["state"] != "confirmed"}
    pause = tools.settings.first_pause_seconds
    for attempt in range(tools.settings.read_back_attempts):
        draft, damaged = await compare()
        unexplained = sum(step.object_id not in unsuccessful for step in draft.steps)
        if not unexplained or attempt + 1 == tools.settings.read_back_attempts:
            break
        await tools.sleep(pause)
        pause = min(tools.settings.longest_pause_seconds, pause * 2)
    return Left(draft, unexplained, damaged)


async def _end(
    lease: Lease,
    status: JobStatus,
    plan: RestorePlan,
    chunks: Sequence[Chunk],
    left: Left | None,
    message: str,
    *,
    code: str = "",
) -> None:
    job, counts = lease.job, counts_of(chunks)
    message = message or message_of(status, counts, plan, left)
    await lease.finish(
        status,
        result=result_of(plan, chunks, left, message),
        error=None if status == "succeeded" else {"code": code or status, "message": message},
        progress={"phase": "finished", **progress_of(chunks), "percent": 100},
        events=[
            RestoreFinished(
                tenant_id=job.tenant_id,
                job_id=job.id,
                status=status,
                confirmed=counts["confirmed"],
                failed=counts["failed"] + counts["unknown"],
                message=message,
            )
        ],
    )
    log.info("restore finished", job_id=job.id, tenant_id=job.tenant_id, status=status, **counts)
