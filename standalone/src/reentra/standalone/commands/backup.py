"""`reentra backup start`."""

import typer

from reentra.standalone.commands.arguments import Tenant, Wait
from reentra.standalone.output import AsJson, command, end_with
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="backup", help="Back up a tenant.", no_args_is_help=True)


@verbs.callback()
def backup() -> None:
    """Back up a tenant."""


@verbs.command("start")
def start(tenant: Tenant, wait: Wait = False, as_json: AsJson = False) -> None:
    """Back up now. A backup that runs already is joined."""
    with command(as_json) as (api, terminal):
        found = api.tenant(tenant)
        job = api.start(f"/tenants/{found['id']}/backups", {})
        if wait:
            job = wait_for(api, terminal, job)
            tell_end(terminal, job)
        else:
            terminal.say(f"Backup {job['id']} of {found['name']} is {job['status']}.")
        if as_json:
            terminal.result(job)
        elif wait and job["result"].get("snapshot"):
            terminal.text(f"snapshot {job['result']['snapshot']}")
        else:
            terminal.text(job["id"])
        if wait:
            end_with(job)
