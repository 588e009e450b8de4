"""Auth's settings: `REENTRA_AUTH__...`; units are in the names."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProductRegistration(BaseModel):
    """The product's own app registrations in one cloud; the browser's consent road needs them."""

    backup_client_id: str
    backup_certificate_file: Path | None = None
    backup_secret: SecretStr | None = None
    restore_client_id: str | None = None
    restore_certificate_file: Path | None = None
    restore_secret: SecretStr | None = None


class AuthSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_AUTH__", env_nested_delimiter="__", frozen=True)

    public_url: str = "http://127.0.0.1:8080"
    """Where browsers reach the gateway; Microsoft sends them back to `<public_url>/connect/...`."""
    registrations: dict[str, ProductRegistration] = Field(default_factory=dict)
    """By cloud: global, gcc_high, dod, china, custom."""
    session_idle_minutes: int = 30
    session_longest_hours: int = 12
    consent_minutes: int = 10
    token_proof_attempts: int = 8
    """A fresh consent takes a while to reach every replica of Microsoft's."""
    token_proof_wait_seconds: float = 2.0
