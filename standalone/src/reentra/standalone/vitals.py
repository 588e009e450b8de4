"""How this process does: alive, ready or waiting for what, how much it did and how much there is to do.

Told on a small address of its own, apart from the API, for orchestrators and monitoring: `/healthz`, `/readyz`,
`/metrics`, and `/work` where the ledger is counted (the scheduler and `reentra up`). Off unless `REENTRA_HEALTH__PORT`
is set. There is no sign-in: nothing that is told names a tenant, a person or a secret; keep it inside the network.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reentra.common.clients.telemetry import Metrics
from reentra.common.errors import ReentraError, Rejected, RetryLater
from reentra.common.jobs.census import WORKERS, Census, take_census
from reentra.common.patience import Waiting
from reentra.common.stores.documents import Collection, Documents
from reentra.standalone.output import Output
from reentra.standalone.serving import Address, Server, bound
from reentra.standalone.settings import HealthSettings

Check = Callable[[], Awaitable[object]]
"""Raises ReentraError with a sentence when what it asks is not there."""
T = TypeVar("T")
_ANSWER_SECONDS = 5.0


@dataclass(slots=True)
class Vitals:
    metrics: Metrics
    waiting: Waiting = field(default_factory=Waiting)
    _checks: Mapping[str, Check] | None = None
    _ledger: tuple[Documents, Sequence[Collection]] | None = None

    @contextmanager
    def ready(
        self, checks: Mapping[str, Check], documents: Documents | None = None, outboxes: Sequence[Collection] = ()
    ) -> Iterator[None]:
        """While entered the process works, as long as all checks hold. `documents`: it counts the ledger as well."""
        self._checks = checks
        self._ledger = (documents, outboxes) if documents is not None else None
        try:
            yield
        finally:
            self._checks = self._ledger = None

    async def healthz(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        if self._checks is None:
            told = {"status": "waiting", "waits_for": self.waiting.what or "its start", "reason": self.waiting.reason}
            return JSONResponse(told, 503)
        names, checks = tuple(self._checks), tuple(self._checks.values())
        outcomes = dict(zip(names, await asyncio.gather(*(_outcome(check) for check in checks)), strict=True))
        ready = all(outcome == "ok" for outcome in outcomes.values())
        return JSONResponse({"status": "ready" if ready else "waiting", "checks": outcomes}, 200 if ready else 503)

    async def show_metrics(self, request: Request) -> Response:
        try:
            self.metrics.counted(await self._census())
        except ReentraError:
            self.metrics.counted(None)
        text, content_type = self.metrics.text(request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": content_type})

    async def work(self, _: Request) -> Response:
        """{service: jobs in hand or runnable now}; 503 while nobody can tell, which is not the same as none."""
        try:
            census = await self._census()
        except ReentraError as error:
            return JSONResponse({"reason": error.message}, 503)
        if census is None:
            return JSONResponse({"reason": "This process does not count the ledger; the scheduler does."}, 503)
        return JSONResponse({service: census.work(service) for service in WORKERS})

    async def _census(self) -> Census | None:
        return await _in_time(take_census(*self._ledger)) if self._ledger is not None else None


@asynccontextmanager
async def vital_signs(service: str, output: Output, settings: HealthSettings | None = None) -> AsyncIterator[Vitals]:
    """Told from the first moment of the start to the last of the end. Raises Rejected when the port is taken."""
    chosen = settings or HealthSettings()
    vitals = Vitals(Metrics(service))
    if chosen.port is None:
        yield vitals
        return
    with closing(_bound(chosen.host, chosen.port)) as listener:
        server = Server(_config(vitals))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.answers.wait()
            address = Address(chosen.host, listener.getsockname()[1])
            output.say(f"Health and metrics are at {address.url}")
            yield vitals
        finally:
            server.should_exit = True
            await asyncio.wait([serving])


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(Address(host, port))
    except Rejected as error:
        what = error.message.partition(". ")[0].rstrip(".")
        raise Rejected(f"{what}. REENTRA_HEALTH__HOST and REENTRA_HEALTH__PORT choose another.") from error


def _config(vitals: Vitals) -> uvicorn.Config:
    routes = [
        Route("/healthz", vitals.healthz),
        Route("/readyz", vitals.readyz),
        Route("/metrics", vitals.show_metrics),
        Route("/work", vitals.work),
    ]
    return uvicorn.Config(
        Starlette(routes=routes),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


async def _outcome(check: Check) -> str:
    try:
        await _in_time(check())
    except ReentraError as error:
        return error.message
    return "ok"


async def _in_time(answer: Awaitable[T]) -> T:
    """Whoever probes does not wait long; a server that hangs is as good as none. Raises RetryLater."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            return await answer
    except TimeoutError:
        raise RetryLater(f"There was no answer within {_ANSWER_SECONDS:.0f} seconds.") from None
