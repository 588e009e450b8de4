"""Restore plans as others read them. The restorer alone writes both collections; the gateway shows them.

A plan is planned once and then only read. Its steps are rows of their own, because there may be a hundred thousand;
applying the plan moves each step's `status`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.stores.documents import Above, Collection, Document, Documents, Index, Json, Query

StepStatus = Literal["planned", "sent", "confirmed", "failed", "unknown", "skipped"]

RESTORE_PLANS = Collection("restore_plans", (Index(("tenant_id", "created_at")),))
RESTORE_STEPS = Collection("restore_steps", (Index(("plan_id", "number"), unique=True),))


@dataclass(frozen=True, slots=True)
class PlanNote:
    """A blocker or something skipped: which object, and why in one sentence."""

    object_type: str
    object_id: str
    display_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """`id` is the planning job's. `counts`: steps per kind. No steps and no blockers: live state is identical."""

    id: str
    tenant_id: TenantId
    snapshot: SnapshotNumber
    created_at: str
    created_by: str
    sha256: str
    steps: int
    counts: Mapping[str, int]
    blockers: tuple[PlanNote, ...]
    skipped: tuple[PlanNote, ...]
    estimate: Json
    """{requests, seconds}."""
    params: Json


@dataclass(frozen=True, slots=True)
class RestoreStep:
    number: int
    kind: str
    object_type: str
    object_id: str
    display_name: str
    method: str
    path: str
    why: str
    status: StepStatus
    message: str = ""
    new_id: str | None = None
    body: Any = None


class StoredRestorePlans:
    """The read port."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def get(self, plan_id: str) -> RestorePlan | None:
        document = await self._documents.get(RESTORE_PLANS, plan_id)
        return _plan(document) if document else None

    async def steps(self, plan_id: str, *, after: int = 0, limit: int = 100) -> Sequence[RestoreStep]:
        """In their order; numbers count from 1."""
        query = Query(where={"plan_id": plan_id, "number": Above(after)}, order_by="number", limit=limit)
        return [_step(document) for document in await self._documents.find(RESTORE_STEPS, query)]


def _plan(document: Document) -> RestorePlan:
    body = document.body
    return RestorePlan(
        id=document.id,
        tenant_id=TenantId(body["tenant_id"]),
        snapshot=SnapshotNumber(body["snapshot"]),
        created_at=body["created_at"],
        created_by=body["created_by"],
        sha256=body["sha256"],
        steps=body["steps"],
        counts=body["counts"],
        blockers=tuple(_note(note) for note in body.get("blockers", ())),
        skipped=tuple(_note(note) for note in body.get("skipped", ())),
        estimate=body.get("estimate", {}),
        params=body.get("params", {}),
    )


def _note(note: Json) -> PlanNote:
    return PlanNote(
        note.get("object_type", ""), note.get("object_id", ""), note.get("display_name", ""), note["reason"]
    )


def _step(document: Document) -> RestoreStep:
    body = document.body
    return RestoreStep(
        number=body["number"],
        kind=body["kind"],
        object_type=body["object_type"],
        object_id=body["object_id"],
        display_name=body.get("display_name", ""),
        method=body["method"],
        path=body["path"],
        why=body["why"],
        status=body["status"],
        message=body.get("message") or "",
        new_id=body.get("new_id"),
        body=body.get("body"),
    )
