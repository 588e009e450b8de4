"""`run_plan`: a claimed job becomes a stored plan. Nothing is written to the tenant.

1. The selection is read from the snapshot; an object that it does not hold, or that is damaged, is a blocker, not an
   end. Whole types are compared page by page, and only what differs is kept (`sifting`).
2. The tenant is read as it is now (`scene`), and the plan is composed (`domain.compose`).
3. What the restore app lacks for these steps is told: one blocker per permission.
4. The undo of a restore is planned from its ledger instead (`undo`); the rest is the same.
5. Steps are stored, then the plan with their hash; its id is the job's, so that doing it again replaces it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import structlog

from reentra.common.clock import Clock, to_text
from reentra.common.directory.catalog import CATALOG, ObjectType, object_type
from reentra.common.errors import Rejected
from reentra.common.events.restorer import RestorePlanned
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.job import Job, Lease
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.restores import UNDO_OF, RestorePlan
from reentra.common.testing.failpoints import failpoint
from reentra.restorer.domain.administrators import sensitive_steps, warnings
from reentra.restorer.domain.choice import check_choice, choice_of
from reentra.restorer.domain.permissions import ABOUT_THE_APP, Needs
from reentra.restorer.domain.replaced import nearly_as_it_was
from reentra.restorer.domain.steps import Draft, in_words
from reentra.restorer.domain.subjects import LicenceMode, LinkMode, Manner, MissingMode
from reentra.restorer.operations.administrators import role_holders, role_holders_now
from reentra.restorer.operations.comparing import PHASE, Comparing
from reentra.restorer.operations.drafting import Desk
from reentra.restorer.operations.id_book import IdBook
from reentra.restorer.operations.live import LiveReader
from reentra.restorer.operations.plans import Plans
from reentra.restorer.operations.ports import GraphReader, GraphWriter, Records
from reentra.restorer.operations.rights import ReadRights, remarks_about_the_app
from reentra.restorer.operations.summary import rows_of
from reentra.restorer.operations.turns import Turns
from reentra.restorer.operations.undo import draft_undo
from reentra.restorer.operations.wanted import selection_of
from reentra.restorer.settings import RestorerSettings

log = structlog.get_logger()
_LINKS = ("replace", "merge", "none")
_MISSING = ("block", "restore", "leave_out")
_LICENCES = ("add", "replace")


@dataclass(frozen=True, slots=True)
class Tools:
    catalogue: Catalogue
    plans: Plans
    turns: Turns
    open_book: Callable[[TenantId], Awaitable[IdBook]]
    open_records: Callable[[TenantId], Awaitable[Records]]
    open_reader: Callable[[TenantId], Awaitable[GraphReader]]
    open_writer: Callable[[TenantId], Awaitable[GraphWriter]]
    read_rights: ReadRights
    settings: RestorerSettings
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    has_whole_bin: Callable[[TenantId], Awaitable[bool]]
    """Whether the tenant's cloud keeps all that can be deleted softly in a recycle bin."""


async def open_desk(tools: Tools, tenant_id: TenantId, number: SnapshotNumber) -> Desk:
    snapshot = await tools.catalogue.snapshot(tenant_id, number)
    if snapshot is None or snapshot.status != "sealed":
        raise Rejected(f"The tenant has no finished snapshot {number}; choose one that is listed.")
    captured = snapshot.types.get("roleAssignment") or {}
    return Desk(
        tenant_id,
        number,
        tools.catalogue,
        await tools.open_records(tenant_id),
        await tools.open_reader(tenant_id),
        captured.get("status") == "complete",
        {row.name: _uncaptured(row, snapshot.types.get(row.name) or {}) for row in CATALOG.values()},
        {name: facts.get("replaced") or {} for name, facts in snapshot.types.items()},
        {name: int(facts.get("objects") or 0) for name, facts in snapshot.types.items()},
    )


def _uncaptured(row: ObjectType, facts: Mapping[str, Any]) -> frozenset[str]:
    """Refused by Graph when the snapshot was taken, or not yet asked for then."""
    older = () if facts.get("asked") == row.asked else row.optional
    return frozenset([*facts.get("omitted", ()), *older])


async def run_plan(lease: Lease, tools: Tools) -> None:
    header, draft = await (_undo if UNDO_OF in lease.job.params else _restore)(lease, tools)
    await lease.commit(progress={"phase": "storing the plan", "steps": len(draft.steps)})
    plan = await tools.plans.store(
        lease.job.id, header, draft, tools.settings.steps_at_once, tools.settings.remarks_kept
    )
    failpoint("restorer.after-plan")
    await _finish(lease, plan)


async def _restore(lease: Lease, tools: Tools) -> tuple[dict[str, Any], Draft]:
    job = lease.job
    selection = selection_of(job.params)
    manner = manner_of(job.params)
    choice = choice_of(job.params)
    check_choice(choice, map(object_type, selection.object_types or CATALOG))
    desk = await open_desk(tools, job.tenant_id, selection.snapshot)
    view = desk.view()
    ids = (await tools.open_book(job.tenant_id)).ids()
    comparing = Comparing(lease, desk.count(selection))
    await comparing.begin()
    if selection.is_whole_types:
        draft = await desk.draft_whole(selection, ids, manner, view=view, choice=choice, compared=comparing.compared)
    else:
        wanted, remarks = await view.selected(selection)
        failpoint("restorer.after-selection")
        draft = await desk.draft(wanted, ids, manner, view=view, choice=choice, compared=comparing.compared)
        draft = replace(draft, blockers=(*remarks, *draft.blockers))
    draft = replace(draft, warnings=(*draft.warnings, *nearly_as_it_was(draft.steps, desk.replaced)))
    failpoint("restorer.after-draft")
    chosen: dict[str, Any] = {"object_types": selection.object_types, "ids": selection.ids, **asdict(manner)}
    chosen |= {name: job.params[name] for name in ("only", "only_of") if name in job.params}

    async def holders() -> set[str]:
        return await role_holders(view, LiveReader(desk.graph))

    return _header(job, tools, int(selection.snapshot), chosen), await _with_rights(draft, tools, job, holders)


