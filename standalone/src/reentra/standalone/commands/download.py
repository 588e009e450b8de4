"""`reentra download`: create, list, fetch."""

from pathlib import Path
from typing import Annotated, Any

import typer

from reentra.standalone.client import Api
from reentra.standalone.commands.arguments import IdOption, MoreIds, SnapshotOption, Tenant, TypeOption, Wait, selection
from reentra.standalone.fetching import fetch
from reentra.standalone.output import SUCCESS, AsJson, Terminal, command, end_with, exit_status, moment
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="download", help="ZIP archives of JSON.", no_args_is_help=True)

Output = Annotated[Path, typer.Option("--output", metavar="FILE", help="Where to put the ZIP.")]


@verbs.command("create")
def create(
    tenant: Tenant,
    more_ids: MoreIds = None,
    type: TypeOption = None,
    id: IdOption = None,
    snapshot: SnapshotOption = "latest",
    wait: Wait = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Fetch it to there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a ZIP of a tenant, of a type, or of some objects of a type."""
    body = selection(type, id, more_ids, snapshot)
    with command(as_json) as (api, terminal):
        found = api.tenant(tenant)
        job = api.start(f"/tenants/{found['id']}/downloads", body)
        waited = wait or output is not None
        if waited:
            job = wait_for(api, terminal, job)
            tell_end(terminal, job)
        if output is not None and exit_status(job) == SUCCESS:
            _fetch(api, terminal, job, output)
        if as_json:
            terminal.result(job if output is None else {**job, "output": str(output)})
        else:
            terminal.text(job["id"])
        if waited:
            end_with(job)


@verbs.command("list")
def list_downloads(tenant: Tenant, as_json: AsJson = False) -> None:
    """A tenant's downloads, newest first."""
    with command(as_json) as (api, terminal):
        found = list(api.pages(f"/tenants/{api.tenant(tenant)['id']}/downloads"))
        if as_json:
            terminal.result({"value": found})
            return
        terminal.table(("download", "made", "status", "snapshot", "objects", "bytes"), [_row(job) for job in found])


@verbs.command("fetch")
def fetch_download(
    download: Annotated[str, typer.Argument(metavar="DOWNLOAD", help="The download's id.")],
    output: Output,
    as_json: AsJson = False,
) -> None:
    """Fetch a finished download; an interrupted one goes on. The SHA-256 is checked."""
    with command(as_json) as (api, terminal):
        job = wait_for(api, terminal, api.get(f"/downloads/{download}"))
        if exit_status(job) == SUCCESS:
            _fetch(api, terminal, job, output)
        else:
            tell_end(terminal, job)
        if as_json:
            terminal.result({**job, "output": str(output)})
        end_with(job)


def _fetch(api: Api, terminal: Terminal, job: dict[str, Any], output: Path) -> None:
    fetch(api, job, output)
    result = job["result"]
    terminal.say(f"{output}: {result['objects']} objects, {result['size']} bytes, SHA-256 {result['sha256']} checked.")


def _row(job: dict[str, Any]) -> tuple[object, ...]:
    result = job["result"]
    return (
        job["id"],
        moment(job["created_at"]),
        job["status"],
        job["params"].get("snapshot"),
        result.get("objects"),
        result.get("size"),
    )
