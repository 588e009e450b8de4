"""The factory: one connection pool per cloud, one set of lanes per tenant, one client per tenant and app."""

import asyncio
from types import TracebackType

import httpx

from reentra.common.clients.claims import permissions_in
from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph.addresses import Addresses
from reentra.common.clients.graph.answers import GraphStats
from reentra.common.clients.graph.client import GraphClient
from reentra.common.clients.graph.lanes import Lanes
from reentra.common.clients.graph.pace import Pace, Unwanted
from reentra.common.clients.graph.sending import Check, Sender
from reentra.common.clients.graph.settings import GraphSettings
from reentra.common.clients.graph.waits import Waits
from reentra.common.clients.graph.watching import RequestWatch, WatchedTransport
from reentra.common.clients.tokens import Purpose, TokenSource
from reentra.common.ids import TenantId

_PREFER = "include-unknown-enum-members"
"""Without it evolvable enums lose values (best-practices-concept)."""
_TOKEN_SECONDS = 60.0
"""Asking the source costs a thread; it renews minutes before a token ends, so a minute's memory is safe."""


class GraphClients:
    """Lives as long as the process. `open` as often as needed: statistics start at zero, limits are remembered.
    `waits`: shared with the other factories of the process, and with the process that comes after it."""

    def __init__(
        self,
        tokens: TokenSource,
        settings: GraphSettings | None = None,
        *,
        waits: Waits | None = None,
        pace: Pace | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        watch: RequestWatch | None = None,
    ) -> None:
        self._tokens = tokens
        self._settings = settings or GraphSettings()
        self._pace = pace or Pace()
        self._transport = transport
        self._watch = watch
        self._http: dict[Cloud, httpx.AsyncClient] = {}
        self._waits = waits or Waits(pace=self._pace)
        self._lanes: dict[tuple[str, TenantId, Purpose], Lanes] = {}

    def open(
        self,
        cloud: Cloud,
        tenant_id: TenantId,
        purpose: Purpose,
        *,
        check: Check = lambda: None,
        unwanted: Unwanted | None = None,
    ) -> GraphClient:
        """`check`: raises when whoever opened it may not ask for anything any more. `unwanted`: ends a wait for Graph
        as one that takes too long does (GraphRetryLater; 429 for what is written)."""
        stats = GraphStats()
        lanes = self._lanes_of(cloud, tenant_id, purpose)
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "Prefer": _PREFER}
        if purpose == "backup":
            headers["x-ms-throttle-priority"] = "low"
        bearer = Bearers(self._tokens, tenant_id, purpose, self._pace)
        sender = Sender(self._client(cloud), lanes, bearer, stats, self._settings, self._pace, headers, check, unwanted)
        return GraphClient(Addresses(cloud.graph_base), sender, lanes, stats, self._settings, self._pace, _PREFER)

    async def permissions(self, tenant_id: TenantId, purpose: Purpose) -> frozenset[str] | None:
        """Those that the app's present token names, for diagnosis; None when it tells nothing."""
        return permissions_in(await self._tokens.token(tenant_id, purpose))

    def _lanes_of(self, cloud: Cloud, tenant_id: TenantId, purpose: Purpose) -> Lanes:
        key = (cloud.name, tenant_id, purpose)
        if key not in self._lanes:
            waits = self._waits.of(cloud.name, tenant_id)
            self._lanes[key] = Lanes(waits, self._pace, self._settings.share_of_limits)
        return self._lanes[key]

    def _client(self, cloud: Cloud) -> httpx.AsyncClient:
        client = self._http.get(cloud)
        if client is None:
            transport = self._transport or _connecting(cloud, self._settings)
            if self._watch is not None:
                transport = WatchedTransport(transport, self._watch)
            client = httpx.AsyncClient(
                transport=transport,
                headers={"User-Agent": "reentra"},
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(self._settings.read_timeout_seconds),
            )
            self._http[cloud] = client
        return client

    async def close(self) -> None:
        for client in self._http.values():
            await client.aclose()
        self._http.clear()

    async def __aenter__(self) -> "GraphClients":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _connecting(cloud: Cloud, settings: GraphSettings) -> httpx.AsyncBaseTransport:
    """Imported by whoever asks Graph: aiohttp is an eighth of what the start of a process costs."""
    from reentra.common.clients.graph.transport import GraphTransport

    return GraphTransport(cloud, settings)


class Bearers:
    """The tenant's present token. Many requests refused at once renew it once."""

    def __init__(self, tokens: TokenSource, tenant_id: TenantId, purpose: Purpose, pace: Pace) -> None:
        self._tokens = tokens
        self._tenant_id = tenant_id
        self._purpose: Purpose = purpose
        self._pace = pace
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = 0.0

    async def __call__(self, refused: str | None) -> str:
        if self._is_good(refused):
            return self._token
        async with self._lock:
            if not self._is_good(refused):
                renew = refused is not None and refused == self._token
                self._token = await self._tokens.token(self._tenant_id, self._purpose, renew=renew)
                self._until = self._pace.now() + _TOKEN_SECONDS
            return self._token

    def _is_good(self, refused: str | None) -> bool:
        return bool(self._token) and self._token != refused and self._pace.now() < self._until
