"""The command's side of the verbs that work on the stores: what they find, in words and as JSON, and the status."""

from dataclasses import asdict

from reentra.auth.app import build_app as build_auth
from reentra.auth.settings import AuthSettings
from reentra.common.clients.clouds import Clouds
from reentra.common.clock import SystemClock
from reentra.standalone.ending import FAILURE, PARTIAL, SUCCESS
from reentra.standalone.findings import Finding
from reentra.standalone.opening import Whereabouts, opened, require_rest
from reentra.standalone.output import Output, moment
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify


async def verify_stores(where: Whereabouts, *, all_data: bool, output: Output) -> int:
    """Looks on; Reentra may run meanwhile."""

    def tell(finding: Finding) -> None:
        output.say(f"{finding.severity}: {finding.where}: {finding.message}")

    async with opened(where, read_only=True) as (stores, installation):
        report = await verify(stores, installation, all_data=all_data, on_finding=tell)
    counted = report.counters
    output.say(
        f"Checked {counted.snapshots} snapshots of {counted.tenants} tenants: {counted.segments} segments, "
        f"{counted.records} records, {counted.exports} archives, {counted.bytes_read / (1 << 20):.1f} MiB "
        f"in {report.seconds:.1f} s. {'Everything is as it was written.' if report.ok else 'Something is wrong.'}"
    )
    output.document(report.to_json())
    return SUCCESS if report.ok else FAILURE


async def rebuild_stores(where: Whereabouts, *, output: Output) -> int:
    """Nobody else may use the stores meanwhile."""
    async with opened(where) as (stores, installation):
        if where.keys is not None:
            await require_rest(stores.documents)
        report = await rebuild(stores, installation, SystemClock())
    for finding in report.findings:
        output.say(f"{finding.severity}: {finding.where}: {finding.message}")
    for tenant_id, numbers in report.rebuilt.items():
        output.say(f"Tenant {tenant_id}: snapshots {', '.join(map(str, numbers))} are back.")
    for tenant_id, count in report.ids.items():
        output.say(f"Tenant {tenant_id}: what restores made anew is known again ({count} ids).")
    output.say(
        f"{report.objects} object versions were read. Connect the tenants again: "
        "credentials are not among the stored objects."
    )
    output.document(asdict(report))
    return PARTIAL if any(f.severity == "error" for f in report.findings) else SUCCESS


async def renew_password(where: Whereabouts, *, as_link: bool, output: Output) -> None:
    """Raises NotFound when nobody was ever made there."""
    async with opened(where) as (stores, installation):
        auth = build_auth(
            AuthSettings(), documents=stores.documents, sealer=installation.sealer("credentials"), clouds=Clouds()
        )
        renewed = await auth.renew_password()
        invited = await auth.membership.invite_local_administrator() if as_link else None
        await auth.close()
    if invited is None:
        output.say(f"Sign in as {renewed.username} with the password {renewed.password}")
        output.say("It is shown this once; only its hash is stored. Sessions have ended; API tokens go on working.")
        output.document({"username": renewed.username, "password": renewed.password})
        return
    ends_at = invited.person.invitation_ends_at
    output.say(f"Choose another name and password, until {moment(ends_at)}, at {invited.link}")
    output.say("This link works once and is shown this once. Sessions have ended; API tokens go on working.")
    output.document({"username": renewed.username, "link": invited.link, "invitation_ends_at": ends_at})
