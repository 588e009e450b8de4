"""The gateway's settings: `REENTRA_GATEWAY__...`; units are in the names."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class GatewaySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_GATEWAY__", frozen=True)

    body_limit_bytes: int = 1 << 20
    secure_cookies: bool = False
    """True wherever browsers reach the gateway by https."""
    sign_in_attempts_per_minute: int = 10
    """Per user name and address."""
    idempotency_hours: int = 24
    feed_days: int = 7
    feed_poll_seconds: float = 1.0
