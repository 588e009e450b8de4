"""`reentra jobs`: list, watch, cancel."""

from typing import Annotated, Any

import typer

from reentra.standalone.output import AsJson, command, end_with, moment
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="jobs", help="Backups, downloads and restores, running and past.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


@verbs.command("list")
def list_jobs(
    tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Only of this tenant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Jobs, newest first."""
    with command(as_json) as (api, terminal):
        tenant_id = api.tenant(tenant)["id"] if tenant else None
        found = api.get("/jobs", {"tenant": tenant_id, "limit": limit})["value"]
        if as_json:
            terminal.result({"value": found})
            return
        columns = ("job", "kind", "status", "created", "ended", "by", "message")
        terminal.table(columns, [_row(job) for job in found])


@verbs.command("watch")
def watch(job: JobId, as_json: AsJson = False) -> None:
    """Follow a job to its end, and end with its outcome."""
    with command(as_json) as (api, terminal):
        found = wait_for(api, terminal, api.get(f"/jobs/{job}"))
        tell_end(terminal, found)
        if as_json:
            terminal.result(found)
        end_with(found)


@verbs.command("cancel")
def cancel(job: JobId, as_json: AsJson = False) -> None:
    """Ask a job to stop."""
    with command(as_json) as (api, terminal):
        found = api.post(f"/jobs/{job}/cancel", {})
        terminal.say(f"Job {job} was asked to stop.")
        if as_json:
            terminal.result(found)


def _row(job: dict[str, Any]) -> tuple[object, ...]:
    error = job["error"] or {}
    times = moment(job["created_at"]), moment(job["ended_at"])
    return job["id"], job["kind"], job["status"], *times, job["created_by"], error.get("message", "")
