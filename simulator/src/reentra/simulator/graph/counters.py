"""What clients did: request counts, resource units, and behaviour that Microsoft would not forgive."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

LOG_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Violation:
    """`kind`: early_retry, altered_page_token, batch_too_large, unknown_property, unknown_path, blind_create."""

    kind: str
    detail: str
    tenant_id: str
    app_id: str


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request or batch item; never a token."""

    at: str
    tenant_id: str
    app_id: str
    method: str
    path: str
    template: str
    status: int
    resource_units: int
    client_request_id: str
    in_batch: bool
    token_id: str = ""
    """Tells processes apart: each has tokens of its own."""


class Counters:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self.log: deque[LoggedRequest] = deque(maxlen=LOG_LENGTH)
        self.violations: list[Violation] = []
        self.requests = 0
        self.batch_items = 0
        self.resource_units = 0
        self.by_template: Counter[str] = Counter()
        self.units_by_template: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()

    def count(self, entry: LoggedRequest) -> None:
        self.log.append(entry)
        if entry.in_batch:
            self.batch_items += 1
        else:
            self.requests += 1
        key = f"{entry.method} {entry.template}"
        self.resource_units += entry.resource_units
        self.by_template[key] += 1
        self.units_by_template[key] += entry.resource_units
        self.by_status[entry.status] += 1

    def violate(self, kind: str, detail: str, *, tenant_id: str = "", app_id: str = "") -> None:
        self.violations.append(Violation(kind, detail, tenant_id, app_id))

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "batchItems": self.batch_items,
            "resourceUnits": self.resource_units,
            "byTemplate": dict(self.by_template),
            "resourceUnitsByTemplate": dict(self.units_by_template),
            "byStatus": {str(status): count for status, count in self.by_status.items()},
            "violations": [asdict(violation) for violation in self.violations],
        }

    def log_as_json(self, last: int | None = None) -> list[dict[str, Any]]:
        entries = list(self.log)
        return [asdict(entry) for entry in (entries if last is None else entries[-last:])]
