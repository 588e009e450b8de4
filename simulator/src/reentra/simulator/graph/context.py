"""One request as the handlers see it, and one answer as they give it. A batch item is a request like others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from reentra.simulator.directory import Directory

from .errors import denied

if TYPE_CHECKING:
    from reentra.simulator.cloud import AccessToken, SimulatedCloud


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """`segments` are the decoded parts after /v1.0; keys are split off: ("users", "id", "manager", "$ref").

    A key by name stays whole in its own segment: ("applications", "appId='x'").
    """

    cloud: SimulatedCloud
    token: AccessToken
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Parsed JSON, None without a body."""
    base_url: str
    """Scheme, host and /v1.0, without a slash at the end."""
    request_id: str
    client_request_id: str
    in_batch: bool = False

    @property
    def directory(self) -> Directory:
        return self.cloud.tenant(self.token.tenant_id)

    @property
    def path(self) -> str:
        return "/" + "/".join(self.segments)

    @property
    def is_eventual(self) -> bool:
        return self.headers.get("consistencylevel", "").casefold() == "eventual"

    def prefers(self, preference: str) -> bool:
        return preference in self.headers.get("prefer", "").casefold().replace(" ", "")

    def require(self, *roles: str) -> None:
        """403 unless the token holds one of these app roles."""
        if not self.token.roles.intersection(roles):
            raise denied()

    @property
    def date(self) -> str:
        return self.cloud.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is JSON, or bytes with their own content type, or None."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
