"""`reentra restore`: plan, apply, undo, show."""

from typing import Annotated, Any, Literal

import typer

from reentra.standalone.client import Api, at
from reentra.standalone.commands.arguments import IdOption, MoreIds, Tenant, TypeOption, Wait, selection
from reentra.standalone.ending import PARTIAL
from reentra.standalone.output import Output, command, end_with
from reentra.standalone.waiting import tell_end, wait_for

verbs = typer.Typer(name="restore", help="Put back what a snapshot holds.", no_args_is_help=True)

_SHOWN_STEPS = 50
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's id.")]


@verbs.command("plan")
def plan_restore(
    context: typer.Context,
    tenant: Tenant,
    snapshot: Annotated[str, typer.Option("--snapshot", metavar="S", help="A number, `latest`, a date or a time.")],
    more_ids: MoreIds = None,
    type: TypeOption = None,
    id: IdOption = None,
    links: Annotated[
        Literal["replace", "merge", "none"], typer.Option(help="What becomes of relationships.")
    ] = "replace",
    missing: Annotated[
        Literal["block", "restore", "leave-out"],
        typer.Option(help="What to do about what is referred to and gone."),
    ] = "block",
    licences: Annotated[
        Literal["add", "replace"],
        typer.Option(help="Direct licences: replace also takes away what is too many."),
    ] = "add",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A property or relationship to bring back, no other; may be repeated. ID:NAME for one."
        ),
    ] = None,
) -> None:
    """Say what a restore would do, step by step. Nothing is written.

    Exit status: 0 planned and nothing stands in its way, 3 planned with blockers, 1 no plan.
    """
    manner = {"links": links, "missing": missing.replace("-", "_"), "licences": licences}
    body = {**selection(type, id, more_ids, snapshot), **manner, **_choice(only or [])}
    with command(context) as (api, output):
        found = api.tenant(tenant)
        _show_planned(api, output, api.start(f"/tenants/{found['id']}/restore-plans", body))


@verbs.command("undo")
def undo(
    context: typer.Context,
    restore: Annotated[str, typer.Argument(metavar="RESTORE", help="The id of a restore that is over.")],
) -> None:
    """Say what it takes to undo a restore, step by step. Nothing is written; `restore apply` does it.

    Exit status: 0 planned and nothing stands in its way, 3 planned with blockers, 1 no plan.
    """
    with command(context) as (api, output):
        _show_planned(api, output, api.start(at("restores", restore, "undo"), {}))


@verbs.command("apply")
def apply(context: typer.Context, plan: Plan, wait: Wait = False) -> None:
    """Do what a plan says.

    Exit status with --wait: 0 everything was done and read back as planned, 3 in part, 1 nothing or an error;
    without --wait 0 means that the restore was begun.
    """
    with command(context) as (api, output):
        job = api.start(at("restore-plans", plan, "apply"), {})
        if wait:
            job = wait_for(api, output, job)
            tell_end(output, job)
            _tell_failures(api, output, plan)
        output.document(job)
        output.text(job["id"])
        if wait:
            end_with(job)


@verbs.command("show")
def show(
    context: typer.Context,
    restore: Annotated[str, typer.Argument(metavar="PLAN|RESTORE", help="A plan's id, or a restore's.")],
) -> None:
    """A plan with its steps and their fate, or a restore with its result."""
    with command(context) as (api, output):
        job = api.get(at("restores", restore))
        if job["kind"] == "restore_plan" and job["status"] in ("succeeded", "partial"):
            _show_plan(api, output, job["result"]["plan_id"])
            return
        output.document(job)
        tell_end(output, job)
        output.facts([(name, value) for name, value in job["result"].items() if not isinstance(value, list)])


def _choice(names: list[str]) -> dict[str, Any]:
    """`NAME` counts for every object that has no `ID:NAME` of its own."""
    of: dict[str, list[str]] = {}
    for one in names:
        object_id, mark, name = one.partition(":")
        if mark:
            of.setdefault(object_id, []).append(name)
    only = [one for one in names if ":" not in one]
    return {"only": only or None, "only_of": of or None}


