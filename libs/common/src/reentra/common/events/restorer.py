"""The restorer: what it accepts and what it announces."""

from typing import ClassVar

from reentra.common.events.envelope import Event


class RestorePlanRequested(Event):
    topic: ClassVar[str] = "restorer.restore-plan-requested.v1"


class RestoreRequested(Event):
    topic: ClassVar[str] = "restorer.restore-requested.v1"


class RestorePlanned(Event):
    topic: ClassVar[str] = "restorer.restore-planned.v1"
    plan_id: str
    steps: int
    blockers: int
    status: str
    message: str = ""


class RestoreProgressed(Event):
    topic: ClassVar[str] = "restorer.restore-progressed.v1"
    done: int
    total: int
    failed: int = 0


class RestoreFinished(Event):
    topic: ClassVar[str] = "restorer.restore-finished.v1"
    status: str
    confirmed: int = 0
    failed: int = 0
    message: str = ""
