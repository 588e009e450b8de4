"""`REENTRA_S3__ENDPOINT=https://s3.contoso.com`, `REENTRA_S3__BUCKET=reentra`, and so on."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from reentra.common.settings import Settings


class S3Settings(Settings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_S3__", frozen=True)

    endpoint: str = Field(pattern=r"^https?://[^/@?#]+/?$")
    """Scheme, host and port; no path and no credentials."""
    bucket: str = Field(default="reentra", min_length=1)
    region: str = "us-east-1"
    access_key: str = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=1)
    lock_days: int = Field(default=0, ge=0)
    """Nobody, not even we, can delete or change stored bytes for so many days. 0: no lock. Only a new bucket can have
    one."""
