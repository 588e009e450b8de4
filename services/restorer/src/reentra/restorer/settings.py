"""How the restorer works: `REENTRA_RESTORER__...`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Count, Seconds, SecondsFromZero


class RestorerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_RESTORER__", frozen=True)

    concurrent_jobs: Count = 2
    steps_at_once: Annotated[int, Field(ge=1, le=20)] = 20
    """In one `$batch`, and in one entry of the ledger."""
    attempts: Count = 4
    """How often a step is sent when Graph could not answer it."""
    lag_patience_seconds: SecondsFromZero = 180.0
    """How long a step waits for objects that this restore made, until every replica knows them."""
    probe_patience_seconds: SecondsFromZero = 45.0
    """How long a create without an answer is looked for before it counts as not done."""
    glance_seconds: SecondsFromZero = 3.0
    """The same for writes that change nothing a second time."""
    first_pause_seconds: Seconds = 1.0
    longest_pause_seconds: Seconds = 20.0
    read_back_attempts: Count = 6
    remarks_kept: Count = 1000
    """Blockers, skips and differences that a plan or result lists one by one; the rest is counted."""
