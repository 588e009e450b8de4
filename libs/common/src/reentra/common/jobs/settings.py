"""How work is held: `REENTRA_JOBS__...`, the same in every process of an installation."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.jobs.lease import LEASE_SECONDS


class JobSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_JOBS__", frozen=True)

    lease_seconds: float = Field(default=LEASE_SECONDS, ge=3, le=86_400)
    """How long the job of a worker that died waits for another. It is renewed six times in that time; a worker that
    cannot renew it stops after two thirds."""
