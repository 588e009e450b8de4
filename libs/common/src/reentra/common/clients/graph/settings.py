"""How patiently Graph is asked: `REENTRA_GRAPH__...`."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class GraphSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_GRAPH__", frozen=True)

    connect_timeout_seconds: float = 15.0
    read_timeout_seconds: float = 100.0
    pool_timeout_seconds: float = 300.0
    connections_per_cloud: int = 64
    attempts: int = 6
    """Of one request, not counting those that were throttled."""
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30.0
    longest_wait_seconds: float = 300.0
    """Throttled for longer than this in one request: RetryLater, so that the job can give its place to another."""
    largest_answer_bytes: int = 64 << 20
    share_of_limits: float = 0.9
    """How much of Graph's published limits we use; the rest is for the tenant's other apps."""
    batches_at_once: int = 4
