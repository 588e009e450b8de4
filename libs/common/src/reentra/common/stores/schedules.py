"""Schedules as others read them: when a tenant's next backup is due. The scheduler alone writes the collection."""

from reentra.common.ids import TenantId
from reentra.common.stores.documents import Collection, Documents, Index

SCHEDULES = Collection("schedules", (Index(("next_at",)),))


class StoredSchedules:
    """The read port."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def next_backup_at(self, tenant_id: TenantId) -> str | None:
        """None when nothing is scheduled for the tenant."""
        document = await self._documents.get(SCHEDULES, tenant_id)
        if document is None or not document.body["enabled"]:
            return None
        return str(document.body["next_at"])
