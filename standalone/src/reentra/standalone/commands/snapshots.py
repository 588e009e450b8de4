"""`reentra snapshots`: list, show."""

from typing import Annotated, Any

import typer

from reentra.standalone.client import at
from reentra.standalone.commands.arguments import Tenant
from reentra.standalone.output import command, moment

verbs = typer.Typer(name="snapshots", help="What was backed up, and when.", no_args_is_help=True)


@verbs.command("list")
def list_snapshots(context: typer.Context, tenant: Tenant) -> None:
    """A tenant's snapshots, newest first."""
    with command(context) as (api, output):
        found = list(api.pages(f"/tenants/{api.tenant(tenant)['id']}/snapshots"))
        output.document({"value": found})
        columns = ("number", "sealed", "result", "objects", "added", "changed", "removed")
        output.table(columns, [_row(snapshot) for snapshot in found])


@verbs.command("show")
def show(
    context: typer.Context,
    tenant: Tenant,
    snapshot: Annotated[str, typer.Argument(metavar="S", help="A number, `latest`, a date or a time.")] = "latest",
    changes: Annotated[bool, typer.Option("--changes", help="What was new, changed or removed.")] = False,
) -> None:
    """One snapshot, type by type; or what its backup found to be different."""
    with command(context) as (api, output):
        path = at("tenants", api.tenant(tenant)["id"], "snapshots", snapshot)
        found = api.get(path)
        if changes:
            rows = list(api.pages(f"{path}/changes", {"limit": 1000}))
            output.document({**found, "changes": rows})
            cells = [[row["change"], row["object_type"], row["display_name"], row["id"]] for row in rows]
            output.table(("change", "type", "name", "id"), cells)
            return
        output.document(found)
        output.text(f"Snapshot {found['number']}, {found['result']}, sealed {moment(found['sealed_at'])}")
        names = ("status", "objects", "added", "changed", "removed")
        types = found["types"]
        remarks = {name: _remark(counts) for name, counts in types.items()}
        last = ("remark",) if any(remarks.values()) else ()
        lines = [
            (name, *(counts.get(of) for of in names), *([remarks[name]] if last else ()))
            for name, counts in types.items()
        ]
        output.table(("type", *names, *last), lines)


def _remark(counts: dict[str, Any]) -> str:
    return "; ".join(filter(None, (counts.get("reason"), counts.get("warning"))))


def _row(snapshot: dict[str, Any]) -> tuple[object, ...]:
    sums = [sum(int(t.get(name) or 0) for t in snapshot["types"].values()) for name in _SUMMED]
    return snapshot["number"], moment(snapshot["sealed_at"]), snapshot["result"], *sums


_SUMMED = ("objects", "added", "changed", "removed")