def _show_planned(api: Api, output: Output, started: dict[str, Any]) -> None:
    """Waits for the plan; ends with PARTIAL when something blocks it."""
    job = wait_for(api, output, started)
    plan_id = job["result"].get("plan_id")
    if plan_id is None:
        tell_end(output, job)
        output.document(job)
        end_with(job)
        return
    plan = _show_plan(api, output, plan_id)
    if plan["counts"].get("blocked"):
        raise typer.Exit(PARTIAL)


def _show_plan(api: Api, output: Output, plan_id: str) -> dict[str, Any]:
    plan: dict[str, Any] = api.get(f"/restore-plans/{plan_id}")
    if output.as_json:
        steps = list(api.pages(f"/restore-plans/{plan_id}/steps", {"limit": 1000}))
        output.document({**plan, "steps": steps})
        return plan
    page = api.get(f"/restore-plans/{plan_id}/steps", {"limit": _SHOWN_STEPS})
    output.text(f"plan {plan['id']}")
    output.text(_in_words(plan))
    for step in page["value"]:
        output.text(f"  {step['number']}. {step['kind']} {_what(step)}: {step['why']}{_fate(step)}")
    left = int(plan["counts"].get("steps", 0)) - len(page["value"])
    if left > 0:
        output.text(f"  ... and {left} more; --json shows all of them.")
    _show_notes(output, "Blocked", plan["blockers"])
    _show_notes(output, "Look at" if plan["undoes"] else "May be refused", plan["warnings"])
    _show_notes(output, "Skipped", plan["skipped"])
    for one in plan["credentials"]:
        output.text(f"  To issue anew: {_what(one)}: {_credential(one)}")
    if left > 0 or any(step["state"] != "confirmed" for step in page["value"]):
        output.say(f"To do it: reentra restore apply {plan['id']} --wait")
    return plan


def _in_words(plan: dict[str, Any]) -> str:
    counts = plan["counts"]
    if plan["identical"] and plan["undoes"]:
        return f"nothing to undo: what restore {plan['undoes']} touched is as it was before it."
    if plan["identical"]:
        chosen = "selected" if plan["only"] is None and not plan["only_of"] else "chosen"
        return f"identical: everything {chosen} is as it was in snapshot {plan['snapshot']}. Nothing to do."
    kinds = ", ".join(f"{number} {kind}" for kind, number in (counts.get("kinds") or {}).items())
    blocked = f"; {counts['blocked']} blocked" if counts.get("blocked") else ""
    estimate = plan["estimate"]
    about = f", about {estimate.get('requests')} requests in {estimate.get('seconds')} s" if estimate else ""
    aim = f"undo of restore {plan['undoes']}" if plan["undoes"] else f"to snapshot {plan['snapshot']}"
    return f"{aim}: {counts.get('steps', 0)} steps ({kinds}){blocked}{about}"


def _show_notes(output: Output, title: str, notes: list[dict[str, Any]]) -> None:
    for one in notes:
        output.text(f"  {title}: {_what(one)}: {one['reason']}")


def _credential(one: dict[str, Any]) -> str:
    if one["kind"] == "password":
        return "a password; it gets one that nobody knows, so reset it in the Entra admin center and tell the person"
    return f"the {one['kind']} {one['name']}".rstrip()


def _what(thing: dict[str, Any]) -> str:
    name = thing["display_name"] or thing["object_id"]
    return f"{thing['object_type']} {name}"


def _fate(step: dict[str, Any]) -> str:
    if step["state"] == "planned":
        return ""
    return f" [{step['state']}{': ' + step['message'] if step['message'] else ''}]"


def _tell_failures(api: Api, output: Output, plan_id: str) -> None:
    for step in api.pages(f"/restore-plans/{plan_id}/steps", {"limit": 1000}):
        if step["state"] in ("failed", "skipped", "unknown"):
            output.say(f"  {step['number']}. {step['kind']} {_what(step)}{_fate(step)}")
