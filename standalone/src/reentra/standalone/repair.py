"""The first half of `rebuild` into a database that is there: what in it is damaged goes, with its name said.

The catalogue is emptied when anything in it contradicts the stored objects, or was listed by a version that knew less,
because all of it comes back. Documents have no second source: a damaged one is removed, so that the others can be
used, and what people must do is said.
"""

from reentra.common.errors import Unreadable
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.documents import JOBS, UNFINISHED
from reentra.common.snapshot.keys import Installation
from reentra.common.stores.documents import Query
from reentra.standalone.findings import Counters, Findings
from reentra.standalone.verify_rows import LISTED_EARLIER
from reentra.standalone.verify_stores import Stores
from reentra.standalone.verify_tenant import TenantCheck

OF_THE_CATALOGUE = frozenset(
    {"database", "catalogue", "row", "record", "count", "snapshot-differs", "segments-differ", "manifest-differs"}
)
_PAGE = 200
_REMEDIES = {
    "tenants": "Connect the tenant again",
    "credentials": "Connect the tenant again",
    "people": "Have an administrator make the person anew",
    "api_tokens": "Make a new API token",
    "sessions": "Sign in again",
    "schedules": "Set the tenant's frequency again",
    "jobs": "Start it again if it is still wanted",
    "restore_plans": "Make a new plan",
    "restore_steps": "Make a new plan",
}


async def repair(stores: Stores, installation: Installation, tenants: list[TenantId], findings: Findings) -> None:
    """Raises Unreadable when the file itself is damaged."""
    for damage in await stores.inspection.structure():
        raise Unreadable(damage.message)
    for collection, id in await stores.inspection.drop_damaged_documents():
        where = f"{collection}/{id}"
        if collection == "counters":
            findings.warning("document", where, f"The counter {id} was damaged; it goes on from its highest number.")
            continue
        remedy = _REMEDIES.get(collection, "Nothing else depends on it")
        findings.error("document", where, f"The document {where} was damaged and is removed. {remedy}.")
    why = await _why_anew(stores, installation, tenants)
    if why:
        await stores.inspection.clear_catalogue()
        findings.warning("catalogue", "catalogue", f"The catalogue {why}; all of it is made anew.")


async def begin_again_what_lost_its_snapshot(stores: Stores) -> None:
    """An unfinished backup goes on from its checkpoint; without its open snapshot it must begin anew."""
    for document in await stores.documents.find(JOBS, Query({"kind": "backup", **UNFINISHED}, limit=_PAGE)):
        number = document.body["state"].get("number")
        if number is None:
            continue
        tenant_id = TenantId(document.body["tenant_id"])
        snapshot = await stores.catalogue.snapshot(tenant_id, SnapshotNumber(number))
        if snapshot is None or snapshot.status != "open":
            body = document.body | {"state": {}}
            await stores.documents.replace(JOBS, document.id, body, revision=document.revision)


async def _why_anew(stores: Stores, installation: Installation, tenants: list[TenantId]) -> str:
    """Empty when the catalogue may stay."""
    contradicted = "contradicted the stored objects"
    if await stores.inspection.damage(all_rows=True):
        return contradicted
    findings = Findings()
    for tenant_id in tenants:
        if await stores.catalogue.latest(tenant_id) is not None:
            await TenantCheck(stores, installation, tenant_id, findings, Counters()).check(all_data=True)
    codes = {finding.code for finding in findings.all()}
    if codes & OF_THE_CATALOGUE:
        return contradicted
    return "was written by an earlier version of Reentra, which knew fewer filters" if LISTED_EARLIER in codes else ""
