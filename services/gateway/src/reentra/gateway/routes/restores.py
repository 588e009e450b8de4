"""Restores: a plan first, looked at, then applied as it is."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from reentra.common.errors import NotFound
from reentra.common.ids import JobId, ObjectId, SnapshotNumber
from reentra.common.stores.restores import RestorePlan, RestoreStep
from reentra.gateway.domain.cursors import number, to_cursor
from reentra.gateway.operations.work import Choice
from reentra.gateway.routes.downloads import ObjectText, SelectionBody
from reentra.gateway.routes.guard import GuardedRoute, asker_of, note
from reentra.gateway.routes.jobs import JobPath, JobView, job_view
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given, Parts
from reentra.gateway.routes.tenants import TenantPath, tenant_at

PlanPath = Annotated[str, Path(max_length=100)]


Name = Annotated[str, Field(max_length=200)]
_MOST_NAMES = 500
_MOST_CHOICES = 1000
_MOST_LINKED = 20
"""Of one step: as many as Graph adds in one call."""
_LINKING = frozenset({"add_link", "remove_link", "set_link", "clear_link", "align_links", "assign", "grant"})
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PlanRequest(SelectionBody):
    links: Literal["replace", "merge", "none"] = Field(
        "replace", description="Relationships: as in the snapshot; only add what is missing; leave alone."
    )
    missing: Literal["block", "restore", "leave_out"] = Field(
        "block",
        description="What is referred to and gone (a person whom a Conditional Access policy excludes): a blocker; "
        "bring it back as well; go without it where Graph allows that.",
    )
    licences: Literal["add", "replace"] = Field(
        "add",
        description="Directly assigned licences: only add what is missing; also take away what the snapshot does not "
        "have. Data goes with a licence.",
    )
    only: list[Name] | None = Field(
        None,
        max_length=_MOST_NAMES,
        examples=[["jobTitle", "manager"]],
        description="Properties and relationships to bring back, by Graph's names. null: all; an empty list: none, "
        "which only takes objects out of the recycle bin. What is gone for good is made anew with all properties.",
    )
    only_of: dict[ObjectText, Annotated[list[Name], Field(max_length=_MOST_NAMES)]] | None = Field(
        None, max_length=_MOST_CHOICES, description="The same for single ones of `ids`, instead of `only`."
    )

    def choice(self) -> Choice:
        of = {one: tuple(names) for one, names in self.only_of.items()} if self.only_of else None
        return Choice(tuple(self.only) if self.only is not None else None, of)

    def manner(self) -> dict[str, str]:
        return {"links": self.links, "missing": self.missing, "licences": self.licences}


class PlanNoteView(BaseModel):
    object_type: str
    object_id: str
    display_name: str
    code: str = Field(examples=["synced_from_on_premises"])
    reason: str = Field(examples=["It is synced from on-premises; change it there."])


class PlanView(BaseModel):
    id: str
    tenant_id: str
    snapshot: int
    created_at: str
    created_by: str
    undoes: str | None = Field(
        description="The restore that this plan undoes; its wanted state is that from before it, not the snapshot's. "
        "null: an ordinary plan."
    )
    sha256: str = Field(description="Of the plan's canonical steps: what is applied is what was shown.")
    links: str = Field(examples=["replace"])
    missing: str = Field(examples=["block"])
    only: list[str] | None = Field(description="As asked for; null: everything.")
    only_of: dict[str, list[str]] | None
    identical: bool = Field(description="Nothing to do: live state is that of the snapshot, as far as it was chosen.")
    counts: dict[str, Any] = Field(
        description="`properties`, `relationships`: how many steps bring each back; a choice can leave these out.",
        examples=[
            {
                "steps": 15,
                "objects": 15,
                "kinds": {"undelete": 3, "update": 12},
                "properties": {"jobTitle": 12},
                "relationships": {},
                "identical": 4,
                "skipped": 0,
                "blocked": 0,
            }
        ],
    )
    blockers: list[PlanNoteView] = Field(description="The first ones of many; `counts` has them all.")
    skipped: list[PlanNoteView]
    warnings: list[PlanNoteView] = Field(description="Steps that Graph may refuse, and what to do before.")
    credentials: list[dict[str, Any]] = Field(description="Secrets that no API can bring back: issue new ones.")
    estimate: dict[str, Any] = Field(examples=[{"requests": 15, "seconds": 4}])


class StepView(BaseModel):
    number: int
    kind: str = Field(examples=["undelete"])
    object_type: str
    object_id: str
    display_name: str
    method: str = Field(examples=["POST"])
    path: str
    why: str = Field(examples=["It is in the recycle bin."])
    state: str = Field(examples=["planned"])
    message: str
    new_id: str | None
    body: Any = None
    before: dict[str, Any] = Field(description="What an `update` overwrites.", examples=[{"jobTitle": "Engineer"}])
    names: dict[str, str] = Field(
        default_factory=dict,
        description="What objects are called that the step links: the first ones by id, as far as the snapshot knows.",
        examples=[{"aaaaaaaa-0000-4000-8000-000000000002": "Ada Lovelace"}],
    )


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["restores"])


@router.post("/tenants/{tenant_id}/restore-plans", summary="Plan a restore; nothing is written", status_code=202)
async def plan_restore(parts: Given, request: Request, tenant_id: TenantPath, body: PlanRequest) -> JobView:
    tenant = await tenant_at(parts.tenants, tenant_id)
    job = await parts.work.plan_restore(tenant, body.selection(), body.manner(), body.choice(), asker_of(request))
    note(request, job=job.id, objects=len(body.ids) if body.ids else None)
    return job_view(job)


@router.get("/restore-plans/{plan_id}", summary="A plan: what it would do, and what stands in its way")
async def show_plan(parts: Given, plan_id: PlanPath) -> PlanView:
    return _view(await _plan_at(parts, plan_id))


@router.get("/restore-plans/{plan_id}/steps", summary="A plan's calls in their order, each with its fate")
async def list_steps(
    parts: Given, request: Request, plan_id: PlanPath, cursor: Cursor = None, limit: Limit = 100
) -> Listed[StepView]:
    plan = await _plan_at(parts, plan_id)
    found = await parts.plans.steps(plan.id, after=number(cursor) or 0, limit=limit)
    link = next_link(request, to_cursor(found[-1].number)) if len(found) == limit else None
    linked = {step.number: _linked(step) for step in found}
    ids = list(dict.fromkeys(one for ids in linked.values() for one in ids))
    known = await parts.browse.called(plan.tenant_id, ids, SnapshotNumber(plan.snapshot))
    names = {one: version.display_name for one, version in known.items() if version.display_name}
    return Listed(value=[_step(step, linked[step.number], names) for step in found], next_link=link)


@router.post("/restore-plans/{plan_id}/apply", summary="Do what the plan says", status_code=202)
async def apply_plan(parts: Given, request: Request, plan_id: PlanPath) -> JobView:
    plan = await _plan_at(parts, plan_id)
    named = await parts.plans.steps(plan.id, limit=1) if plan.counts.get("objects") == 1 else ()
    job = await parts.work.apply_restore(plan, named[0].display_name if named else None, asker_of(request))
    note(request, tenant_id=plan.tenant_id, job=job.id)
    return job_view(job)


@router.get("/restores/{job_id}", summary="One restore; `result` tells object by object")
async def show_restore(parts: Given, job_id: JobPath) -> JobView:
    return job_view(await parts.work.job(JobId(job_id), "restore_apply", "restore_plan"))


@router.post("/restores/{job_id}/undo", summary="Plan the undo of a restore; nothing is written", status_code=202)
async def plan_undo(parts: Given, request: Request, job_id: JobPath) -> JobView:
    """The opposite of every step that was done, where the tenant still shows what that wrote. Applied as any
    other plan."""
    restore = await parts.work.job(JobId(job_id), "restore_apply")
    tenant = await tenant_at(parts.tenants, restore.tenant_id)
    job = await parts.work.plan_undo(restore, asker_of(request))
    note(request, tenant_id=tenant.id, job=job.id)
    return job_view(job)


async def _plan_at(parts: Parts, plan_id: str) -> RestorePlan:
    """Of a tenant that is still connected."""
    found = await parts.plans.plan(plan_id)
    if found is None:
        raise NotFound(f"There is no restore plan {plan_id[:100]!r}. `reentra jobs list` shows what there is.")
    await tenant_at(parts.tenants, found.tenant_id)
    return found


def _view(plan: RestorePlan) -> PlanView:
    return PlanView(
        id=plan.id,
        tenant_id=plan.tenant_id,
        snapshot=plan.snapshot,
        created_at=plan.created_at,
        created_by=plan.created_by,
        undoes=plan.selection.get("restore") if plan.undo_of else None,
        sha256=plan.sha256,
        links=plan.selection.get("links") or "replace",
        missing=plan.selection.get("missing") or "block",
        only=plan.selection.get("only"),
        only_of=plan.selection.get("only_of"),
        identical=plan.is_identical,
        counts=plan.counts,
        blockers=[PlanNoteView(**one) for one in plan.blockers],
        skipped=[PlanNoteView(**one) for one in plan.skipped],
        warnings=[PlanNoteView(**one) for one in plan.warnings],
        credentials=list(plan.credentials),
        estimate=plan.estimate,
    )


def _linked(step: RestoreStep) -> list[ObjectId]:
    if step.kind not in _LINKING:
        return []
    ids = dict.fromkeys(_ID.findall(json.dumps([step.body, step.path, step.before])))
    return [ObjectId(one) for one in ids if one != step.object_id][:_MOST_LINKED]


def _step(step: RestoreStep, linked: list[ObjectId], names: Mapping[ObjectId, str]) -> StepView:
    fields = {name: getattr(step, name) for name in StepView.model_fields if name != "names"}
    return StepView(**fields, names={one: names[one] for one in linked if one in names})
