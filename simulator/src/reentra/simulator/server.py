"""The simulated cloud as a process or inside a test: sign-in, Graph and the control API on loopback.

    async with simulated_cloud(users=200) as served:
        served.login_url, served.graph_url, served.ca_file, served.tenants[0].administrator

The servers run in a thread with a loop of their own, so a caller that blocks its loop does not stop the cloud.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.control import build_control_app
from reentra.simulator.generator import GeneratedTenant, generate_tenant
from reentra.simulator.graph.app import build_graph_app
from reentra.simulator.graph.writes.repeats import BlindCreateWatch
from reentra.simulator.identity import SignIn, build_identity_app
from reentra.simulator.tls import TlsFiles, tls_files

Asgi = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
_START_SECONDS = 15


class PortTaken(OSError):
    """The asked port is in use or not allowed."""


@dataclass(slots=True)
class ServedCloud:
    """A running cloud, its addresses, and the objects behind it."""

    cloud: SimulatedCloud
    sign_in: SignIn
    tenants: list[GeneratedTenant]
    login_url: str = ""
    graph_url: str = ""
    ca_file: Path | None = None
    """None when served over http."""

    def as_json(self) -> dict[str, Any]:
        """What a person or script needs to use it; the password opens simulated accounts only."""
        return {
            "login_url": self.login_url,
            "graph_url": self.graph_url,
            "control_url": f"{self.graph_url}/_control",
            "ca_file": str(self.ca_file) if self.ca_file else None,
            "password": self.sign_in.password,
            "tenants": [
                {
                    "tenant_id": tenant.tenant_id,
                    "domain": tenant.directory.domain,
                    "administrator": tenant.administrator,
                    "ordinary_user": tenant.ordinary_user,
                }
                for tenant in self.tenants
            ],
        }


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve: port 0 takes a free one; without `graph_port` one port serves everything."""

    port: int = 0
    graph_port: int | None = None
    https: bool = True
    ca_folder: Path | None = None
    key_file: Path | None = None
    """Where the cloud finds its key again, so that its delta tokens outlive it."""
    latency_seconds: float = 0.0


def new_cloud(*, users: int = 200, seed: int = 1, tenants: int = 1, further: Sequence[int] = ()) -> ServedCloud:
    """Generated tenants with seeds counting up from `seed`; nothing listens yet. `further`: the numbers of people of
    tenants beside those."""
    cloud = SimulatedCloud()
    sizes = [*[users] * tenants, *further]
    generated = [generate_tenant(cloud, users=size, seed=seed + number) for number, size in enumerate(sizes)]
    return ServedCloud(cloud, SignIn(cloud), generated)


@asynccontextmanager
async def simulated_cloud(
    *,
    users: int = 200,
    seed: int = 1,
    tenants: int = 1,
    further: Sequence[int] = (),
    serving: Serving | None = None,
) -> AsyncIterator[ServedCloud]:
    """Generates and serves; on leaving, the servers are gone and the ports free."""
    served = await asyncio.to_thread(new_cloud, users=users, seed=seed, tenants=tenants, further=further)
    with ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, serve(served, serving or Serving()))
        try:
            yield served
        finally:
            await asyncio.to_thread(stack.close)


@contextmanager
def serve(served: ServedCloud, serving: Serving) -> Iterator[ServedCloud]:
    """Fills in the addresses and answers there until the block ends."""
    with ExitStack() as stack:
        if serving.https and serving.ca_folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simulated-cloud-")))
        else:
            folder = serving.ca_folder or Path()
        files = tls_files(folder) if serving.https else None
        if serving.key_file is not None:
            served.cloud.outlive(serving.key_file)
        app = _slowed(build_app(served.cloud, served.sign_in), serving.latency_seconds)
        scheme = "https" if files else "http"
        port = stack.enter_context(_listening(app, serving.port, files))
        graph_port = port
        if serving.graph_port is not None:
            graph_port = stack.enter_context(_listening(app, serving.graph_port, files))
        served.login_url = f"{scheme}://127.0.0.1:{port}"
        served.graph_url = f"{scheme}://127.0.0.1:{graph_port}"
        served.ca_file = files.ca if files else None
        yield served


def build_app(cloud: SimulatedCloud, sign_in: SignIn) -> Asgi:
    """One application for all hosts; the first part of the path tells them apart."""
    graph = BlindCreateWatch(build_graph_app(cloud), cloud)
    identity, control = build_identity_app(sign_in), build_control_app(cloud, sign_in)

    async def app(
        scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        first = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        if first == "v1.0":
            await graph(scope, receive, send)
        elif first == "_control":
            await control(scope, receive, send)
        else:
            await identity(scope, receive, send)

    return app


def _slowed(app: Asgi, seconds: float) -> Asgi:
    if seconds <= 0:
        return app

    async def slowed(
        scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return slowed


@contextmanager
def _listening(app: Asgi, port: int, files: TlsFiles | None) -> Iterator[int]:
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ssl_certfile=str(files.certificate) if files else None,
        ssl_keyfile=str(files.key) if files else None,
    )
    listener = _bound(port)
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])), name=f"simulated-cloud-{port}", daemon=True
    )
    thread.start()
    try:
        _await_start(server, thread)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True  # idle keep-alive connections must not hold up the end
        thread.join(timeout=_START_SECONDS)
        listener.close()


def _bound(port: int) -> socket.socket:
    # The protocol is named, else asyncio does not switch Nagle off and every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"Port {port} cannot be used ({error.strerror}); choose another one.") from error
    return listener


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    waited = threading.Event()
    for _ in range(_START_SECONDS * 100):
        if server.started:
            return
        if not thread.is_alive():
            break
        waited.wait(0.01)
    raise RuntimeError("The simulated cloud did not start listening; see the log above.")
