"""What goes in and comes out of the Graph client."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reentra.common.errors import NeedsConsent

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a collection. `next_link` and `delta_link` are opaque whole URLs; one of them at most is set."""

    values: Sequence[Json]
    next_link: str | None = None
    delta_link: str | None = None
    context: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A write's answer: 2xx. `body` is None for 204."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """`path` is relative to `/v1.0`, with its query."""

    method: str
    path: str
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """Any status. `unknown`: the item was sent and no answer came, so a write may or may not have happened.
    `lost_consent`: why there is no token any more with which to send it again."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = False
    lost_consent: NeedsConsent | None = None


@dataclass(slots=True)
class GraphStats:
    """Counted exactly: every HTTP request that was sent, a `$batch` as one. `items` are those inside batches."""

    requests: int = 0
    batches: int = 0
    items: int = 0
    resource_units: int = 0
    retries: int = 0
    throttled: int = 0
    throttled_seconds: float = 0.0

    def to_json(self) -> Json:
        return {**asdict(self), "throttled_seconds": round(self.throttled_seconds, 3)}
