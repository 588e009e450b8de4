"""Auth's settings: `REENTRA_AUTH__...`; units are in the names."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from reentra.common.settings import Count, Hours, Minutes, Seconds, SecondsFromZero, Settings


class ProductRegistration(BaseModel):
    """The product's own app registrations in one cloud; the browser's consent road needs them."""

    backup_client_id: str
    backup_certificate_file: Path | None = None
    backup_secret: SecretStr | None = None
    restore_client_id: str | None = None
    restore_certificate_file: Path | None = None
    restore_secret: SecretStr | None = None


class AuthSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_AUTH__", env_nested_delimiter="__", frozen=True)

    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$")
    """Where browsers reach the gateway; Microsoft sends them back to `<public_url>/connect/...`."""
    registrations: dict[str, ProductRegistration] = Field(default_factory=dict)
    """By cloud: global, gcc_high, dod, china, custom."""
    session_idle_minutes: Minutes = 30
    session_longest_hours: Hours = 12
    invitation_hours: Hours = 72
    """How long the link works that an invited person gets."""
    consent_minutes: Minutes = 10
    watch_minutes: Minutes = 60
    """How often each tenant's consent is tried, beside what backups find out."""
    watch_tick_seconds: Seconds = 30.0
    """How often tenants are looked for whose turn it is."""
    token_proof_attempts: Count = 8
    """A fresh consent takes a while to reach every replica of Microsoft's."""
    token_proof_wait_seconds: SecondsFromZero = 2.0
