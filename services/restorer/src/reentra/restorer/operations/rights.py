"""Before anything is written: does the restore app exist in the tenant, and may it do what the steps need?"""

from collections.abc import Awaitable, Callable

from reentra.common.errors import NeedsConsent, Rejected
from reentra.common.ids import TenantId
from reentra.restorer.domain.permissions import RESTORE_APP_MISSING, Needs, Rights
from reentra.restorer.domain.steps import Remark

ReadRights = Callable[[TenantId], Awaitable[Rights | None]]
"""Of the restore app, from a token issued now: an older one knows nothing of a consent given or taken since. None: its
token tells nothing. Raises NeedsConsent (no restore app, or it is not let in) and Rejected (an unusable credential)."""


async def remarks_about_the_app(
    needs: Needs, read: ReadRights, tenant_id: TenantId
) -> tuple[list[Remark], Rights | None]:
    """One per permission, not per step; and what the app may do, when that is known."""
    if not needs.counts:
        return [], None
    try:
        rights = await read(tenant_id)
    except (NeedsConsent, Rejected) as error:
        return [Remark("tenant", tenant_id, "restore app", RESTORE_APP_MISSING, error.message)], None
    return ([] if rights is None else [needs.remark(row, rights, tenant_id) for row in needs.lacking(rights)]), rights
