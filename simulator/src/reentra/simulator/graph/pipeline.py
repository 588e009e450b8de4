"""The road of one request: token, limits, answer, error shape, counting. Batch items take it too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from .charges import charges_of, resource_units
from .context import Answer, GraphRequest
from .counters import LoggedRequest
from .dispatch import WriteHandler, dispatch
from .errors import GraphError, invalid_token
from .templates import template_of
from .throttling import REPORTED_FROM, Verdict

if TYPE_CHECKING:
    from reentra.simulator.cloud import AccessToken, SimulatedCloud

_KEYED = re.compile(r"^([A-Za-z0-9]+)\((.+)\)$")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request before anybody knows who sent it. `target` is path and query below /v1.0."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: Any
    base_url: str
    in_batch: bool = False


class Pipeline:
    def __init__(self, cloud: SimulatedCloud, write: WriteHandler) -> None:
        self.cloud = cloud
        self._write = write

    async def serve(self, incoming: Incoming, token: AccessToken | None = None) -> Answer:
        """Never raises a GraphError. `token` is the outer one for batch items."""
        request_id = str(uuid.uuid4())
        client_id = incoming.headers.get("client-request-id", request_id)
        segments, query = split_target(incoming.target)
        template = template_of(segments)
        units = 0
        limits: dict[str, str] = {}
        try:
            token = token or self._authenticate(incoming)
            request = GraphRequest(
                cloud=self.cloud,
                token=token,
                method=incoming.method,
                segments=segments,
                query=query,
                headers=incoming.headers,
                body=incoming.body,
                base_url=incoming.base_url,
                request_id=request_id,
                client_request_id=client_id,
                in_batch=incoming.in_batch,
            )
            units = resource_units(request, template)
            limits |= self._admit(request, template, units)
            answer = await dispatch(request, self._write)
            answer = Answer(answer.status, answer.body, {**limits, **answer.headers})
        except GraphError as error:
            date = self.cloud.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
            body = error.body(date=date, request_id=request_id, client_request_id=client_id)
            answer = Answer(error.status, body, {**limits, **error.headers})
            if error.message.startswith("Resource not found for the segment"):
                self._violate("unknown_path", f"{incoming.method} {template}", token)
        self._count(incoming, token, template, answer.status, units, client_id)
        return Answer(
            answer.status, answer.body, {**answer.headers, "request-id": request_id, "client-request-id": client_id}
        )

    def authenticate(self, incoming: Incoming) -> AccessToken | GraphError:
        try:
            return self._authenticate(incoming)
        except GraphError as error:
            return error

    def _authenticate(self, incoming: Incoming) -> AccessToken:
        scheme, _, value = incoming.headers.get("authorization", "").partition(" ")
        if scheme.casefold() != "bearer" or not value:
            raise invalid_token("Access token is empty.")
        token = self.cloud.read_token(value.strip())
        if token is None:
            raise invalid_token()
        return token

    def _admit(self, request: GraphRequest, template: str, units: int) -> dict[str, str]:
        scale = self.cloud.settings.throttle_scale
        headers = {"x-ms-resource-unit": str(units)}
        if scale is None:
            return headers
        verdict = self.cloud.throttle.admit(charges_of(request, template, units), scale)
        if verdict.is_early:
            self._violate("early_retry", f"{request.method} {template}", request.token)
        if verdict.refused is not None:
            raise _too_many(request, verdict, headers)
        if verdict.percentage >= REPORTED_FROM:
            headers["x-ms-throttle-limit-percentage"] = f"{min(verdict.percentage, 1.8):.2f}"
        return headers

    def _violate(self, kind: str, detail: str, token: AccessToken | None) -> None:
        self.cloud.counters.violate(
            kind, detail, tenant_id=token.tenant_id if token else "", app_id=token.app_id if token else ""
        )

    def _count(
        self, incoming: Incoming, token: AccessToken | None, template: str, status: int, units: int, client_id: str
    ) -> None:
        self.cloud.counters.count(
            LoggedRequest(
                at=self.cloud.clock().isoformat(),
                tenant_id=token.tenant_id if token else "",
                app_id=token.app_id if token else "",
                method=incoming.method,
                path=incoming.target,
                template=template,
                status=status,
                resource_units=units,
                client_request_id=client_id,
                in_batch=incoming.in_batch,
                token_id=token.token_id if token else "",
            )
        )


def _too_many(request: GraphRequest, verdict: Verdict, headers: dict[str, str]) -> GraphError:
    charge = verdict.refused
    assert charge is not None
    told = dict(headers)
    told["x-ms-throttle-scope"] = f"{charge.scope}/{charge.limit}/{request.token.app_id}/{request.token.tenant_id}"
    told["x-ms-throttle-information"] = charge.information
    if verdict.retry_after is not None:
        told["Retry-After"] = str(verdict.retry_after)
    return GraphError(429, "TooManyRequests", "Please retry again later.", headers=told)


def split_target(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Decoded segments, with `name('key')` split in two and `name(appId='key')` keeping its name."""
    path, _, query = target.partition("?")
    segments: list[str] = []
    for raw in path.strip("/").split("/"):
        segment = unquote(raw)
        keyed = _KEYED.match(segment)
        if keyed is None:
            segments.append(segment)
        else:
            key = keyed.group(2)
            segments += [keyed.group(1), key[1:-1] if key.startswith("'") else key]
    pairs = parse_qsl(query, keep_blank_values=True)
    options = {name.lower() if name.startswith("$") else name: value for name, value in pairs}
    return tuple(segment for segment in segments if segment), options
