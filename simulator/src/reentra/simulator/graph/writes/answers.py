"""How a write answers: 201 with the object, 204 with nothing, in Microsoft's context URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reentra.simulator.graph.context import Answer, GraphRequest


def context_url(request: GraphRequest, name: str) -> str:
    return f"{request.base_url}/$metadata#{name}"


def created(request: GraphRequest, context: str, item: Mapping[str, Any]) -> Answer:
    body = {"@odata.context": context_url(request, f"{context}/$entity"), **item}
    return Answer(201, body, {"Location": f"{request.base_url}{request.path}/{item['id']}"})


def shown(request: GraphRequest, context: str, item: Mapping[str, Any]) -> Answer:
    return Answer(200, {"@odata.context": context_url(request, context), **item})


def done() -> Answer:
    return Answer(204)
