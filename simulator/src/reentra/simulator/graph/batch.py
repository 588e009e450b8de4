"""POST /$batch: up to 20 requests in one, each with its own limits and errors, answered in no order."""

from __future__ import annotations

import base64
import random
from typing import Any

from .accidents import disturb_answer, status_answer
from .context import Answer
from .errors import GraphError, bad_request
from .pipeline import Incoming, Pipeline

MAX_ITEMS = 20
_ITEM_HEADERS = ("authorization", "client-request-id", "host")


async def serve_batch(pipeline: Pipeline, incoming: Incoming) -> Answer:
    token = pipeline.authenticate(incoming)
    if isinstance(token, GraphError):
        return await pipeline.serve(incoming)
    try:
        items = _items(incoming)
    except GraphError as error:
        if "exceeds" in error.message:
            pipeline.cloud.counters.violate(
                "batch_too_large", error.message, tenant_id=token.tenant_id, app_id=token.app_id
            )
        return _refusal(pipeline, incoming, error)
    statuses: dict[str, int] = {}
    responses: list[dict[str, Any]] = []
    for item in items:
        answer = await _serve_item(pipeline, incoming, item, statuses)
        statuses[item["id"]] = answer.status if answer else 0
        if answer is not None:
            responses.append(_response(item["id"], answer))
    if pipeline.cloud.settings.batch_shuffles:
        random.Random("".join(statuses)).shuffle(responses)
    return Answer(200, {"responses": responses})


def _refusal(pipeline: Pipeline, incoming: Incoming, error: GraphError) -> Answer:
    client_id = incoming.headers.get("client-request-id", "")
    date = pipeline.cloud.clock().strftime("%Y-%m-%dT%H:%M:%S")
    return Answer(error.status, error.body(date=date, request_id=client_id, client_request_id=client_id))


def _items(incoming: Incoming) -> list[dict[str, Any]]:
    body = incoming.body if isinstance(incoming.body, dict) else {}
    items = body.get("requests")
    if incoming.method != "POST" or not isinstance(items, list) or not items:
        raise bad_request("Invalid batch payload format.", code="BadRequest")
    if len(items) > MAX_ITEMS:
        raise bad_request(
            f"Number of batch requests {len(items)} exceeds the maximum of {MAX_ITEMS}.", code="BadRequest"
        )
    if not all(map(_is_item, items)):
        raise bad_request("Invalid batch payload format.", code="BadRequest")
    ids = [item.get("id") for item in items]
    if not all(isinstance(each, str) and each for each in ids) or len(set(ids)) != len(items):
        raise bad_request("Every request of a batch needs an id of its own.", code="BadRequest")
    for item in items:
        if item.get("body") is not None and "content-type" not in {name.lower() for name in item.get("headers") or {}}:
            raise bad_request(f"Request {item['id']} has a body and needs a Content-Type header.", code="BadRequest")
        if not str(item.get("url", "")).startswith("/") or not item.get("method"):
            raise bad_request(f"Request {item['id']} needs a method and a relative url.", code="BadRequest")
    return items


def _is_item(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("headers") or {}, dict)
        and isinstance(item.get("dependsOn") or [], list)
    )


async def _serve_item(
    pipeline: Pipeline, incoming: Incoming, item: dict[str, Any], statuses: dict[str, int]
) -> Answer | None:
    """None: the item was carried out and its answer is lost."""
    if any(statuses.get(str(earlier), 424) >= 400 for earlier in item.get("dependsOn") or ()):
        message = "A request that this one depends on failed."
        return _refusal(pipeline, incoming, GraphError(424, "FailedDependency", message))
    headers = {name: incoming.headers[name] for name in _ITEM_HEADERS if name in incoming.headers}
    headers |= {name.lower(): str(value) for name, value in (item.get("headers") or {}).items()}
    each = Incoming(
        method=str(item["method"]).upper(),
        target=item["url"],
        headers=headers,
        body=item.get("body"),
        base_url=incoming.base_url,
        in_batch=True,
    )
    faults = pipeline.cloud.faults.strike(each.method, each.target.partition("?")[0])
    for fault in faults:
        if fault.kind == "hold":
            await pipeline.cloud.faults.held(fault)
        elif fault.kind == "status":
            return status_answer(fault, each)
    answer = disturb_answer(await pipeline.serve(each), each, faults)
    return None if any(fault.kind == "drop_batch_item" for fault in faults) else answer


def _response(item_id: str, answer: Answer) -> dict[str, Any]:
    body = answer.body
    headers = dict(answer.headers)
    if isinstance(body, bytes):
        body = base64.b64encode(body).decode()
    elif body is not None:
        headers["Content-Type"] = "application/json"
    response: dict[str, Any] = {"id": item_id, "status": answer.status, "headers": headers}
    if body is not None:
        response["body"] = body
    return response
