"""Which tenants somebody, or an API token, may be limited to."""

from reentra.common.errors import Rejected
from reentra.common.people import EVERYWHERE, Reach
from reentra.common.stores.tenants import StoredTenants


async def check_reach(tenants: StoredTenants, wanted: Reach, *, within: Reach = EVERYWHERE) -> None:
    """Raises Rejected: for no tenant at all, for one that never was, and in the same words for one that the asker may
    not know of. One that is disconnected may be named: it may be connected again."""
    if wanted.tenants is None:
        return
    if not wanted.tenants:
        raise Rejected("Choose at least one tenant, or all.")
    for tenant_id in sorted(wanted.tenants):
        if not within.has(tenant_id) or await tenants.get(tenant_id) is None:
            raise Rejected(f"There is no tenant {tenant_id[:60]!r}.")
