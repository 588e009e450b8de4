"""`reentra download`: create, list, fetch."""

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from reentra.standalone.client import Api, at
from reentra.standalone.commands.arguments import IdOption, MoreIds, SnapshotOption, Tenant, TypeOption, Wait, selection
from reentra.standalone.ending import PARTIAL, SUCCESS
from reentra.standalone.fetching import checked_target, fetch
from reentra.standalone.output import Output, command, end_with, exit_status, moment
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="download", help="ZIP archives of JSON.", no_args_is_help=True)

_MOST_NAMED = 20
Target = Annotated[Path, typer.Option("--output", metavar="FILE", help="Where to put the ZIP.")]


@verbs.command("create")
def create(
    context: typer.Context,
    tenant: Tenant,
    more_ids: MoreIds = None,
    type: TypeOption = None,
    id: IdOption = None,
    snapshot: SnapshotOption = "latest",
    wait: Wait = False,
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Fetch it to there.")] = None,
) -> None:
    """Make a ZIP of a tenant, of a type, or of some objects of a type."""
    body = selection(type, id, more_ids, snapshot)
    if target is not None:
        checked_target(target)
    with command(context) as (api, output):
        found = api.tenant(tenant)
        job = api.start(f"/tenants/{found['id']}/downloads", body)
        waited = wait or target is not None
        if waited:
            job = wait_for(api, output, job)
            tell_end(output, job)
            _tell_left_out(output, job)
        if target is not None and exit_status(job) in (SUCCESS, PARTIAL):
            _fetch(api, output, job, target)
        output.document(job if target is None else {**job, "output": str(target)})
        output.text(job["id"])
        if waited:
            end_with(job)


@verbs.command("list")
def list_downloads(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Argument(metavar="[TENANT]", help="Only of this tenant.")] = None,
) -> None:
    """Downloads, newest first."""
    with command(context) as (api, output):
        tenants = [api.tenant(tenant)] if tenant is not None else list(api.pages("/tenants"))
        names = {one["id"]: one["name"] for one in tenants}
        found = [job for tenant_id in names for job in api.pages(f"/tenants/{tenant_id}/downloads")]
        found.sort(key=lambda job: str(job["created_at"]), reverse=True)
        output.document({"value": found})
        columns = ("download", "tenant", "made", "status", "snapshot", "objects", "bytes")
        output.table(columns, [_row(job, names[job["tenant_id"]]) for job in found])


@verbs.command("fetch")
def fetch_download(
    context: typer.Context,
    download: Annotated[str, typer.Argument(metavar="DOWNLOAD", help="The download's id.")],
    target: Target,
) -> None:
    """Fetch a finished download; an interrupted one goes on. The SHA-256 is checked."""
    checked_target(target)
    with command(context) as (api, output):
        job = wait_for(api, output, api.get(at("downloads", download)))
        if exit_status(job) != SUCCESS:
            tell_end(output, job)
            _tell_left_out(output, job)
        if exit_status(job) in (SUCCESS, PARTIAL):
            _fetch(api, output, job, target)
        output.document({**job, "output": str(target)})
        end_with(job)


def _fetch(api: Api, output: Output, job: dict[str, Any], target: Path) -> None:
    fetch(api, job, target)
    result = job["result"]
    output.say(f"{target}: {result['objects']} objects, {result['size']} bytes, SHA-256 {result['sha256']} checked.")


def _tell_left_out(output: Output, job: dict[str, Any]) -> None:
    named = job["result"].get("failures", [])[:_MOST_NAMED]
    for reason, together in groupby(named, key=lambda one: str(one["message"])):
        output.say(f"  {reason}")
        for one in together:
            output.say(f"    {one['object_type']} {one['object_id']} ({one['display_name']})")
    if (more := job["result"].get("left_out", 0) - len(named)) > 0:
        output.say(f"  and {more} more")


def _row(job: dict[str, Any], tenant: str) -> tuple[object, ...]:
    result = job["result"]
    return (
        job["id"],
        tenant,
        moment(job["created_at"]),
        job["status"],
        job["params"].get("snapshot"),
        result.get("objects"),
        result.get("size"),
    )
