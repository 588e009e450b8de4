"""`reentra backup start`."""

import typer

from reentra.standalone.commands.arguments import Tenant, Wait
from reentra.standalone.output import command, end_with
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="backup", help="Back up a tenant.", no_args_is_help=True)


@verbs.callback()
def backup() -> None:
    """Back up a tenant."""


@verbs.command("start")
def start(context: typer.Context, tenant: Tenant, wait: Wait = False) -> None:
    """Back up now. A backup that runs already is joined."""
    with command(context) as (api, output):
        found = api.tenant(tenant)
        job = api.start(f"/tenants/{found['id']}/backups", {})
        if wait:
            job = wait_for(api, output, job)
            tell_end(output, job)
        else:
            output.say(f"Backup {job['id']} of {found['name']} is {job['status']}.")
        output.document(job)
        number = job["result"].get("snapshot")
        output.text(f"snapshot {number}" if number else job["id"])
        if wait:
            end_with(job)
