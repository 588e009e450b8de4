"""The audit log, newest first."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from reentra.gateway.domain.cursors import number, to_cursor
from reentra.gateway.operations.audit import AuditRow
from reentra.gateway.routes.guard import GuardedRoute, Within
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given


class AuditView(BaseModel):
    number: int
    time: str
    actor: str = Field(examples=["admin"])
    action: str = Field(examples=["backup.start"])
    target: str
    outcome: str = Field(examples=["ok"])
    tenant_id: str | None
    request_id: str
    details: dict[str, Any]


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["audit"])


@router.get("/audit", summary="Who did what, newest first")
async def list_audit(
    parts: Given,
    request: Request,
    within: Within,
    tenant: Annotated[str | None, Query(max_length=60)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[AuditView]:
    found = await parts.audit.list(before=number(cursor), tenant_ids=within.chosen(tenant or None), limit=limit)
    link = next_link(request, to_cursor(found[-1].number)) if len(found) == limit else None
    return Listed(value=[_view(row) for row in found], next_link=link)


def _view(row: AuditRow) -> AuditView:
    act = row.act
    return AuditView(
        number=row.number,
        time=row.time,
        actor=act.actor,
        action=act.action,
        target=act.target,
        outcome=act.outcome,
        tenant_id=act.tenant_id,
        request_id=act.request_id,
        details=act.details,
    )
