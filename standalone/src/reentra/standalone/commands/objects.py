"""`reentra objects`: list, show, history."""

from itertools import islice
from typing import Annotated, Any

import typer

from reentra.standalone.client import at
from reentra.standalone.commands.arguments import SnapshotOption, Tenant
from reentra.standalone.output import command, moment
from reentra.standalone.readable import lines

verbs = typer.Typer(name="objects", help="Objects as they were backed up.", no_args_is_help=True)

_FILTER_HELP = "Such as kind=security; may be given again, then all must fit. `objects filters` shows what there is."
Type = Annotated[str, typer.Option("--type", metavar="TYPE", help="An object type, such as user.")]
Id = Annotated[str, typer.Option("--id", metavar="ID", help="The object's id.")]


@verbs.command("list")
def list_objects(
    context: typer.Context,
    tenant: Tenant,
    type: Type,
    snapshot: SnapshotOption = "latest",
    search: Annotated[str | None, typer.Option(metavar="TEXT", help="In names, addresses and ids.")] = None,
    filter: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help=_FILTER_HELP)] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Removed objects instead.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
) -> None:
    """Objects of a type, by name."""
    with command(context) as (api, output):
        params = {
            "type": type,
            "snapshot": snapshot,
            "search": search,
            "filter": [one.replace("=", ":", 1) for one in filter or ()],
            "deleted": "true" if deleted else None,
            "limit": min(limit or 1000, 1000),
        }
        pages = api.pages(f"/tenants/{api.tenant(tenant)['id']}/objects", params)
        found = list(islice(pages, limit))
        output.document({"value": found})
        facets = list(dict.fromkeys(name for row in found for name in row["facets"]))
        columns = ("id", "name", *facets, *(("removed",) if deleted else ()))
        output.table(columns, [_row(row, facets, deleted) for row in found])


@verbs.command("filters")
def filters(
    context: typer.Context,
    tenant: Tenant,
    type: Type,
    snapshot: SnapshotOption = "latest",
    deleted: Annotated[bool, typer.Option("--deleted", help="Of removed objects instead.")] = False,
) -> None:
    """By what objects of a type can be filtered, and how many there are of each value."""
    with command(context) as (api, output):
        path = at("tenants", api.tenant(tenant)["id"], "types", type, "filters")
        found = api.get(path, {"snapshot": snapshot, "deleted": "true" if deleted else None})
        output.document(found)
        rows = [(one["facet"], v["value"], v["objects"]) for one in found["value"] for v in one["values"]]
        output.table(("filter", "value", "objects"), rows)
        if unknown := {one["facet"]: one["earlier"] for one in found["value"] if one["earlier"]}:
            output.text(
                f"Not to be filtered by: {', '.join(unknown)}. An earlier version of Reentra, which did not know "
                f"these, listed {max(unknown.values())} of the objects. Stop Reentra and run `reentra rebuild` once."
            )


@verbs.command("show")
def show(context: typer.Context, tenant: Tenant, type: Type, id: Id, snapshot: SnapshotOption = "latest") -> None:
    """One object with its relationships."""
    with command(context) as (api, output):
        path = at("tenants", api.tenant(tenant)["id"], "objects", type, id)
        found = api.get(path, {"snapshot": snapshot})
        output.document(found)
        facts = [(name, value) for name, value in found["properties"].items() if lines(value)]
        output.facts([("type", found["object_type"]), ("removed", found["removed"]), *facts])
        for name, entries in found["relationships"].items():
            output.text(f"{name} ({len(entries)})")
            for entry in entries:
                output.text(f"  {entry.get('id', entry)}")


@verbs.command("history")
def history(context: typer.Context, tenant: Tenant, type: Type, id: Id) -> None:
    """Every version of an object, oldest first, with what changed."""
    with command(context) as (api, output):
        found = list(api.pages(at("tenants", api.tenant(tenant)["id"], "objects", type, id, "history")))
        output.document({"value": found})
        columns = ("since", "sealed", "state", "changed")
        output.table(columns, [_version(version) for version in found])


def _row(row: dict[str, Any], facets: list[str], deleted: bool) -> list[object]:
    values: list[object] = [row["id"], row["display_name"], *(row["facets"].get(name) for name in facets)]
    return [*values, row["removed"]] if deleted else values


def _version(version: dict[str, Any]) -> tuple[object, ...]:
    names = [change["name"] for change in version["properties"]]
    names += [change["relationship"] for change in version["relationships"]]
    state = version["removed"] or "present"
    return version["first_snapshot"], moment(version["sealed_at"]), state, ", ".join(names)
