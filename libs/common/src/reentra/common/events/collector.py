"""Announced by the collector while it reads Graph."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from reentra.common.events.envelope import Event


class TypeProgress(BaseModel):
    """Of one object type so far; the words are `BackupProgressed`'s."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    read: int = 0
    changed: int = 0
    removed: int = 0


class BackupProgressed(Event):
    """An object type moved on, and `others` did since the last message. `status`: waiting, reading, throttled
    (Microsoft lets the tenant wait), done, partial, failed. `requests` and `throttled_seconds` are the whole backup's
    so far."""

    topic: ClassVar[str] = "collector.backup-progressed.v1"
    object_type: str
    status: str
    read: int = 0
    changed: int = 0
    removed: int = 0
    requests: int = 0
    throttled_seconds: float = 0.0
    others: dict[str, TypeProgress] = Field(default_factory=dict)


class SnapshotSealed(Event):
    topic: ClassVar[str] = "collector.snapshot-sealed.v1"
    number: int
    result: str
    types: dict[str, Any] = Field(default_factory=dict)


class BackupFinished(Event):
    """Also for failures and cancellations. `status` is the job's."""

    topic: ClassVar[str] = "collector.backup-finished.v1"
    status: str
    number: int | None = None
    message: str = ""
