"""Microsoft's clouds, as data: the four national ones, and one `custom` from settings for anything that speaks Graph.

Hosts: Microsoft Graph documentation, "National cloud deployments". App registrations and tokens never cross clouds.
"""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from reentra.common.errors import NotFound


@dataclass(frozen=True, slots=True)
class Cloud:
    """`ca_file`: trust this certificate authority instead of the public ones, for both addresses."""

    name: str
    login_url: str
    graph_url: str
    ca_file: Path | None = None

    @property
    def graph_base(self) -> str:
        return self.graph_url + "/v1.0"

    @property
    def scope(self) -> str:
        """Every permission that the tenant consented to."""
        return self.graph_url + "/.default"


NATIONAL_CLOUDS = (
    Cloud("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    Cloud("gcc_high", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
    Cloud("dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    Cloud("china", "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
)


class CustomCloudSettings(BaseSettings):
    """`REENTRA_CLOUD_CUSTOM_LOGIN_URL`, `_GRAPH_URL`, `_CA_FILE`."""

    model_config = SettingsConfigDict(env_prefix="REENTRA_CLOUD_CUSTOM_", env_ignore_empty=True, frozen=True)

    login_url: str = Field(default="", pattern=r"^(https://[^/?#@]+/?)?$")
    """Credentials are sent there: by https only, as msal demands."""
    graph_url: str = Field(default="", pattern=r"^(https?://[^/?#@]+/?)?$")
    ca_file: Path | None = None

    @field_validator("ca_file")
    @classmethod
    def _is_trusted(cls, path: Path | None) -> Path | None:
        """Said at the start, not by the first tenant that cannot be reached."""
        if path is not None:
            try:
                ssl.create_default_context(cafile=str(path))
            except ssl.SSLError:
                raise ValueError(f"{path} holds no certificate in PEM form") from None
            except OSError as error:
                raise ValueError(f"{path}: {os.strerror(error.errno or 0)}") from None
        return path


class Clouds:
    """The clouds of this installation: `clouds("global")`."""

    def __init__(self, custom: CustomCloudSettings | None = None) -> None:
        settings = custom or CustomCloudSettings()
        self._by_name = {cloud.name: cloud for cloud in NATIONAL_CLOUDS}
        if settings.login_url and settings.graph_url:
            login, graph = settings.login_url.rstrip("/"), settings.graph_url.rstrip("/")
            self._by_name["custom"] = Cloud("custom", login, graph, settings.ca_file)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def __call__(self, name: str) -> Cloud:
        """Raises NotFound for a name that this installation does not know."""
        cloud = self._by_name.get(name)
        if cloud is None:
            how = (
                " Set REENTRA_CLOUD_CUSTOM_LOGIN_URL and REENTRA_CLOUD_CUSTOM_GRAPH_URL first."
                if name == "custom"
                else ""
            )
            raise NotFound(f"There is no cloud {name!r}; this installation knows {', '.join(self.names)}.{how}")
        return cloud
