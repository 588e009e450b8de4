"""A restore told in numbers and sentences: from the ledger's outcomes to the job's result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reentra.common.jobs.job import JobStatus
from reentra.common.stores.documents import Json
from reentra.common.stores.restores import RestorePlan
from reentra.restorer.domain.steps import Draft, Remark, Step, in_words
from reentra.restorer.operations.plans import Chunk

_MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Left:
    """What a new plan of the touched objects would still do. `unexplained`: steps on objects that nothing failed on.
    `damaged`: what cannot be compared with the snapshot any more."""

    draft: Draft
    unexplained: int
    damaged: Sequence[Remark] = ()


def status_of(plan: RestorePlan, chunks: Sequence[Chunk], left: Left) -> JobStatus:
    counts = counts_of(chunks)
    wrong = counts["failed"] + counts["skipped"] + counts["unknown"]
    if wrong and not counts["confirmed"]:
        return "failed"
    return "partial" if wrong or left.draft.steps or left.damaged or _kept_out(plan) else "succeeded"


def message_of(status: JobStatus, counts: Mapping[str, int], plan: RestorePlan, left: Left | None) -> str:
    is_undo = plan.undo_of is not None
    if status == "succeeded":
        then = "before the restore" if is_undo else f"in snapshot {plan.snapshot}"
        return f"{in_words(counts['confirmed'])} done and read back: as {then}."
    parts = [f"{counts[name]} {name}" for name in ("confirmed", "failed", "skipped", "unknown") if counts[name]]
    if kept_out := _kept_out(plan):
        parts.append(f"{kept_out} blocked")
    if left is not None and left.unexplained:
        parts.append(f"{left.unexplained} still different when read back")
    done = "undone" if is_undo else "restored"
    head = f"Nothing was {done}" if status == "failed" else f"{done.capitalize()} in part"
    told = f"{head}: {', '.join(parts)}. The steps tell each reason."
    return f"{told} {_not_compared(left.damaged)}" if left is not None and left.damaged else told


def _not_compared(damaged: Sequence[Remark]) -> str:
    first, others = damaged[0], len(damaged) - 1
    more = f" and of {others} more" if others else ""
    return (
        f"What the snapshot holds of the {first.object_type} {first.display_name or first.object_id} "
        f"({first.object_id}){more} was damaged since the plan was made, so what was written of it could not be "
        "compared; run `reentra verify`."
    )


def stopped(done: int, total: int, why: str) -> str:
    """By something that an administrator has to put right; the ledger knows where to go on."""
    what = f"{done} of {in_words(total)} done, and stay done" if done else "Nothing was restored"
    return f"{what}. {why.removesuffix('.')}; then apply the plan again."


def not_read_back(done: int, total: int, why: str) -> str:
    """Written, and Graph does not show whether all is as it was."""
    return f"{done} of {in_words(total)} done, but they could not be read back. {why.removesuffix('.')}; plan again."


def _kept_out(plan: RestorePlan) -> int:
    """Objects that no step was planned for. Blockers about the restore app are over once their steps are done."""
    return int(plan.counts["blocked"]) - int(plan.counts.get("unpermitted", 0))


def rows_of(chunks: Sequence[Chunk]) -> Iterator[tuple[Step, Json]]:
    for chunk in chunks:
        yield from zip(chunk.steps, chunk.outcomes, strict=True)


def counts_of(chunks: Sequence[Chunk]) -> dict[str, int]:
    counts = dict.fromkeys(("confirmed", "failed", "skipped", "unknown"), 0)
    for _, outcome in rows_of(chunks):
        if outcome["state"] in counts:
            counts[outcome["state"]] += 1
    return counts


def progress_of(chunks: Sequence[Chunk]) -> Json:
    counts = counts_of(chunks)
    total = sum(len(chunk.steps) for chunk in chunks)
    done = sum(counts.values())
    return {
        "done": done,
        "total": total,
        "failed": counts["failed"] + counts["unknown"],
        "percent": 100 * done // total if total else 100,
    }


def result_of(plan: RestorePlan, chunks: Sequence[Chunk], left: Left | None, message: str) -> Json:
    return {
        "plan_id": plan.id,
        **counts_of(chunks),
        "blocked": _kept_out(plan),
        "objects": _new_ids(chunks)[:_MOST_LISTED],
        "failures": _failures(chunks)[:_MOST_LISTED],
        "differences": [_shown(step) for step in left.draft.steps[:_MOST_LISTED]] if left is not None else [],
        "credentials": list(plan.credentials),
        "message": message,
    }


def _new_ids(chunks: Sequence[Chunk]) -> list[Json]:
    """Objects that live under another id now."""
    return [
        {**_named(step), "new_id": outcome["new_id"]}
        for step, outcome in rows_of(chunks)
        if outcome.get("new_id") and outcome["new_id"].lower() != step.object_id.lower()
    ]


def _failures(chunks: Sequence[Chunk]) -> list[Json]:
    return [
        {**_named(step), "step": step.number, "state": outcome["state"], "message": outcome.get("message", "")}
        for step, outcome in rows_of(chunks)
        if outcome["state"] in ("failed", "skipped", "unknown")
    ]


def _shown(step: Step) -> Json:
    return {**_named(step), "kind": step.kind, "why": step.why}


def _named(step: Step) -> Json:
    return {"object_type": step.object_type, "object_id": step.object_id, "display_name": step.display_name}
