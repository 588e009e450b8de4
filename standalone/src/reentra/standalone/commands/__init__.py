"""The client verbs: each asks the gateway and shows the answer. They work from anywhere the API can be reached."""

from typing import Annotated

import typer

from reentra.standalone.commands import (
    backup,
    dead_letters,
    download,
    jobs,
    objects,
    people,
    restore,
    snapshots,
    tenants,
)
from reentra.standalone.ending import CommandLine


def register_client_commands(app: typer.Typer) -> None:
    """Adds the verbs, and `--json` for all verbs of the application."""
    app.info.cls = CommandLine
    app.callback()(_common)
    for group in (tenants, backup, snapshots, objects, download, restore, jobs, people, dead_letters):
        app.add_typer(group.verbs)


def _common(
    json: Annotated[
        bool, typer.Option("--json", help="Print exactly one JSON document on standard output; may stand anywhere.")
    ] = False,
) -> None:
    """Backup and restore of Microsoft Entra ID. Client verbs read REENTRA_URL, REENTRA_TOKEN_FILE, REENTRA_CA_FILE."""
    del json  # read by CommandLine, wherever it stands
