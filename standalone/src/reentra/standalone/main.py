"""`reentra`: server verbs here, client verbs in `commands`; how they end is told in `ending`.

What only the server verbs need is imported when they run: the client verbs start several times faster without it.
"""

import os
from collections.abc import Coroutine
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reentra.standalone.commands import register_client_commands
from reentra.standalone.ending import SUCCESS
from reentra.standalone.output import Output

if TYPE_CHECKING:
    from reentra.standalone.opening import Whereabouts

app = typer.Typer(
    help="Backup and restore of Microsoft Entra ID.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
register_client_commands(app)
topics = typer.Typer(help="Kafka's topics, for installations on several machines.", no_args_is_help=True)
app.add_typer(topics, name="topics")


class ServiceName(StrEnum):
    gateway = "gateway"
    auth = "auth"
    scheduler = "scheduler"
    collector = "collector"
    exporter = "exporter"
    restorer = "restorer"


DataFolder = Annotated[Path, typer.Option("--data", help="The installation's data folder.")]
KeysFolder = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="Of an installation on several machines: its keys folder. The servers are those of `reentra serve`, "
        "from the same REENTRA_... settings.",
    ),
]


_DATA = Path("data")


@app.command()
def up(
    context: typer.Context,
    data: DataFolder = Path("data"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API and portal; 0 takes a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Listen here; put TLS in front before you leave loopback.")] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="The first start writes an administrator's API token here (mode 0600); "
            "so does a later one that finds no such file."
        ),
    ] = None,
) -> None:
    """Run all services in this process until Ctrl-C."""
    from reentra.common.garbage import no_garbage_collection_while_starting

    no_garbage_collection_while_starting()
    from reentra.standalone.ground import Settings
    from reentra.standalone.logs import configure_logs
    from reentra.standalone.one_process import one_process
    from reentra.standalone.serving import Address, serving
    from reentra.standalone.settings import OF_SERVICES, require_usable, unknown_settings
    from reentra.standalone.vitals import vital_signs

    output = Output.of(context)

    async def run() -> None:
        async with (
            vital_signs("up", output) as vitals,
            serving(
                partial(one_process, data, vitals), Address(host, port), Settings(), token_file=token_file
            ) as running,
        ):
            await running.tell(output)
            output.document({"url": running.address.url, "token_file": str(token_file) if token_file else None})
            await running.ended()
            output.say("Stopping; running jobs continue with the next start.")

    for name in unknown_settings(os.environ):
        output.say(f"The setting {name} is none of Reentra's, and nobody reads it. Is it spelt right?")
    require_usable(*OF_SERVICES)
    configure_logs()
    _run(run())


@app.command()
def demo(
    context: typer.Context,
    data: DataFolder = Path("data/demo"),
    port: Annotated[
        int, typer.Option(min=1, max=65534, help="Port of the API; the next one is the simulated cloud's.")
    ] = 8080,
    users: Annotated[int, typer.Option(min=20, help="People in the simulated tenant.")] = 500,
    once: Annotated[bool, typer.Option("--once", help="Stop after the summary instead of serving on.")] = False,
) -> None:
    """Run Reentra beside a simulated Microsoft cloud: connect its tenant, back it up, serve on."""
    from reentra.standalone.demo import Demo, run_demo
    from reentra.standalone.logs import configure_logs

    configure_logs(level=30)
    output = Output.of(context)
    try:
        status = _run(run_demo(Demo(data, port, users, stay=not once), output))
    except KeyboardInterrupt:  # before there was anything to stop
        status = SUCCESS
    output.say("Stopped. The same command goes on with the same data.")
    raise typer.Exit(status)


@app.command()
def password(
    context: typer.Context,
    data: DataFolder = _DATA,
    keys: KeysFolder = None,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link instead, by which they choose their name and password.")
    ] = False,
) -> None:
    """Give the local administrator a new password, for when it is lost. `reentra up` must not run meanwhile."""
    from reentra.standalone.maintenance import renew_password

    _run(renew_password(_where(context, data, keys), as_link=link, output=Output.of(context)))


@app.command()
def verify(
    context: typer.Context,
    data: DataFolder = _DATA,
    keys: KeysFolder = None,
    all_data: Annotated[bool, typer.Option("--all-data", help="Open every object as well, not only hashes.")] = False,
) -> None:
    """Check every stored byte: manifests, segments, keys, archives; with --all-data every object and the catalogue."""
    from reentra.standalone.maintenance import verify_stores

    where = _where(context, data, keys)
    raise typer.Exit(_run(verify_stores(where, all_data=all_data, output=Output.of(context))))


