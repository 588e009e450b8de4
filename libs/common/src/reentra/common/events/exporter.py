"""The exporter: what it accepts and what it announces."""

from typing import ClassVar

from reentra.common.events.envelope import Event


class ExportRequested(Event):
    topic: ClassVar[str] = "exporter.export-requested.v1"


class ExportProgressed(Event):
    topic: ClassVar[str] = "exporter.export-progressed.v1"
    objects: int
    total: int


class ExportReady(Event):
    """Also for failures. `status` is the job's."""

    topic: ClassVar[str] = "exporter.export-ready.v1"
    status: str
    size: int = 0
    sha256: str = ""
    message: str = ""
