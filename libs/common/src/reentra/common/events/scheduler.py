"""Announced by the scheduler (and by whoever else wrote a job document): work is runnable."""

from typing import ClassVar

from reentra.common.events.envelope import Event


class BackupRequested(Event):
    topic: ClassVar[str] = "scheduler.backup-requested.v1"
