"""Whose directory it is: a mix-up of tokens must not file one tenant's objects under another (threat A17)."""

import structlog

from reentra.collector.operations.ahead import ReadAhead
from reentra.collector.operations.paging import pages
from reentra.common.clients.graph import UnsafeLink
from reentra.common.errors import Forbidden, NeedsConsent, NotFound, Rejected
from reentra.common.ids import TenantId

log = structlog.get_logger()
_ORGANIZATION = "/organization"


async def prove_identity(graph: ReadAhead, tenant_id: TenantId) -> None:
    """The pages are kept for the type that is read from them. Raises Rejected for another tenant or for links that lead
    astray, NeedsConsent, and RetryLater; any other refusal is that type's own reason, and the tenant stays unproven."""
    try:
        read = [page async for page in pages(graph, _ORGANIZATION)]
        rows = [row for page in read for row in page.values]
    except (NeedsConsent, UnsafeLink):
        raise
    except (Forbidden, NotFound, Rejected) as refused:
        unproven(tenant_id, refused.message)
        return
    for link, page in zip((_ORGANIZATION, *(page.next_link for page in read)), read, strict=False):
        graph.keep(str(link), None, page)
    found = str(rows[0]["id"]).lower() if rows else "nothing"
    if found != tenant_id.lower():
        raise Rejected(
            f"Microsoft Graph answered for tenant {found}, not for {tenant_id}. Nothing was backed up; "
            "connect the tenant again with its own credentials.",
            tenant_id=tenant_id,
        )


def unproven(tenant_id: TenantId, reason: str) -> None:
    log.warning("tenant not proven by /organization", tenant_id=tenant_id, reason=reason)
