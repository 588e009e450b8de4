"""`reentra up`: one process over a data folder, its gateway served by HTTP on loopback unless told otherwise."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from reentra.auth.operations.people import ADMINISTRATOR, FirstPassword
from reentra.common.errors import Rejected
from reentra.standalone.one_process import OneProcess, Settings, one_process

_CLOSING_SECONDS = 3
"""How long open answers may take to end when the process stops."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Running:
    """`first`: set when the administrator was made just now. `ended` returns when the server was told to stop."""

    process: OneProcess
    address: Address
    first: FirstPassword | None
    server: uvicorn.Server
    serving: "asyncio.Task[None]"

    async def ended(self) -> None:
        await asyncio.wait([self.serving])


@asynccontextmanager
async def serving(
    data: Path, address: Address, settings: Settings, *, token_file: Path | None = None
) -> AsyncIterator[Running]:
    """The token file is written before the first request can be answered. Raises Rejected for a taken port."""
    if not settings.auth.model_fields_set & {"public_url"}:
        settings = replace(settings, auth=settings.auth.model_copy(update={"public_url": address.url}))
    async with one_process(data, settings) as process:
        first = await process.auth.first_start()
        if token_file is not None and (first is not None or not token_file.exists()):
            token = await process.auth.token_for(ADMINISTRATOR, f"token file {token_file.name}")
            write_secret(token_file, token.secret)
        config = uvicorn.Config(
            process.gateway.app,
            host=address.host,
            port=address.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
        )
        server = _Server(config)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _tell_to_stop, server)
        task = asyncio.create_task(_serve(server))
        while not server.started:
            if task.done():
                raise Rejected(f"Port {address.port} on {address.host} is taken. Choose another with --port.")
            await asyncio.sleep(0.02)
        try:
            yield Running(process, address, first, server, task)
        finally:
            server.should_exit = True
            await process.gateway.stop()
            await asyncio.wait([task])


def _tell_to_stop(server: uvicorn.Server) -> None:
    server.should_exit = True


class _Server(uvicorn.Server):
    """Signals are the command's business: uvicorn would raise them again and end the process before we have closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    except SystemExit:  # how uvicorn says that it could not listen; `serving` sees the ended task
        return


def write_secret(path: Path, secret: str) -> None:
    """Mode 0600, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    temporary.replace(path)
