"""How the exporter works. From the environment: REENTRA_EXPORTER__..."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class ExporterSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_EXPORTER__", frozen=True)

    concurrent_jobs: int = 2
    batch_objects: int = 200
    """Read, checked and compressed at a time: what an export holds in memory."""
    progress_interval_seconds: float = 0.5
