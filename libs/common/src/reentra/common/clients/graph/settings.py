"""How patiently Graph is asked: `REENTRA_GRAPH__...`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Count, Seconds


class GraphSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_GRAPH__", frozen=True)

    connect_timeout_seconds: Seconds = 15.0
    read_timeout_seconds: Seconds = 100.0
    pool_timeout_seconds: Seconds = 300.0
    connections_per_cloud: Count = 64
    attempts: Count = 6
    """Of one request, not counting those that were throttled."""
    first_pause_seconds: Seconds = 0.5
    longest_pause_seconds: Seconds = 30.0
    longest_wait_seconds: Seconds = 300.0
    """Throttled for longer than this in one request: RetryLater, so that the job can give its place to another."""
    largest_answer_bytes: int = Field(default=64 << 20, ge=1000, le=1 << 32)
    share_of_limits: Annotated[float, Field(gt=0, le=1)] = 0.9
    """How much of Graph's published limits we use; the rest is for the tenant's other apps."""
    batches_at_once: Count = 4
