"""Opaque links: what a page or delta token carries, signed so that a changed one is noticed."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from .context import GraphRequest
from .errors import GraphError, bad_request

if TYPE_CHECKING:
    from reentra.simulator.cloud import SimulatedCloud


def write_token(cloud: SimulatedCloud, content: dict[str, Any]) -> str:
    content = {**content, "at": cloud.clock().timestamp()}
    text = base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")
    return f"{text}.{cloud.sign(text)}"


def read_token(request: GraphRequest, token: str) -> dict[str, Any]:
    """400 for a token that this cloud did not write; the counters remember it."""
    text, _, signature = token.partition(".")
    if not hmac.compare_digest(request.cloud.sign(text), signature):
        raise altered(request)
    content: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return content


def altered(request: GraphRequest) -> GraphError:
    request.cloud.counters.violate(
        "altered_page_token", request.path, tenant_id=request.token.tenant_id, app_id=request.token.app_id
    )
    return bad_request("The page token in the link is invalid.", code="Directory_InvalidPageToken")


def age_seconds(request: GraphRequest, content: dict[str, Any]) -> float:
    return request.cloud.clock().timestamp() - float(content["at"])


def asked(request: GraphRequest) -> dict[str, str]:
    """The query without its token: a page token is true only for the same question."""
    return {name: value for name, value in request.query.items() if name not in ("$skiptoken", "$deltatoken")}


def next_page_link(request: GraphRequest, position: int) -> str:
    token = write_token(
        request.cloud,
        {"t": request.token.tenant_id, "p": request.segments, "q": asked(request), "n": position},
    )
    options = [f"{name}={quote(value, safe=chr(39) + ',:/()$')}" for name, value in asked(request).items()]
    return f"{request.base_url}{request.path}?" + "&".join([*options, f"$skiptoken={token}"])


def page_position(request: GraphRequest, token: str | None) -> int:
    if token is None:
        return 0
    content = read_token(request, token)
    same = content.get("p") == list(request.segments) and content.get("q") == asked(request)
    if not same or content.get("t") != request.token.tenant_id:
        raise altered(request)
    limit = request.cloud.settings.page_token_seconds
    if limit is not None and age_seconds(request, content) > limit:
        raise bad_request("The specified page token value has expired.", code="Directory_ExpiredPageToken")
    return int(content["n"])
