"""The gateway of a process served by HTTP, on loopback unless told otherwise; what else the process does is its own."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from reentra.auth.operations.first_start import FirstStart
from reentra.common.errors import Rejected
from reentra.common.testing.failpoints import failpoint
from reentra.standalone.ground import Front, Settings
from reentra.standalone.output import Output

_CLOSING_SECONDS = 3
"""How long open answers may take to end when the process stops."""
_WAITING_CONNECTIONS = 2048


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Running:
    """`first`: set when the administrator was made just now; whoever showed it says so with `told`, else the next start
    makes another. `ended` returns when the server was told to stop."""

    process: Front
    address: Address
    first: FirstStart | None
    server: uvicorn.Server
    serving: "asyncio.Task[None]"

    async def told(self) -> None:
        if self.first is not None:
            await self.process.auth.first_starts.told()

    async def tell(self, output: Output) -> None:
        """Where we are, and how the first administrator comes in."""
        output.say(f"Reentra is at {self.address.url}")
        if self.first is not None:
            output.say(f"First start: choose the first administrator's name and password at {self.first.link}")
            output.say("This link works once and is shown this once. `reentra password` makes another way in.")
            failpoint("start.after-first-link")
            await self.told()

    async def ended(self) -> None:
        await asyncio.wait([self.serving])


@asynccontextmanager
async def serving(
    start: Callable[[Settings], AbstractAsyncContextManager[Front]],
    wanted: Address,
    settings: Settings,
    *,
    token_file: Path | None = None,
    alone: bool = True,
) -> AsyncIterator[Running]:
    """The port is taken and the token file can be written before anything is made that is shown only once; the token
    is in its file before the first request can be answered. `alone`: no other process may be starting on the same
    stores. Raises Rejected."""
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(closing(bound(wanted)))
        address = replace(wanted, port=listener.getsockname()[1])
        if not settings.auth.model_fields_set & {"public_url"}:
            settings = replace(settings, auth=settings.auth.model_copy(update={"public_url": address.url}))
        process = await stack.enter_async_context(start(_behind_https(settings)))
        place = stack.enter_context(SecretFile(token_file)) if token_file else None
        first = await process.auth.first_starts.begin(alone=alone)
        failpoint("start.after-first-person")
        if place is not None and (first is not None or not place.exists):
            name = place.path.name[:100]
            token = await process.auth.token_of_local_administrator(name, instead=first is not None)
            failpoint("start.after-first-token")
            place.write(token.secret)
        server = Server(_config(process, address))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _tell_to_stop, server)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        await server.answers.wait()
        try:
            yield Running(process, address, first, server, task)
        finally:
            server.should_exit = True
            await process.gateway.stop()
            await asyncio.wait([task])


def _behind_https(settings: Settings) -> Settings:
    """Where browsers come by https, their cookie must never travel without."""
    if not settings.auth.public_url.startswith("https:") or "secure_cookies" in settings.gateway.model_fields_set:
        return settings
    return replace(settings, gateway=settings.gateway.model_copy(update={"secure_cookies": True}))


def bound(address: Address) -> socket.socket:
    """The port is ours from here on; nobody is answered yet. Raises Rejected."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, where = found[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise Rejected(f"This machine has no address called {address.host!r}. Choose another --host.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        # Without this a second process could take the same port until the first one listens.
        listener.listen(_WAITING_CONNECTIONS)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Rejected(f"Port {address.port} on {address.host} is taken. Choose another with --port.") from error
        raise Rejected(f"Port {address.port} on {address.host} cannot be used: {error.strerror}.") from error
    return listener


def _config(process: Front, address: Address) -> uvicorn.Config:
    return uvicorn.Config(
        process.gateway.app,
        host=address.host,
        port=address.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )


def _tell_to_stop(server: uvicorn.Server) -> None:
    """Whoever asks twice is not kept waiting for open answers."""
    server.force_exit = server.should_exit
    server.should_exit = True


class Server(uvicorn.Server):
    """Signals are the command's business: uvicorn would raise them again and end the process before we have closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class SecretFile:
    """A file that only its owner can read, whole or not at all. Entered before the secret is made: a place that cannot
    be written is noticed while nothing is lost. Raises Rejected."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.new")

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def __enter__(self) -> "SecretFile":
        try:
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._temporary.unlink(missing_ok=True)
            self._handle = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise Rejected(f"The file {self.path} cannot be written: {error.strerror}.") from error
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._handle)
        self._temporary.unlink(missing_ok=True)

    def write(self, secret: str) -> None:
        os.write(self._handle, f"{secret}\n".encode())
        os.fsync(self._handle)
        self._temporary.replace(self.path)
