"""One app's view of one tenant's Graph."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from reentra.common.clients.graph.addresses import Addresses, relative
from reentra.common.clients.graph.answers import Answer, BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.clients.graph.batch import Batches
from reentra.common.clients.graph.costs import lane_of, resource_units
from reentra.common.clients.graph.failures import GraphRejected, UnsafeLink
from reentra.common.clients.graph.lanes import Lanes
from reentra.common.clients.graph.pace import Pace
from reentra.common.clients.graph.rows import Rows
from reentra.common.clients.graph.sending import Call, Sender
from reentra.common.clients.graph.settings import GraphSettings

Params = Mapping[str, str]
Headers = Mapping[str, str]


class GraphClient:
    """Made by `GraphClients.open`. Paths are relative to `/v1.0`; ids inside them are already quoted."""

    def __init__(
        self,
        addresses: Addresses,
        sender: Sender,
        lanes: Lanes,
        stats: GraphStats,
        settings: GraphSettings,
        pace: Pace,
        prefer: str,
    ) -> None:
        self._addresses = addresses
        self._sender = sender
        self._lanes = lanes
        self._stats = stats
        self._settings = settings
        self._pace = pace
        self._prefer = prefer

    @property
    def stats(self) -> GraphStats:
        return self._stats

    @property
    def throttled_for(self) -> float:
        """Seconds for which Graph still wants nothing; 0 when it takes requests."""
        return self._lanes.blocked_seconds

    @property
    def base_url(self) -> str:
        """For bodies that must name an object by its whole URL (`@odata.id`, `@odata.bind`)."""
        return self._addresses.base

    def told_users(self, users: int) -> None:
        """How many users the tenant has, when that is known: its limits depend on it."""
        self._lanes.told_users(users)

    async def get(self, path: str, *, params: Params | None = None, headers: Headers | None = None) -> dict[str, Any]:
        received = await self._sender.send(self._read(path, params, headers))
        if not isinstance(received.body, dict):
            raise GraphRejected(f"Graph answered GET {_shown(path)} with something that is not an object.")
        return received.body

    async def page(self, path_or_link: str, *, params: Params | None = None, headers: Headers | None = None) -> Page:
        """Raises DeltaExpired and PageExpired for links that grew too old."""
        call = replace(self._read(path_or_link, params, headers), is_page=True)
        body = (await self._sender.send(call)).body
        values = body.get("value") if isinstance(body, dict) else None
        if not isinstance(values, list | Rows):
            raise GraphRejected(f"Graph answered {call.what} with something that is not a page.")
        if self._addresses.below_version(call.url).startswith(("/users?", "/users/delta")):
            self._lanes.saw_users(len(values))
        return Page(
            values,
            self._link(body, "@odata.nextLink", call.url, not_again=True),
            self._link(body, "@odata.deltaLink", call.url),
            body.get("@odata.context"),
            body.get("@odata.count"),
        )

    async def pages(
        self, path_or_link: str, *, params: Params | None = None, headers: Headers | None = None
    ) -> AsyncIterator[Page]:
        """Every page in turn. The headers go with each of them. A link seen before raises UnsafeLink."""
        page = await self.page(path_or_link, params=params, headers=headers)
        seen: set[int] = set()
        yield page
        while page.next_link is not None:
            mark = hash(page.next_link)
            if mark in seen:
                raise UnsafeLink(f"Graph's pages of {_shown(path_or_link)} lead in a circle; reading was stopped.")
            seen.add(mark)
            page = await self.page(page.next_link, headers=headers)
            yield page

    async def batch(self, items: Sequence[BatchRequest]) -> list[BatchAnswer]:
        """Any number of requests, answered in their order, each with its own status. Reads raise RetryLater when
        the tenant is throttled for too long; with a write among them those items come back as 429 instead."""
        run = Batches(
            self._sender,
            self._lanes,
            self._stats,
            self._settings,
            self._pace,
            self._addresses,
            self._single,
            {"Prefer": self._prefer},
            items,
        )
        return await run.run()

    async def send(self, method: str, path: str, body: Any = None, *, headers: Headers | None = None) -> Answer:
        """A write. Raises GraphOutcomeUnknown when its answer never came: look, do not repeat."""
        received = await self._sender.send(self._write(method, path, body, headers))
        return Answer(received.status, received.body, received.headers)

    async def ask(self, path: str, body: Any) -> dict[str, Any]:
        """A POST that only reads (`getByIds` and the like): repeated like a read, and no write is counted."""
        call = replace(self._write("POST", path, body, None), writes=0, repeatable=True)
        received = await self._sender.send(call)
        return received.body if isinstance(received.body, dict) else {}

    def _read(self, path_or_link: str, params: Params | None, headers: Headers | None) -> Call:
        url = self._addresses.resolve(path_or_link, params)
        below = self._addresses.below_version(url)
        return Call(
            "GET",
            url,
            f"GET {_shown(below)}",
            lane_of(below),
            resource_units("GET", below),
            0,
            headers=headers or {},
            follows_delta="deltatoken=" in url.lower(),
        )

    def _write(self, method: str, path: str, body: Any, headers: Headers | None) -> Call:
        below = relative(path)
        content = None if body is None else orjson.dumps(body)
        return Call(
            method,
            self._addresses.base + below,
            f"{method} {_shown(below)}",
            lane_of(below),
            resource_units(method, below),
            1,
            content,
            {**(headers or {}), **({"Content-Type": "application/json"} if content is not None else {})},
            repeatable=False,
        )

    def _single(self, item: BatchRequest) -> Call:
        if item.method == "GET":
            return self._read(item.path, None, item.headers)
        return self._write(item.method, item.path, item.body, item.headers)

    def _link(self, body: dict[str, Any], name: str, fetched: str, *, not_again: bool = False) -> str | None:
        if not body.get(name):
            return None
        link = self._addresses.whole(str(body[name]), fetched)
        if not_again and link == fetched:
            raise UnsafeLink("Graph's next page is the page just read; reading was stopped.")
        return self._addresses.checked(link)


def _shown(path: str) -> str:
    """For people and logs: without the query, which may hold page tokens and search words."""
    return path.partition("?")[0].partition("/v1.0")[2] or path.partition("?")[0]
