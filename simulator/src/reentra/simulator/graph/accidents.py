"""What a fault rule does to an answer or to the connection that carries it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from .context import Answer
from .faults import FaultRule
from .pipeline import Incoming

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def status_answer(fault: FaultRule, incoming: Incoming) -> Answer:
    """The request never reached the directory."""
    request_id = incoming.headers.get("client-request-id", "00000000-0000-0000-0000-000000000000")
    body = fault.body
    if body is None:
        inner = {"request-id": request_id, "client-request-id": request_id}
        body = {"error": {"code": fault.code, "message": fault.message, "innerError": inner}}
    return Answer(fault.status, body, {"request-id": request_id, **fault.headers})


def disturb_answer(answer: Answer, incoming: Incoming, faults: list[FaultRule]) -> Answer:
    """The request did its work; its answer is lost or forged."""
    for fault in faults:
        if fault.kind == "commit_then_504":
            lost = replace(fault, status=504, code="GatewayTimeout", message="The server did not answer in time.")
            answer = status_answer(lost, incoming)
        elif fault.kind == "hostile_next_link" and isinstance(answer.body, dict):
            answer = replace(answer, body={**answer.body, "@odata.nextLink": _hostile_link(fault, incoming)})
        elif fault.kind == "drop_batch_item" and isinstance(answer.body, dict):
            responses = answer.body.get("responses", [])
            answer = replace(answer, body={**answer.body, "responses": responses[1:]})
    return answer


def _hostile_link(fault: FaultRule, incoming: Incoming) -> str:
    if fault.link == "other_host":
        return f"https://graph.attacker.example/v1.0{incoming.target}"
    if fault.link == "itself":
        return f"{incoming.base_url}{incoming.target}"
    return f"{incoming.base_url}{incoming.target.partition('?')[0]}"


async def break_connection(send: Send, part: bytes, promised: int) -> None:
    """Cuts the connection: at once when the server shows its transport, else by an unfinished body."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None and not part:
        transport.abort()
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", str(promised).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": part, "more_body": True})
    raise ConnectionResetError("the fault plan cut this connection")
