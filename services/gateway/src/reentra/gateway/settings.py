"""The gateway's settings: `REENTRA_GATEWAY__...`; units are in the names."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class GatewaySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_GATEWAY__", frozen=True)

    body_limit_bytes: int = Field(default=1 << 20, ge=1024)
    secure_cookies: bool = False
    """True wherever browsers reach the gateway by https; `reentra up` sees that in the public address."""
    sign_in_attempts_per_minute: int = Field(default=10, ge=1)
    """Per user name and address."""
    idempotency_hours: int = Field(default=24, ge=1)
    feed_days: int = Field(default=7, ge=1)
    feed_poll_seconds: float = Field(default=1.0, gt=0, le=60)
