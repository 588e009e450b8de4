"""`run_backup`: one claimed job from its first request to the sealed snapshot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from reentra.collector.domain.choices import TypeMemory
from reentra.collector.domain.omissions import warning_of
from reentra.collector.domain.permissions import advice
from reentra.collector.domain.sealing import Sealing
from reentra.collector.domain.verdict import TypeOutcome, judge, shrink_warning
from reentra.collector.operations.ahead import ReadAhead
from reentra.collector.operations.checkpoint import BackupState, Checkpoint, TypeState, progress_of, state_from_json
from reentra.collector.operations.gathering import Gathering
from reentra.collector.operations.identity import prove_identity, unproven
from reentra.collector.operations.object_type import collect_type
from reentra.collector.operations.pages import PageWriter
from reentra.collector.operations.ports import GraphReader, RecordStore
from reentra.collector.operations.staging import Staging
from reentra.collector.operations.told import counts_only, gap_of, joined, message_of, sealed_type
from reentra.collector.operations.type_run import TypeRun
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import GraphForbidden, GraphRetryLater
from reentra.common.clock import Clock, to_text
from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.errors import Forbidden, NeedsConsent, NotFound, Rejected
from reentra.common.events.collector import BackupFinished, SnapshotSealed
from reentra.common.events.envelope import Event
from reentra.common.garbage import give_back_freed_memory
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.jobs.job import JobCancelled, Lease
from reentra.common.stores.catalogue import Catalogue, Snapshot, SnapshotResult
from reentra.common.stores.documents import Json
from reentra.common.testing.failpoints import failpoint

log = structlog.get_logger()
_THROTTLED = 429


class TenantArchive(Protocol):
    """One tenant's records and manifests."""

    @property
    def records(self) -> RecordStore: ...

    async def remembered_types(self, latest: Snapshot) -> Mapping[str, Json]:
        """The manifest's types of the last sealed snapshot. Raises Unreadable."""

    async def store_manifest(self, sealing: Sealing) -> Snapshot:
        """Create-only; returns the catalogue's row for it. When this job stored one before it died, that one counts,
        with its times and counts."""


async def _unknown_permissions(_tenant_id: TenantId) -> frozenset[str] | None:
    return None


@dataclass(frozen=True, slots=True)
class Tools:
    catalogue: Catalogue
    open_archive: Callable[[TenantId], Awaitable[TenantArchive]]
    open_graph: Callable[[TenantId], Awaitable[GraphReader]]
    settings: CollectorSettings
    clock: Clock
    read_permissions: Callable[[TenantId], Awaitable[frozenset[str] | None]] = _unknown_permissions
    """Those of the backup app, for diagnosis; None when nobody can tell."""


async def run_backup(lease: Lease, tools: Tools) -> None:
    """Ends the job in every case except RetryLater (the pool gives it back) and Stale (it is not ours any more)."""
    try:
        if lease.job.cancel_requested:  # while it waited: Graph need not be asked once more
            raise JobCancelled
        await _Backup(lease, tools).run()
    except JobCancelled:
        await _end(lease, tools, "cancelled", "cancelled", "The backup was cancelled; nothing of it is shown.")
    except (NeedsConsent, Forbidden, Rejected, NotFound) as refused:
        await _end(lease, tools, "failed", refused.code, refused.message)


