"""Announced by the gateway: who did what through the door."""

from typing import Any, ClassVar

from pydantic import Field

from reentra.common.events.envelope import Event


class Audited(Event):
    topic: ClassVar[str] = "gateway.audit.v1"
    actor: str
    action: str
    target: str = ""
    outcome: str = "ok"
    details: dict[str, Any] = Field(default_factory=dict)


class JobChanged(Event):
    """A job was submitted, cancelled or retried."""

    topic: ClassVar[str] = "gateway.job-changed.v1"
    kind: str
    status: str
