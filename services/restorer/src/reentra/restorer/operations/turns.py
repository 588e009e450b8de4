"""One restore of a tenant writes at a time.

Two that make the same object would each make one: neither sees the other's before it is there. Who comes second waits,
as a job that is given back, and then meets what the first has made (`execution`).
"""

from collections.abc import Awaitable, Callable

from reentra.common.errors import Conflict, RetryLater, Stale
from reentra.common.ids import JobId, TenantId
from reentra.common.stores.documents import Documents
from reentra.common.stores.restores import RESTORE_TURNS

_LOOK_AGAIN_SECONDS = 5.0


class Turns:
    """`is_over`: whether a job has ended, however. Whoever ended leaves its turn by that alone."""

    def __init__(self, documents: Documents, is_over: Callable[[JobId], Awaitable[bool]]) -> None:
        self._documents = documents
        self._is_over = is_over

    async def take(self, tenant_id: TenantId, job_id: JobId) -> None:
        """Held until the job is over, also while it waits and after a crash. RetryLater while another job has it."""
        body = {"job_id": job_id}
        while True:
            stored = await self._documents.get(RESTORE_TURNS, tenant_id)
            try:
                if stored is None:
                    await self._documents.insert(RESTORE_TURNS, tenant_id, body)
                elif stored.body != body:
                    await self._must_be_over(JobId(stored.body["job_id"]))
                    await self._documents.replace(RESTORE_TURNS, tenant_id, body, revision=stored.revision)
            except (Conflict, Stale):
                continue  # somebody else was quicker
            return

    async def _must_be_over(self, holder: JobId) -> None:
        if not await self._is_over(holder):
            raise RetryLater(
                f"Another restore of this tenant is at work (job {holder}); this one begins when that is over.",
                after_seconds=_LOOK_AGAIN_SECONDS,
            )