async def _undo(lease: Lease, tools: Tools) -> tuple[dict[str, Any], Draft]:
    """The plan of a restore's undo: as any other, with the restore in its selection."""
    job = lease.job
    undone = await tools.plans.plan(str(job.params[UNDO_OF]))
    if undone.tenant_id != job.tenant_id:
        raise Rejected(f"Restore plan {undone.id} is not of this tenant.")
    await lease.commit(progress={"phase": PHASE})
    draft = await draft_of_undo(tools, undone)
    failpoint("restorer.after-draft")
    reader = await tools.open_reader(job.tenant_id)

    async def holders() -> set[str]:
        return await role_holders_now(LiveReader(reader))

    chosen = {"object_types": None, "ids": None, UNDO_OF: undone.id, "restore": job.params.get("restore")}
    return _header(job, tools, undone.snapshot, chosen), await _with_rights(draft, tools, job, holders)


async def draft_of_undo(tools: Tools, undone: RestorePlan) -> Draft:
    """What is still to do to undo this plan."""
    ledger = list(rows_of(await tools.plans.chunks(undone)))
    ids, reader = (await tools.open_book(undone.tenant_id)).ids(), await tools.open_reader(undone.tenant_id)
    return await draft_undo(ledger, ids, reader, whole_bin=await tools.has_whole_bin(undone.tenant_id))


def _header(job: Job, tools: Tools, snapshot: int, chosen: dict[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": job.tenant_id,
        "snapshot": snapshot,
        "selection": chosen,
        "created_at": to_text(tools.clock.now()),
        "created_by": job.created_by,
    }


async def _finish(lease: Lease, plan: RestorePlan) -> None:
    job, message = lease.job, summary_of(plan)
    await lease.finish(
        "succeeded",
        result={"plan_id": plan.id, "identical": plan.is_identical, **plan.counts, "message": message},
        progress={"phase": "planned", "percent": 100},
        events=[
            RestorePlanned(
                tenant_id=job.tenant_id,
                job_id=job.id,
                plan_id=plan.id,
                steps=plan.counts["steps"],
                blockers=plan.counts["blocked"],
                status="succeeded",
                message=message,
            )
        ],
    )
    log.info("restore planned", job_id=job.id, tenant_id=job.tenant_id, steps=plan.counts["steps"])


async def _with_rights(draft: Draft, tools: Tools, job: Job, holders: Callable[[], Awaitable[set[str]]]) -> Draft:
    """`holders`: who holds an administrator role."""
    needs = Needs({}, {})
    needs.add(draft.steps)
    told, rights = await remarks_about_the_app(needs, tools.read_rights, job.tenant_id)
    sensitive = sensitive_steps(draft.steps)
    blocking = tuple(one for one in told if one.code in ABOUT_THE_APP)
    notes = tuple(one for one in told if one.code not in ABOUT_THE_APP)
    refusable = warnings(sensitive, await holders() if sensitive else set(), rights)
    return replace(
        draft,
        blockers=(*blocking, *draft.blockers),
        skipped=(*notes, *draft.skipped),
        warnings=(*refusable, *draft.warnings),
    )


def manner_of(params: Mapping[str, Any]) -> Manner:
    """Of a job, or of a plan's selection; plans of before have no word on what is new."""
    links, missing = params.get("links") or "replace", params.get("missing") or "block"
    if links not in _LINKS:
        raise Rejected(f"There is no link mode {links!r}; use replace, merge or none.")
    if missing not in _MISSING:
        raise Rejected(f"There is no way {missing!r} to deal with what is gone; use block, restore or leave_out.")
    licences = params.get("licences") or "add"
    if licences not in _LICENCES:
        raise Rejected(f"There is no licence mode {licences!r}; use add or replace.")
    return Manner(cast(LinkMode, links), cast(MissingMode, missing), cast(LicenceMode, licences))


def summary_of(plan: RestorePlan) -> str:
    counts = plan.counts
    if plan.undo_of is not None:
        return _summary_of_undo(plan)
    if plan.is_identical:
        chosen = "selected" if choice_of(plan.selection).is_everything else "chosen"
        return f"Identical: everything {chosen} is as it was in snapshot {plan.snapshot}; there is nothing to do."
    blocked = f", {counts['blocked']} blocked" if counts["blocked"] else ""
    return f"{in_words(counts['steps'])} to bring back what differs from snapshot {plan.snapshot}{blocked}."


def _summary_of_undo(plan: RestorePlan) -> str:
    if plan.is_identical:
        return "Nothing to undo: what that restore touched is as it was before it."
    left = plan.counts["blocked"]
    stays = f"; {left} {'thing stays' if left == 1 else 'things stay'} as the blockers say" if left else ""
    return f"{in_words(plan.counts['steps'])} to undo that restore{stays}."
