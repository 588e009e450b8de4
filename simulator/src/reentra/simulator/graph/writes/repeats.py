"""Counts blind repeats: a create sent again after its answer was lost, without having looked whether it succeeded.

POST has no idempotency key in Microsoft's directory, so a client that repeats one blindly makes doubles. Only what
the client saw counts (a 5xx, a broken connection, a missing batch item), therefore this stands around the whole
app: `BlindCreateWatch(build_graph_app(cloud), cloud)`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from reentra.simulator.graph.pipeline import split_target

from . import foreign
from .routes import find_route

if TYPE_CHECKING:
    from reentra.simulator.cloud import AccessToken, SimulatedCloud

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_ROOT = "/v1.0"
# An assignment can be looked up from either of its ends.
_SAME_COLLECTION = {"appRoleAssignedTo": ("appRoleAssignedTo", "appRoleAssignments")}
_SAME_COLLECTION["appRoleAssignments"] = _SAME_COLLECTION["appRoleAssignedTo"]


@dataclass(frozen=True, slots=True)
class _Create:
    """One POST that makes an object. `item` is the batch item's id, None outside a batch."""

    key: tuple[str, str, str, str]
    collection: str
    item: str | None


class BlindCreateWatch:
    """`minutes`: how long an unanswered create stays in doubt."""

    def __init__(self, app: App, cloud: SimulatedCloud, *, minutes: float = 10) -> None:
        self._app = app
        self._cloud = cloud
        self._lasts = timedelta(minutes=minutes)
        self._doubtful: dict[tuple[str, str, str, str], tuple[datetime, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = self._token(scope)
        if token is not None:
            # Before the first write already: what others purge meanwhile must be remembered.
            foreign.watch(self._cloud.tenant(token.tenant_id))
        if token is None or scope["method"] not in {"GET", "POST"}:
            await self._app(scope, receive, send)
        elif scope["method"] == "GET":
            self._looked(token, scope["path"])
            await self._app(scope, receive, send)
        else:
            await self._posted(token, scope, receive, send)

    async def _posted(self, token: AccessToken, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        items = list(self._creates(token, scope["path"], body))
        for create in items:
            self._judge(token, create)
        heard = _Heard()

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def listen(message: Message) -> None:
            heard.take(message)
            await send(message)

        try:
            await self._app(scope, replay, listen)
        finally:
            for create in items:
                if heard.is_lost(create.item):
                    self._doubtful[create.key] = (self._cloud.clock(), create.collection)

    def _token(self, scope: Scope) -> AccessToken | None:
        if scope["type"] != "http":
            return None
        for name, value in scope["headers"]:
            if name == b"authorization":
                return self._cloud.read_token(value.decode("latin-1").removeprefix("Bearer ").strip())
        return None

    def _creates(self, token: AccessToken, path: str, raw: bytes) -> Iterator[_Create]:
        try:
            body = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError:
            return
        if not path.endswith("/$batch"):
            yield from self._create(token, path.removeprefix(_ROOT), body, None)
            return
        rows = body.get("requests") if isinstance(body, dict) else None
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict):
                continue
            if row.get("method") == "GET":
                self._looked(token, str(row.get("url")))
            elif row.get("method") == "POST":
                yield from self._create(token, str(row.get("url")), row.get("body"), str(row.get("id")))

    def _create(self, token: AccessToken, target: str, body: Any, item: str | None) -> Iterator[_Create]:
        segments, _ = split_target(target)
        found = find_route("POST", segments)
        if found is None or not found[0].creates:
            return
        digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
        yield _Create((token.tenant_id, token.app_id, "/".join(segments), digest), segments[-1], item)

    def _judge(self, token: AccessToken, create: _Create) -> None:
        since, _ = self._doubtful.pop(create.key, (None, ""))
        if since is not None and self._cloud.clock() - since <= self._lasts:
            self._cloud.counters.violate(
                "blind_create", f"POST /{create.key[2]}", tenant_id=token.tenant_id, app_id=token.app_id
            )

    def _looked(self, token: AccessToken, path: str) -> None:
        if not self._doubtful:
            return
        for key, (_, collection) in list(self._doubtful.items()):
            names = _SAME_COLLECTION.get(collection, (collection,))
            if key[:2] == (token.tenant_id, token.app_id) and any(name in path for name in names):
                del self._doubtful[key]


class _Heard:
    """What of the answer reached the client."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = b""
        self.is_whole = False

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)

    def is_lost(self, item: str | None) -> bool:
        if self.status is None or self.status >= 500 or not self.is_whole:
            return True
        if item is None or self.status >= 400:
            return False
        rows = {str(row.get("id")): row for row in orjson.loads(self.body).get("responses", [])}
        return item not in rows or int(rows[item].get("status", 500)) >= 500


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
