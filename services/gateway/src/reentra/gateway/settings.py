"""The gateway's settings: `REENTRA_GATEWAY__...`; units are in the names."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.settings import Count, Days, Hours


class GatewaySettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_GATEWAY__", frozen=True)

    portal_folder: Path = Path(__file__).parent / "portal"
    """Where `make portal` puts the built files."""
    body_limit_bytes: int = Field(default=1 << 20, ge=1024, le=1 << 30)
    secure_cookies: bool = False
    """True wherever browsers reach the gateway by https; `reentra up` sees that in the public address."""
    sign_in_attempts_per_minute: Count = 10
    """Per user name and address."""
    idempotency_hours: Hours = 24
    feed_days: Days = 7
    feed_poll_seconds: float = Field(default=1.0, gt=0, le=60)
