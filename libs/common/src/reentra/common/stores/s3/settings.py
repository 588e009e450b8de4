"""`REENTRA_S3__ENDPOINT=https://s3.contoso.com`, `REENTRA_S3__BUCKET=reentra`, and so on."""

import ssl
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from reentra.common.settings import Settings, must_be, with_pem

_BUCKET_NAME = "3 to 63 small letters, digits, dots and hyphens"


class S3Settings(Settings):
    model_config = SettingsConfigDict(env_prefix="REENTRA_S3__", frozen=True)

    endpoint: str = Field(pattern=r"^https?://[^/@?#]+/?$")
    """Scheme, host and port; no path and no credentials."""
    bucket: Annotated[str, must_be(_BUCKET_NAME, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")] = "reentra"
    region: str = Field(default="us-east-1", min_length=1)
    access_key: str = Field(min_length=1)
    secret_key: SecretStr = Field(min_length=1)
    lock_days: int = Field(default=0, ge=0, le=36_500)
    """Nobody, not even we, can delete or change stored bytes for so many days. 0: no lock. Only a new bucket can have
    one."""
    ca_file: Path | None = None
    """PEM; who signed the store's certificate, where the operating system does not trust them."""

    @model_validator(mode="after")
    def _fits_together(self) -> "S3Settings":
        if self.ca_file and not self.endpoint.startswith("https:"):
            raise ValueError("REENTRA_S3__CA_FILE needs REENTRA_S3__ENDPOINT to begin with https://")
        return self

    def trust(self) -> ssl.SSLContext:
        """For clients in Python. Raises Rejected for a file that cannot be used."""
        context = ssl.create_default_context()
        if self.ca_file is not None:
            with_pem("REENTRA_S3__CA_FILE", self.ca_file, lambda path: context.load_verify_locations(cafile=path))
        return context
