"""`shell`: the command line against a gateway on loopback, with a backed-up tenant and a working exporter."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
import uvicorn
from structlog.testing import capture_logs
from tests.unit.gateway.conftest import World, world
from typer.testing import CliRunner

from reentra.common.stores.tenants import StoredTenants
from reentra.exporter.app import ExporterApp
from reentra.exporter.app import build_app as build_exporter
from reentra.standalone.commands import register_client_commands

__all__ = ["world"]


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    world: World
    port: int
    token_file: Path
    exporter: ExporterApp
    _serving: list[tuple[uvicorn.Server, "asyncio.Task[None]"]] = field(default_factory=list)

    async def __call__(self, *words: str, **environment: str) -> Answer:
        app = typer.Typer(no_args_is_help=True)
        register_client_commands(app)
        env = {"REENTRA_URL": f"http://127.0.0.1:{self.port}", "REENTRA_TOKEN_FILE": str(self.token_file)}
        done = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=env | environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    async def start(self) -> None:
        config = uvicorn.Config(self.world.gateway.app, port=self.port, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        self._serving.append((server, task))

    async def stop(self) -> None:
        while self._serving:
            server, task = self._serving.pop()
            server.should_exit = True
            await task

    async def work(self) -> None:
        """The exporter makes what is asked for, from now until the test ends."""
        await self.exporter.pool.start()


@pytest.fixture
async def shell(world: World, tmp_path: Path) -> AsyncIterator[Shell]:
    await world.back_up_twice()
    async with shell_to(world, tmp_path) as made:
        yield made


@asynccontextmanager
async def shell_to(world: World, folder: Path) -> AsyncIterator[Shell]:
    token_file = folder / "token"
    token_file.write_text(await world.bearer("admin", "admin") + "\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stores = world.stores
    exporter = build_exporter(
        world.jobs, stores.catalogue, stores.blobs, StoredTenants(stores.documents), world.installation
    )
    made = Shell(world, port, token_file, exporter)
    async with AsyncExitStack() as stack:
        # The server's log would end up in the command's captured standard output.
        stack.enter_context(capture_logs())
        await made.start()
        stack.push_async_callback(made.stop)
        stack.push_async_callback(exporter.pool.stop)
        yield made
