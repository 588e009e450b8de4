"""Restore plans and their ledgers as every service reads them. The restorer alone writes the collections.

A plan's steps lie in chunks of up to twenty, in the order in which they are carried out; beside each step lies its
outcome. The plan's document carries the SHA-256 of the steps, so that what was shown is what is done.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from reentra.common.errors import Conflict
from reentra.common.ids import TenantId
from reentra.common.snapshot.id_maps import GivenId
from reentra.common.stores.documents import Above, Collection, Document, Documents, Index, Json, Query

PLAN_VERSION = 2
READABLE_PLANS = (1, 2)
"""2: plans may undo a restore, with steps that delete. Those of before never do, and are read as they are."""
UNDO_OF = "undo_of"
"""In an undo's selection: the plan of the restore that it undoes."""
RESTORE_PLANS = Collection("restore_plans", (Index(("tenant_id", "created_at")),))
RESTORE_STEPS = Collection("restore_steps", (Index(("plan_id", "last")),))
RESTORE_TURNS = Collection("restore_turns")
"""Id: a tenant's; body {job_id}: the restore that may write to it, until that job is over."""
ID_MAPS = Collection("id_maps", (Index(("tenant_id",)),))
"""Id `<tenant id>:<old id>`; body {tenant_id, old_id, new_id, object_type, plan_id}. What they say lies in the object
store as well (`snapshot.id_maps`), and there first."""
_PAGE = 200

StepState = Literal["planned", "sent", "confirmed", "failed", "skipped", "unknown"]
"""sent: written before the request goes out; whoever finds it after a crash does not know what happened."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """`id` is the id of the job that made it. `counts`: {steps, kinds, types, identical, skipped, blocked}.
    `blockers` and `skipped`: {object_type, object_id, display_name, code, reason}, the first ones of many."""

    id: str
    tenant_id: TenantId
    snapshot: int
    selection: Json
    created_at: str
    created_by: str
    sha256: str
    counts: Json
    blockers: tuple[Json, ...]
    skipped: tuple[Json, ...]
    credentials: tuple[Json, ...]
    """Secrets and certificates that no API can bring back: people must issue new ones."""
    estimate: Json
    """{requests, seconds}."""
    warnings: tuple[Json, ...] = ()
    """As blockers, of steps that may be refused."""

    @property
    def undo_of(self) -> str | None:
        """The plan of the restore that this one undoes; its `snapshot` is then only where that one came from."""
        found: str | None = self.selection.get(UNDO_OF)
        return found

    @property
    def is_identical(self) -> bool:
        """Nothing to do: everything selected is as it was in the snapshot, or before the restore that is undone."""
        return not self.counts["steps"] and not self.counts["blocked"]


@dataclass(frozen=True, slots=True)
class RestoreStep:
    """One write: what, why, and what became of it. `body` may name ids that are known only later as `@{old id}`."""

    number: int
    kind: str
    object_type: str
    object_id: str
    display_name: str
    method: str
    path: str
    body: Any
    before: Json
    why: str
    state: StepState
    message: str
    new_id: str | None


class StoredRestores:
    """The read port."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def plan(self, plan_id: str) -> RestorePlan | None:
        document = await self._documents.get(RESTORE_PLANS, plan_id)
        return plan_of(document) if document else None

    async def plans(self, tenant_id: TenantId, *, limit: int = 100) -> Sequence[RestorePlan]:
        """Newest first."""
        query = Query(where={"tenant_id": tenant_id}, order_by="created_at", descending=True, limit=limit)
        return [plan_of(document) for document in await self._documents.find(RESTORE_PLANS, query)]

    async def steps(self, plan_id: str, *, after: int = 0, limit: int = 100) -> Sequence[RestoreStep]:
        """Those with a number above `after`, in order."""
        found: list[RestoreStep] = []
        query = Query(where={"plan_id": plan_id, "last": Above(after)}, order_by="last", limit=limit)
        for document in await self._documents.find(RESTORE_STEPS, query):
            rows = zip(document.body["steps"], document.body["outcomes"], strict=True)
            found.extend(_step_of(step, outcome) for step, outcome in rows if step["number"] > after)
            if len(found) >= limit:
                break
        return found[:limit]


async def given_ids(documents: Documents, tenant_id: TenantId) -> dict[str, GivenId]:
    """By old id: what restores gave last, as the database has it."""
    found: dict[str, GivenId] = {}
    after: tuple[None, str] | None = None
    while True:
        page = await documents.find(ID_MAPS, Query(where={"tenant_id": tenant_id}, after=after, limit=_PAGE))
        given = [GivenId(*(d.body[name] for name in ("old_id", "new_id", "object_type", "plan_id"))) for d in page]
        found.update({one.old_id: one for one in given})
        if len(page) < _PAGE:
            return found
        after = (None, page[-1].id)


async def store_given_id(documents: Documents, tenant_id: TenantId, given: GivenId) -> None:
    """For who stored it in the object store before. Repeating it is harmless; the last word counts."""
    key, body = f"{tenant_id}:{given.old_id}", {"tenant_id": tenant_id, **asdict(given)}
    try:
        await documents.insert(ID_MAPS, key, body)
    except Conflict:
        stored = await documents.get(ID_MAPS, key)
        if stored is not None and stored.body != body:
            await documents.replace(ID_MAPS, key, body, revision=stored.revision)


def digest_of_steps(steps: Iterable[Json]) -> str:
    """What a plan's `sha256` is: of its steps in order, each as one line of canonical JSON."""
    digest = hashlib.sha256()
    for step in steps:
        digest.update(orjson.dumps(step, option=orjson.OPT_SORT_KEYS))
        digest.update(b"\n")
    return digest.hexdigest()


def plan_of(document: Document) -> RestorePlan:
    body = document.body
    return RestorePlan(
        id=document.id,
        tenant_id=TenantId(body["tenant_id"]),
        snapshot=body["snapshot"],
        selection=body["selection"],
        created_at=body["created_at"],
        created_by=body["created_by"],
        sha256=body["sha256"],
        counts=body["counts"],
        blockers=tuple(body["blockers"]),
        skipped=tuple(body["skipped"]),
        credentials=tuple(body["credentials"]),
        estimate=body["estimate"],
        warnings=tuple(body.get("warnings", ())),
    )


def _step_of(step: Json, outcome: Json) -> RestoreStep:
    return RestoreStep(
        number=step["number"],
        kind=step["kind"],
        object_type=step["object_type"],
        object_id=step["object_id"],
        display_name=step["display_name"],
        method=step["method"],
        path=step["path"],
        body=step["body"],
        before=step["before"],
        why=step["why"],
        state=outcome["state"],
        message=outcome.get("message", ""),
        new_id=outcome.get("new_id"),
    )
