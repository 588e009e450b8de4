"""The part of `verify` that looks at jobs: their archives are whole, and nothing waits for longer than it should."""

from datetime import timedelta
from hashlib import sha256

from reentra.common.clock import to_text
from reentra.common.errors import NotFound, Unreadable
from reentra.common.ids import TenantId
from reentra.common.jobs.documents import JOBS, UNFINISHED
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.documents import Below, Collection, Document, Documents, Json, Query, Scalar
from reentra.common.stores.restores import RESTORE_PLANS, RESTORE_STEPS, digest_of_steps
from reentra.common.stores.tenants import TENANTS
from reentra.standalone.findings import Counters, Findings

_PAGE = 200
_OVERDUE = timedelta(minutes=15)


async def check_exports(documents: Documents, blobs: Blobs, findings: Findings, counters: Counters) -> None:
    expected: set[str] = set()
    unfinished: set[str] = set()
    for document in await _all(documents, JOBS, {"kind": "export"}):
        body = document.body
        if body["status"] == "succeeded":
            expected.add(body["result"]["key"])
            counters.exports += 1
            await _check_archive(blobs, body["tenant_id"], body["result"], findings, counters)
        elif body["place"] is not None:
            unfinished.add(f"exports/{body['tenant_id']}/{document.id}.zip")
    async for key in blobs.list("exports/"):
        if key in unfinished:
            message = (
                f"{key} is of a download that has not finished: nobody gets it before it was compared with a new one."
            )
            findings.warning("unfinished", key, message)
        elif key not in expected:
            findings.warning("unreferenced", key, f"{key} belongs to no finished download.")


async def _check_archive(blobs: Blobs, tenant_id: str, result: Json, findings: Findings, counters: Counters) -> None:
    key, digest, size = result["key"], sha256(), 0
    try:
        async for chunk in blobs.stream(key):
            digest.update(chunk)
            size += len(chunk)
    except (NotFound, Unreadable) as error:
        findings.error("export", key, f"The archive {key} of tenant {tenant_id} cannot be read: {error.message}")
        return
    counters.bytes_read += size
    if (size, digest.hexdigest()) != (result["size"], result["sha256"]):
        message = f"The archive {key} of tenant {tenant_id} is not the one that was written. Make the download again."
        findings.error("export", key, message)


async def check_jobs(documents: Documents, findings: Findings) -> None:
    """Warnings only: when Reentra does not run, jobs and events wait for its next start."""
    border = to_text(await documents.now() - _OVERDUE)
    for document in await _all(documents, JOBS, {"runnable_at": Below(border), **UNFINISHED}):
        message = f"Job {document.id} ({document.body['kind']}) waits since {document.body['runnable_at']}."
        findings.warning("job-waits", document.id, message)
    for collection in (JOBS, TENANTS):
        for document in await documents.find(collection, Query({"outbox_at": Below(border)}, limit=_PAGE)):
            message = f"Events of {collection.name}/{document.id} were not published; Reentra does so when it runs."
            findings.warning("event-waits", document.id, message)


async def check_plans(documents: Documents, findings: Findings) -> None:
    """A plan's steps are those that were shown."""
    for plan in await _all(documents, RESTORE_PLANS, {}):
        chunks = await _all(documents, RESTORE_STEPS, {"plan_id": plan.id}, "last")
        if digest_of_steps(step for chunk in chunks for step in chunk.body["steps"]) != plan.body["sha256"]:
            message = f"The steps of restore plan {plan.id} are not those that were planned; make a new plan."
            findings.error("plan", f"{RESTORE_PLANS.name}/{plan.id}", message, TenantId(plan.body["tenant_id"]))


async def _all(
    documents: Documents, collection: Collection, where: Json, order_by: str = "created_at"
) -> list[Document]:
    found: list[Document] = []
    after: tuple[Scalar, str] | None = None
    while page := await documents.find(collection, Query(where, order_by, after=after, limit=_PAGE)):
        found += page
        after = (page[-1].body[order_by], page[-1].id)
    return found
