"""How the exporter works. From the environment: REENTRA_EXPORTER__..."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Count, SecondsFromZero


class ExporterSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_EXPORTER__", frozen=True)

    concurrent_jobs: Count = 2
    batch_objects: Count = 200
    """Read, checked and compressed at a time: what an export holds in memory."""
    progress_interval_seconds: SecondsFromZero = 0.5
