"""Graph as an ASGI application: `build_graph_app(cloud)` answers everything below /v1.0.

A raw application, without a framework, because accidents of the wire (a connection that breaks in the middle of
a body) have to be made on the wire.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import orjson

from .accidents import break_connection, disturb_answer, status_answer
from .batch import serve_batch
from .context import Answer
from .errors import GraphError
from .faults import FaultRule
from .pipeline import Incoming, Pipeline
from .writes import handle_write

if TYPE_CHECKING:
    from reentra.simulator.cloud import SimulatedCloud

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ROOT = "/v1.0"


def build_graph_app(cloud: SimulatedCloud) -> GraphApp:
    return GraphApp(cloud, Pipeline(cloud, handle_write))


class GraphApp:
    def __init__(self, cloud: SimulatedCloud, pipeline: Pipeline) -> None:
        self._cloud = cloud
        self._pipeline = pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        incoming = await _read(scope, receive)
        if isinstance(incoming, GraphError):
            if incoming.code == "BadRequest" and "version" in incoming.message:
                self._cloud.counters.violate("unknown_path", scope["path"])
            await _send(send, Answer(incoming.status, incoming.body(date="", request_id="", client_request_id="")))
            return
        faults = self._cloud.faults.strike(incoming.method, incoming.target.partition("?")[0])
        answer = await self._answer(incoming, faults)
        if any(fault.kind == "reset" for fault in faults):
            await break_connection(send, b"", 1)
            return
        if any(fault.kind == "half_body" for fault in faults):
            body = _encode(answer.body)
            await break_connection(send, body[: len(body) // 2], len(body))
            return
        await _send(send, answer)

    async def _answer(self, incoming: Incoming, faults: list[FaultRule]) -> Answer:
        for fault in faults:
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "hold":
                await self._cloud.faults.held(fault)
            elif fault.kind == "status":
                return status_answer(fault, incoming)
        if any(fault.kind == "reset" for fault in faults):
            return Answer(503)
        if incoming.target.partition("?")[0].strip("/") == "$batch":
            answer = await serve_batch(self._pipeline, incoming)
        else:
            answer = await self._pipeline.serve(incoming)
        return disturb_answer(answer, incoming, faults)


async def _read(scope: Scope, receive: Receive) -> Incoming | GraphError:
    """A body that is no JSON, or another version than v1.0, is refused before anybody asks for a token."""
    raw = b""
    while True:
        message = await receive()
        raw += message.get("body", b"")
        if not message.get("more_body"):
            break
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    if path != ROOT and not path.startswith(ROOT + "/"):
        return GraphError(400, "BadRequest", "Invalid version.")
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    try:
        body = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        return GraphError(400, "BadRequest", "Unable to read JSON request payload.")
    query = scope.get("query_string", b"").decode("latin-1")
    host = headers.get("host", "localhost")
    return Incoming(
        method=scope["method"],
        target=path[len(ROOT) :] + (f"?{query}" if query else ""),
        headers=headers,
        body=body,
        base_url=f"{scope.get('scheme', 'http')}://{host}{ROOT}",
    )


def _encode(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    try:
        return orjson.dumps(body)
    except TypeError:  # half a surrogate pair, which JSON can say in an escape only
        return json.dumps(body, separators=(",", ":")).encode()


async def _send(send: Send, answer: Answer) -> None:
    body = _encode(answer.body)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if body and not any(name == b"content-type" for name, _ in headers):
        kind = b"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
        headers.append((b"content-type", kind))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
