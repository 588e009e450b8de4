"""Arguments and options that several verbs share."""

from typing import Annotated

import typer

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="Its name, its tenant id or one of its domains.")]
SnapshotOption = Annotated[
    str, typer.Option("--snapshot", metavar="S", help="A number, `latest`, a date or a time (UTC).")
]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="An object type, such as user; may be repeated.")
]
IdOption = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="An object's id; may be repeated.")]
MoreIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="More ids after --id.", hidden=True)]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until it is done, and end with its outcome.")]


def selection(
    types: list[str] | None, ids: list[str] | None, more: list[str] | None, snapshot: str
) -> dict[str, object]:
    """The request body that downloads and restore plans share."""
    chosen, types = [*(ids or ()), *(more or ())], list(dict.fromkeys(types or ()))
    if chosen and len(types) != 1:
        raise typer.BadParameter("--id needs --type beside it, and one only.")
    return {"object_types": types or None, "ids": chosen or None, "snapshot": snapshot}