@app.command()
def rebuild(context: typer.Context, data: DataFolder = _DATA, keys: KeysFolder = None) -> None:
    """Bring the catalogue back from the stored objects alone, for when the database is lost. Nothing else may run."""
    from reentra.standalone.maintenance import rebuild_stores

    raise typer.Exit(_run(rebuild_stores(_where(context, data, keys), output=Output.of(context))))


@app.command()
def doctor(context: typer.Context, data: DataFolder = _DATA, keys: KeysFolder = None) -> None:
    """Look for what would stop Reentra: keys, disk or servers, database, clouds, credentials."""
    from reentra.standalone.doctor import examine

    output = Output.of(context)
    where = _where(context, data, keys)

    async def run() -> int:
        checks = [check async for check in examine(where)]
        for check in checks:
            output.say(f"{check.verdict:8} {check.name}: {check.sentence}")
        output.document([asdict(check) for check in checks])
        return 1 if any(c.verdict == "problem" for c in checks) else 0

    raise typer.Exit(_run(run()))


@app.command()
def serve(
    context: typer.Context,
    service: Annotated[ServiceName, typer.Argument(help="Which service this process is.")],
    keys: Annotated[Path, typer.Option(help="The installation's keys folder, the same for all of its processes.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API and portal (gateway only).")] = 8080,
    host: Annotated[str, typer.Option(help="Listen here (gateway only).")] = "127.0.0.1",
    token_file: Annotated[
        Path | None, typer.Option(help="The first start writes an administrator's API token here (gateway only).")
    ] = None,
) -> None:
    """Run one service of an installation on several machines, over Kafka, MongoDB and S3, until it is told to stop."""
    from reentra.common.garbage import no_garbage_collection_while_starting

    no_garbage_collection_while_starting()
    from reentra.standalone.logs import configure_logs
    from reentra.standalone.serve import serve_gateway, serve_service
    from reentra.standalone.serving import Address
    from reentra.standalone.settings import OF_SERVERS, OF_SERVICES, require_usable, unknown_settings

    output = Output.of(context)
    for name in unknown_settings(os.environ):
        output.say(f"The setting {name} is none of Reentra's, and nobody reads it. Is it spelt right?")
    require_usable(*OF_SERVICES, *OF_SERVERS)
    configure_logs()
    if service is ServiceName.gateway:
        _run(serve_gateway(keys, Address(host, port), output, token_file=token_file))
    else:
        _run(serve_service(service.value, keys, output))


@app.command("create-keys")
def create_keys(context: typer.Context, keys: Annotated[Path, typer.Argument(help="A folder without keys.")]) -> None:
    """Make the two keys of a new installation on several machines; `up` makes its own."""
    from reentra.common.snapshot.keys import create_installation

    output = Output.of(context)
    installation = create_installation(keys)
    output.say(f"The keys are in {keys}. Keep a copy apart from the data: without them nothing can be read.")
    output.document({"folder": str(keys), "key_id": installation.key_id})


@topics.command("apply")
def apply_topics(context: typer.Context) -> None:
    """Create missing topics, add partitions, set retention; may be repeated, takes nothing away."""
    from reentra.common.clients import provisioning
    from reentra.common.clients.topics import topics as specs
    from reentra.standalone.settings import kafka_settings

    async def run() -> None:
        wanted = specs()
        changes = await provisioning.apply_topics(kafka_settings(), wanted)
        output = Output.of(context)
        for change in changes:
            output.say(f"{change.topic}: {change.change}")
        output.say(f"{len(wanted)} topics are as they should be.")
        output.document([asdict(change) for change in changes])

    _run(run())


def _where(context: typer.Context, data: Path, keys: Path | None) -> "Whereabouts":
    from reentra.standalone.logs import configure_logs
    from reentra.standalone.opening import Whereabouts

    configure_logs(level=30)
    given = context.get_parameter_source("data")
    if keys is not None and given is not None and given.name != "DEFAULT":
        raise typer.BadParameter("--data is of an installation on one machine, --keys of one on several: give one.")
    return Whereabouts(data, keys)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    import uvloop

    return uvloop.run(work)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
