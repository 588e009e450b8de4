"""The client verbs: each asks the gateway and shows the answer. They work from anywhere the API can be reached."""

import typer

from reentra.standalone.commands import backup, download, jobs, objects, restore, snapshots, tenants


def register_client_commands(app: typer.Typer) -> None:
    for group in (tenants, backup, snapshots, objects, download, restore, jobs):
        app.add_typer(group.verbs)
