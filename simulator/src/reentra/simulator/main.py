"""`reentra-simulator`: a simulated Microsoft cloud on this machine until Ctrl-C.

Prints one JSON line with addresses, tenants and how to sign in, then serves.
"""

from __future__ import annotations

import gc
import json
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import PortTaken, Serving, new_cloud, serve


def run(
    port: Annotated[int, typer.Option(help="Port of sign-in and Graph; 0 takes a free one.")] = 0,
    graph_port: Annotated[int | None, typer.Option(help="A port of its own for Graph.")] = None,
    users: Annotated[int, typer.Option(min=1, help="People in each tenant; everything else follows from it.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same tenants.")] = 1,
    tenants: Annotated[int, typer.Option(min=1, help="How many tenants.")] = 1,
    http: Annotated[bool, typer.Option("--http", help="Without TLS: for speed, not for msal.")] = False,
    ca_folder: Annotated[Path | None, typer.Option(help="Keeps the CA and server certificate.")] = None,
    latency_ms: Annotated[int, typer.Option(min=0, help="Every answer waits this long.")] = 0,
) -> None:
    """Runs a simulated Microsoft cloud: sign-in, Graph v1.0 and a control API."""
    served = new_cloud(users=users, seed=seed, tenants=tenants)
    apps = register_demo_apps(served.sign_in)
    gc.freeze()  # a large tenant is millions of lasting objects: each full collection would stop answers for a second
    serving = Serving(
        port=port,
        graph_port=graph_port,
        https=not http,
        ca_folder=ca_folder,
        latency_seconds=latency_ms / 1000,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with serve(served, serving):
            print(json.dumps(served.as_json() | {"apps": apps}), flush=True)
            stop.wait()
    except PortTaken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def main() -> None:
    typer.run(run)


if __name__ == "__main__":
    main()
