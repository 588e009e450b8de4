"""What every message has in common: CloudEvents' names, carried in headers; the body is the event's own data.

Messages are hints: small, repeatable, possibly late or twice. The truth is the row they point at.
"""

from typing import Any, ClassVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from reentra.common.clock import SystemClock, to_text


class Event(BaseModel):
    """Base of all commands and facts. `topic` is `service.words-of-the-class.v1`; the key orders a job's events."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    topic: ClassVar[str]

    event_id: str = Field(default_factory=lambda: str(uuid4()))
    time: str = Field(default_factory=lambda: to_text(SystemClock().now()))
    tenant_id: str | None = None
    job_id: str | None = None

    @property
    def key(self) -> bytes:
        return (self.job_id or self.tenant_id or self.event_id).encode()

    def data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
