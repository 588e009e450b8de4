"""Who did what through the door, and what came of it: a numbered row per privileged act, announced as `Audited`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from reentra.common.clock import Clock, to_text
from reentra.common.events.gateway import Audited
from reentra.common.jobs.outbox import OUTBOX_INDEX, with_events
from reentra.common.stores.documents import AnyOf, Below, Collection, Condition, Document, Documents, Index, Json, Query

AUDIT = Collection("audit", (Index(("number",), unique=True), OUTBOX_INDEX))


@dataclass(frozen=True, slots=True)
class Act:
    """`outcome`: `ok`, or the code of the error. `details` never hold secrets or people's attributes."""

    actor: str
    action: str
    target: str
    outcome: str = "ok"
    tenant_id: str | None = None
    request_id: str = ""
    details: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRow:
    number: int
    time: str
    act: Act


class Audit:
    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def record(self, act: Act) -> None:
        body = {
            "number": await self._documents.next_number("audit"),
            "time": to_text(self._clock.now()),
            "actor": act.actor,
            "action": act.action,
            "target": act.target,
            "outcome": act.outcome,
            "tenant_id": act.tenant_id,
            "request_id": act.request_id,
            "details": act.details,
        }
        event = Audited(
            tenant_id=act.tenant_id,
            actor=act.actor,
            action=act.action,
            target=act.target,
            outcome=act.outcome,
            details=act.details,
        )
        await self._documents.insert(AUDIT, str(uuid4()), with_events(body, [event]))

    async def list(
        self, *, before: int | None = None, tenant_ids: tuple[str, ...] | None = None, limit: int
    ) -> Sequence[AuditRow]:
        """Newest first. `tenant_ids` None: all, and what is of no tenant."""
        where: dict[str, Condition] = {}
        if before is not None:
            where["number"] = Below(before)
        if tenant_ids is not None:
            where["tenant_id"] = tenant_ids[0] if len(tenant_ids) == 1 else AnyOf(tenant_ids)
        query = Query(where=where, order_by="number", descending=True, limit=limit)
        return [_row(document) for document in await self._documents.find(AUDIT, query)]


def _row(document: Document) -> AuditRow:
    body = document.body
    act = Act(
        actor=body["actor"],
        action=body["action"],
        target=body["target"],
        outcome=body["outcome"],
        tenant_id=body["tenant_id"],
        request_id=body["request_id"],
        details=body["details"],
    )
    return AuditRow(body["number"], body["time"], act)
