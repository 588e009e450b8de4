"""How the restorer works: `REENTRA_RESTORER__...`."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class RestorerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_RESTORER__", frozen=True)

    concurrent_jobs: int = 2
    steps_at_once: int = 20
    """In one `$batch`, and in one entry of the ledger."""
    attempts: int = 4
    """How often a step is sent when Graph could not answer it."""
    lag_patience_seconds: float = 180.0
    """How long a step waits for objects that this restore made, until every replica knows them."""
    probe_patience_seconds: float = 45.0
    """How long a create without an answer is looked for before it counts as not done."""
    glance_seconds: float = 3.0
    """The same for writes that change nothing a second time."""
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 20.0
    read_back_attempts: int = 6
    remarks_kept: int = 1000
    """Blockers, skips and differences that a plan or result lists one by one; the rest is counted."""
