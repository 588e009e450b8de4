"""`reentra verify`: does everything stored still keep its promise? Reads only; Reentra may run meanwhile.

1. Per tenant: its wrapped keys open; manifests are signed, chained, and tell what the catalogue tells; every segment
   they list is there with its size and SHA-256. Every stored byte is read, so a flipped bit is found and named.
2. With all data also: every frame decrypts, every record parses and has the hash that the catalogue says, every row of
   the catalogue resolves, the counts agree (`verify_data`).
3. Archives match the SHA-256 of their jobs; no job and no event waits for longer than it should; what nobody refers to
   is opened as well and named as a warning.
"""

import contextlib
import time
from collections.abc import Callable

from reentra.common.errors import Unreadable
from reentra.common.ids import TenantId
from reentra.common.snapshot.keys import Installation
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.tenants import StoredTenants
from reentra.standalone.findings import Counters, Finding, Findings, VerifyReport
from reentra.standalone.verify_jobs import check_exports, check_jobs, check_plans
from reentra.standalone.verify_stores import Stores
from reentra.standalone.verify_tenant import TenantCheck


async def verify(
    stores: Stores,
    installation: Installation,
    *,
    all_data: bool = False,
    on_finding: Callable[[Finding], None] = lambda _: None,
) -> VerifyReport:
    started = time.monotonic()
    findings, counters = Findings(on_finding), Counters()
    for damage in await stores.inspection.damage(all_rows=all_data):
        findings.error("database", damage.where, damage.message, damage.tenant_id)
    for tenant_id in await stored_tenants(stores):
        await TenantCheck(stores, installation, tenant_id, findings, counters).check(all_data=all_data)
    with contextlib.suppress(Unreadable):  # likewise
        await check_exports(stores.documents, stores.blobs, findings, counters)
    with contextlib.suppress(Unreadable):
        await check_plans(stores.documents, findings)
        await check_jobs(stores.documents, findings)
    await _check_strangers(stores.blobs, findings)
    return VerifyReport(findings.all(), counters, all_data, time.monotonic() - started)


async def stored_tenants(stores: Stores) -> list[TenantId]:
    """Those with bytes in the object store and those that are known, as far as that can be read."""
    found: set[TenantId] = set()
    with contextlib.suppress(Unreadable):  # the inspection names what is damaged
        found |= {tenant.id for tenant in await StoredTenants(stores.documents).list()}
    async for key in stores.blobs.list("tenants/"):
        found.add(TenantId(key.split("/")[1]))
    return sorted(found)


async def _check_strangers(blobs: Blobs, findings: Findings) -> None:
    async for key in blobs.list(""):
        if not key.startswith(("tenants/", "exports/")):
            findings.warning("unexpected-blob", key, f"{key} is nothing that Reentra wrote.")
