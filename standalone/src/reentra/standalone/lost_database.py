"""A database that knows no tenant beside stored snapshots is not theirs: the numbers that it gave would be taken."""

from reentra.common.errors import Rejected
from reentra.common.snapshot.manifest import list_manifests
from reentra.common.stores.documents import Query
from reentra.common.stores.tenants import TENANTS
from reentra.standalone.verify import stored_tenants
from reentra.standalone.verify_stores import Stores


async def require_the_database_of_its_backups(stores: Stores, *, database: str, bytes_in: str, option: str) -> None:
    """Before anything is started. Raises Rejected; `option` is how `rebuild` is told where they are."""
    if await stores.documents.find(TENANTS, Query(limit=1)):
        return
    for tenant_id in await stored_tenants(stores):
        if await list_manifests(stores.blobs, tenant_id):
            raise Rejected(
                f"The database {database} knows no tenant, but backups lie in {bytes_in}: it was lost. "
                f"Run `reentra rebuild {option}`, which brings them back, or choose other places to begin anew."
            )
