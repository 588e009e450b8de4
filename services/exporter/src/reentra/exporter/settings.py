"""How the exporter works. From the environment: REENTRA_EXPORTER__..."""

from pydantic import BaseModel


class ExporterSettings(BaseModel):
    concurrent_jobs: int = 2
    batch_objects: int = 200
    """Read, checked and compressed at a time: what an export holds in memory."""
    progress_interval_seconds: float = 0.5
