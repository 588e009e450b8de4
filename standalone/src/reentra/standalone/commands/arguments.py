"""Arguments and options that several verbs share."""

from typing import Annotated

import typer

Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="Its name, its tenant id or one of its domains.")]
SnapshotOption = Annotated[
    str, typer.Option("--snapshot", metavar="S", help="A number, `latest`, a date or a time (UTC).")
]
TypeOption = Annotated[str | None, typer.Option("--type", metavar="TYPE", help="An object type, such as user.")]
IdOption = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="An object's id; may be repeated.")]
MoreIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="More ids after --id.", hidden=True)]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until it is done, and end with its outcome.")]


def selection(
    object_type: str | None, ids: list[str] | None, more: list[str] | None, snapshot: str
) -> dict[str, object]:
    """The request body that downloads and restore plans share."""
    chosen = [*(ids or ()), *(more or ())]
    if chosen and object_type is None:
        raise typer.BadParameter("--id needs --type beside it.")
    return {
        "object_types": [object_type] if object_type is not None else None,
        "ids": chosen or None,
        "snapshot": snapshot,
    }
