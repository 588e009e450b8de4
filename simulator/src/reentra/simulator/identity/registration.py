"""Apps as their makers registered them, once for the whole cloud."""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from cryptography import x509


@dataclass(frozen=True, slots=True)
class ClientSecret:
    value: str
    expires: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """`app_roles` are names of Graph application permissions, e.g. User.Read.All. `is_disabled`: its maker has
    deactivated it, in all tenants."""

    app_id: str
    display_name: str
    secrets: tuple[ClientSecret, ...] = ()
    certificates: tuple[x509.Certificate, ...] = ()
    app_roles: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    is_disabled: bool = False

    @property
    def is_confidential(self) -> bool:
        return bool(self.secrets or self.certificates)

    def secret_named(self, value: str) -> ClientSecret | None:
        for secret in self.secrets:
            if hmac.compare_digest(secret.value.encode(), value.encode()):
                return secret
        return None