async def _sealed_before(catalogue: Catalogue, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None:
    """Not simply the latest: after a crash between sealing and finishing, that is this very snapshot."""
    found = await catalogue.snapshots(tenant_id, before=number, limit=1)
    return found[0] if found else None


async def _end(lease: Lease, tools: Tools, status: Any, code: str, message: str) -> None:
    """The lease decides first: whoever lost it must not take back what another writes. If this process dies after
    that, the tenant's next backup abandons the snapshot."""
    job = lease.job
    number = SnapshotNumber(job.state["number"]) if job.state else None
    snapshot = await tools.catalogue.snapshot(job.tenant_id, number) if number is not None else None
    if snapshot is not None and snapshot.status == "sealed":
        await _Backup(lease, tools).finish(snapshot, job.progress)
        return
    finished = BackupFinished(tenant_id=job.tenant_id, job_id=job.id, status=status, message=message)
    await lease.finish(status, error={"code": code, "message": message}, events=[finished])
    if number is not None:
        await tools.catalogue.abandon(job.tenant_id, number)


class _Backup:
    def __init__(self, lease: Lease, tools: Tools) -> None:
        self.lease = lease
        self.tools = tools
        self.tenant_id = lease.job.tenant_id

    async def run(self) -> None:
        tools = self.tools
        graph = ReadAhead(await tools.open_graph(self.tenant_id))
        archive = await tools.open_archive(self.tenant_id)
        is_fresh = not self.lease.job.state
        state = await self._begin()
        number = SnapshotNumber(state.number)
        staging = Staging(tools.catalogue, self.tenant_id, number, self.lease.epoch)
        checkpoint = Checkpoint(
            self.lease,
            state,
            graph.stats,
            tools.settings.progress_interval_seconds,
            throttled_for=lambda: graph.throttled_for,
            clock=tools.clock,
            is_fresh=is_fresh,
            store=staging.flush,
        )
        async with _kept(checkpoint):
            await self._prove_identity(graph, checkpoint)
            latest, remembered, postponed = await self._collect(graph, archive, checkpoint, staging)
        await self._go_on_later(checkpoint, staging, postponed)
        # Whoever takes over behind the manifest must not read a type again: nothing can be added any more.
        await checkpoint.save_noted()
        await self._seal(checkpoint, staging, archive, remembered, latest)

    async def _collect(
        self, graph: ReadAhead, archive: TenantArchive, checkpoint: Checkpoint, staging: Staging
    ) -> tuple[Snapshot | None, Mapping[str, Json], list[GraphRetryLater]]:
        """Every type that is not through. The snapshot before this one, what it remembers, and what was put off."""
        tools, state = self.tools, checkpoint.state
        latest = await _sealed_before(tools.catalogue, self.tenant_id, SnapshotNumber(state.number))
        lost = _lost_in_rebuild(latest)
        known = await archive.remembered_types(latest) if latest is not None else {}
        remembered = {name: facts for name, facts in known.items() if name not in lost}
        before = _before(latest)
        number = SnapshotNumber(state.number)
        writer = PageWriter(number, staging, archive.records, checkpoint)
        memories = {
            row: _memory(remembered.get(row.name), before.get(row.name, 0), lost=row.name in lost)
            for row in self._types()
            if state.types[row.name].status not in ("done", "failed")
        }
        gathered = await self._gather(graph, archive.records, state, latest, memories)
        slots = asyncio.Semaphore(tools.settings.concurrent_types)
        postponed: list[GraphRetryLater] = []

        refusals: list[NeedsConsent] = []

        async def collect(row: ObjectType, memory: TypeMemory) -> None:
            async with slots:
                parent_objects = before.get(row.parent_type or row.name, 0)
                run = TypeRun(
                    self.tenant_id,
                    number,
                    row,
                    memory,
                    latest.number if latest is not None else None,
                    gathered.get(row.name, ()),
                    parent_objects,
                    graph,
                    staging,
                    archive.records,
                    writer,
                    checkpoint,
                    tools.settings,
                    tools.clock,
                )
                try:
                    later = await _collect_or_explain(run, tools)
                except NeedsConsent as refused:
                    refusals.append(refused)
                    await _give_up(run, refused.message)
                else:
                    postponed.extend([later] if later is not None else [])

        async with _group() as group:
            for row, memory in memories.items():
                group.create_task(collect(row, memory))
        if refusals and not any(t.status == "done" for t in state.types.values()):
            raise refusals[0]
        return latest, remembered, postponed

    def _types(self) -> list[ObjectType]:
        wanted = self.lease.job.params.get("object_types")
        return [row for row in CATALOG.values() if not wanted or row.name in wanted]

    async def _prove_identity(self, graph: ReadAhead, checkpoint: Checkpoint) -> None:
        try:
            await prove_identity(graph, self.tenant_id)
        except NeedsConsent as refused:
            if not any(t.status == "done" for t in checkpoint.state.types.values()):
                raise
            unproven(self.tenant_id, refused.message)  # the others will be refused as well, and tell it
        except GraphRetryLater as later:
            checkpoint.state.setbacks += 1
            checkpoint.count_spent()
            await self.lease.commit(state=checkpoint.state.to_json())
            if later.status == _THROTTLED or checkpoint.state.setbacks < self.tools.settings.most_setbacks:
                raise
            unproven(self.tenant_id, later.message)

    async def _gather(
        self,
        graph: ReadAhead,
        records: RecordStore,
        state: BackupState,
        latest: Snapshot | None,
        memories: Mapping[ObjectType, TypeMemory],
    ) -> Mapping[ObjectTypeName, Collection[str]]:
        """Once, at the start: a run that is taken up again has read some of it."""
        if latest is None or any(t.status != "waiting" for t in state.types.values()):
            return {}
        catalogue, settings = self.tools.catalogue, self.tools.settings
        gathering = Gathering(self.tenant_id, latest.number, _before(latest), catalogue, records, settings)
        await gathering.read(graph, memories, self.tools.clock.now())
        return gathering.gathered

    async def _go_on_later(
        self, checkpoint: Checkpoint, staging: Staging, postponed: Sequence[GraphRetryLater]
    ) -> None:
        """Some types got no answer: later, by the same job. When no type got any, Graph is away, and all are tried
        anew then; a snapshot without a single type would say nothing."""
        types = checkpoint.state.types.values()
        if all(t.status == "failed" and t.setbacks for t in types):
            for t in types:
                t.status, t.reason, t.setbacks = "waiting", None, 0
            checkpoint.state.setbacks = 0
            await staging.flush()
            await self.lease.commit(state=checkpoint.state.to_json())
            raise GraphRetryLater("Microsoft Graph answers nothing that a backup needs; trying again in a minute.")
        if postponed:
            await checkpoint.save_noted()
            raise postponed[0]

    async def _begin(self) -> BackupState:
        if self.lease.job.state:
            return await self._stored(state_from_json(self.lease.job.state))
        started = to_text(self.tools.clock.now())
        number = await self.tools.catalogue.begin(self.tenant_id, self.lease.job.id, started)
        state = BackupState(number, started, types={row.name: TypeState() for row in self._types()})
        await self.lease.commit(state=state.to_json(), progress=progress_of(state))
        failpoint("collector.after-begin")
        return state

    async def _stored(self, state: BackupState) -> BackupState:
        """Segments may be stored that no checkpoint tells of: what is stored now must come behind them, also for who
        reads the segments in their order."""
        segments = await self.tools.catalogue.segments(self.tenant_id, SnapshotNumber(state.number))
        state.ordinal = max([state.ordinal, *(entry.ordinal for entry in segments)])
        return state

    async def _seal(
        self,
        checkpoint: Checkpoint,
        staging: Staging,
        archive: TenantArchive,
        remembered: Mapping[str, Json],
        latest: Snapshot | None,
    ) -> None:
        tools, job, state, before = self.tools, self.lease.job, checkpoint.state, _before(latest)
        number = SnapshotNumber(state.number)
        counts = await staging.counts(self.tenant_id, number)
        outcomes: dict[str, TypeOutcome] = {}
        for name, t in state.types.items():
            live = counts.get(ObjectTypeName(name))
            t.objects = live.live if live is not None else 0
            outcomes[name] = TypeOutcome(before.get(name, 0), t.objects, t.reason, gap_of(name, t))
            if not t.reason:
                t.warning = joined(shrink_warning(outcomes[name]), t.warning, warning_of(t.omitted))
        if all(o.reason for o in outcomes.values()):
            raise Forbidden(f"No object type could be read. {next(iter(outcomes.values())).reason}")
        result = judge(outcomes)
        types = {name: sealed_type(name, t, remembered.get(name)) for name, t in state.types.items()}
        sealed_at, stats = to_text(tools.clock.now()), checkpoint.count_spent()
        segments = await staging.segments(self.tenant_id, number)
        sealing = Sealing(number, job.id, state.started_at, sealed_at, result, types, stats, segments, latest)
        snapshot = await archive.store_manifest(sealing)
        failpoint("collector.after-manifest")
        give_back_freed_memory()  # pages are over, the list by name takes another kind
        await tools.catalogue.seal(snapshot)
        failpoint("collector.after-seal")
        await self.finish(snapshot, progress_of(state), checkpoint.take_noted())

    async def finish(self, snapshot: Snapshot, progress: Json, noted: Sequence[Event] = ()) -> None:
        job, number, types, stats = self.lease.job, snapshot.number, snapshot.types, snapshot.stats
        result: SnapshotResult = snapshot.result or "partial"
        status: Any = "succeeded" if result == "complete" else "partial"
        message = message_of(number, result, types)
        await self.lease.finish(
            status,
            result={"snapshot": number, "result": result, "stats": stats, "message": message},
            error=None if result == "complete" else {"code": result, "message": message},
            progress={**progress, "phase": "sealed", "percent": 100},
            events=[
                *noted,
                SnapshotSealed(
                    tenant_id=job.tenant_id, job_id=job.id, number=number, result=result, types=counts_only(types)
                ),
                BackupFinished(tenant_id=job.tenant_id, job_id=job.id, status=status, number=number, message=message),
            ],
        )
        log.info("snapshot sealed", tenant_id=job.tenant_id, job_id=job.id, number=number, result=result)


async def _collect_or_explain(run: TypeRun, tools: Tools) -> GraphRetryLater | None:
    """A type that Graph refuses is a reason in the result, not the end of the run. So is one that gets no answer, after
    some setbacks; before that it is put off, while the others go on."""
    state = run.state
    try:
        await collect_type(run)
    except NeedsConsent:
        raise
    except GraphRetryLater as later:
        if later.status == _THROTTLED:
            raise
        state.setbacks += 1
        if state.setbacks < run.settings.most_setbacks:
            await run.checkpoint.save(run.object_type.name)
            return later
        await _give_up(run, later.message)
    except GraphForbidden as forbidden:
        held = await tools.read_permissions(run.tenant_id)
        await _give_up(run, f"{forbidden.message} {advice(run.object_type, held)}")
    except (Forbidden, Rejected, NotFound) as refused:
        await _give_up(run, refused.message)
    return None


async def _give_up(run: TypeRun, reason: str) -> None:
    run.state.status, run.state.reason, run.state.ended_at = "failed", reason, run.now()
    log.warning("object type not captured", tenant_id=run.tenant_id, object_type=run.object_type.name)
    await run.checkpoint.save(run.object_type.name, announce=True)


@asynccontextmanager
async def _kept(checkpoint: Checkpoint) -> AsyncIterator[None]:
    async with _group() as keeping:
        ended = asyncio.Event()
        keeping.create_task(checkpoint.keep(ended))
        try:
            yield
        finally:
            ended.set()


class _group(asyncio.TaskGroup):  # noqa: N801 - reads as the statement it is
    """A task group that raises the first error itself instead of a group of them."""

    async def __aexit__(self, et: Any, exc: Any, tb: Any) -> None:
        try:
            await super().__aexit__(et, exc, tb)
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _before(latest: Snapshot | None) -> dict[str, int]:
    return {name: int(t.get("objects", 0)) for name, t in latest.types.items()} if latest is not None else {}


def _lost_in_rebuild(latest: Snapshot | None) -> frozenset[str]:
    """Types whose delta link knows nothing of what the catalogue has lost since; their manifest is not believed."""
    types = latest.types if latest is not None else {}
    return frozenset(name for name, facts in types.items() if facts.get("lost_in_rebuild"))


def _memory(remembered: Json | None, objects: int, *, lost: bool) -> TypeMemory:
    if remembered is None:
        return TypeMemory(objects=objects, lost=lost)
    return TypeMemory(
        remembered.get("delta_link"),
        remembered.get("full_at"),
        objects,
        dict(remembered.get("sweeps") or {}),
        asked=remembered.get("asked"),
        omitted=dict(remembered.get("omitted") or {}),
        replaced=dict(remembered.get("replaced") or {}),
    )
