"""`reentra jobs`: list, watch, cancel."""

from typing import Annotated, Any

import typer

from reentra.standalone.client import at
from reentra.standalone.output import command, end_with, moment
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="jobs", help="Backups, downloads and restores, running and past.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


@verbs.command("list")
def list_jobs(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Only of this tenant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
) -> None:
    """Jobs, newest first."""
    with command(context) as (api, output):
        tenant_id = api.tenant(tenant)["id"] if tenant is not None else None
        found = api.get("/jobs", {"tenant": tenant_id, "limit": limit})["value"]
        output.document({"value": found})
        columns = ("job", "kind", "status", "created", "ended", "by", "message")
        output.table(columns, [_row(job) for job in found])


@verbs.command("watch")
def watch(context: typer.Context, job: JobId) -> None:
    """Follow a job to its end, and end with its outcome."""
    with command(context) as (api, output):
        found = wait_for(api, output, api.get(at("jobs", job)))
        tell_end(output, found)
        output.document(found)
        end_with(found)


@verbs.command("cancel")
def cancel(context: typer.Context, job: JobId) -> None:
    """Ask a job to stop."""
    with command(context) as (api, output):
        found = api.post(at("jobs", job, "cancel"), {})
        output.say(f"Job {job} was asked to stop.")
        output.document(found)


def _row(job: dict[str, Any]) -> tuple[object, ...]:
    message = (job["error"] or {}).get("message") or (job["result"] or {}).get("message") or ""
    times = moment(job["created_at"]), moment(job["ended_at"])
    return job["id"], job["kind"], job["status"], *times, job["created_by"], message
