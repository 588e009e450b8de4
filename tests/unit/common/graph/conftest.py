"""`scripted`: a Graph that answers from a list, with a clock that only moves when somebody waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphClient, GraphClients, GraphSettings
from reentra.common.clients.graph.pace import Pace, Unwanted
from reentra.common.clients.graph.waits import WaitMemory
from reentra.common.clients.graph.waits import Waits as SharedWaits
from reentra.common.clients.tokens import Purpose
from reentra.common.errors import NeedsConsent
from reentra.common.ids import TenantId

CLOUD = Cloud("custom", "https://login.test", "https://graph.test")
BASE = CLOUD.graph_base
TENANT = TenantId("11111111-1111-1111-1111-111111111111")

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Tokens:
    """Numbers its tokens, and remembers who asked to renew."""

    asked: list[bool] = field(default_factory=list)
    refuses_to_renew: bool = False
    renews: bool = True

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        self.asked.append(renew)
        if renew and self.refuses_to_renew:
            raise NeedsConsent("The app is not consented; let an administrator consent to it.")
        return f"token-{len(self.asked) if self.renews else 0}"


@dataclass
class Waits:
    at: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Scripted:
    steps: list[Step]
    waits: Waits = field(default_factory=Waits)
    tokens: Tokens = field(default_factory=Tokens)
    seen: list[httpx.Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    settings: GraphSettings = field(default_factory=GraphSettings)
    memory: WaitMemory | None = None

    def __post_init__(self) -> None:
        pace = Pace(self.waits.now, self.waits.sleep)
        self.clients = GraphClients(
            self.tokens,
            self.settings,
            waits=SharedWaits(self.memory, pace),
            pace=pace,
            transport=httpx.MockTransport(self._answer),
        )

    def open(self, purpose: Purpose = "backup", unwanted: Unwanted | None = None) -> GraphClient:
        return self.clients.open(CLOUD, TENANT, purpose, unwanted=unwanted)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        self.times.append(self.waits.at)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step


def page(*values: Any, **more: Any) -> httpx.Response:
    return answer(200, {"value": list(values), **{k.replace("__", "@odata."): v for k, v in more.items()}})


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    content = b"" if body is None else orjson.dumps(body)
    return httpx.Response(status, headers=named, content=content)


def refusal(status: int, code: str, message: str = "", **headers: str) -> httpx.Response:
    return answer(status, {"error": {"code": code, "message": message}}, **headers)


def batch(*answers: tuple[int, Any] | tuple[int, Any, dict[str, str]]) -> Callable[[httpx.Request], httpx.Response]:
    """One row per item, in reverse order: Graph does not keep the order."""

    def respond(request: httpx.Request) -> httpx.Response:
        asked = orjson.loads(request.content)["requests"]
        rows = [
            {"id": item["id"], "status": given[0], "body": given[1], "headers": given[2] if len(given) > 2 else {}}
            for item, given in zip(asked, answers, strict=True)
        ]
        return answer(200, {"responses": rows[::-1]})

    return respond


@pytest.fixture
async def script() -> AsyncIterator[Callable[..., Scripted]]:
    made: list[Scripted] = []

    def make(*steps: Step, **settings: Any) -> Scripted:
        made.append(Scripted(list(steps), settings=GraphSettings(**settings)))
        return made[-1]

    yield make
    for one in made:
        await one.clients.close()
