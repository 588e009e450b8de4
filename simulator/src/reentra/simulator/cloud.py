"""The whole simulated cloud: tenants, registered applications and their consent, tokens, settings, counters.

Sign-in issues tokens here, Graph reads them, the control API turns the settings. One object, one process.

    cloud = SimulatedCloud()
    tenant = cloud.add_tenant(Directory(tenant_id, domain))
    cloud.consent(tenant_id, app_id, {"User.Read.All", ...})     roles at issue time go into the token
    token = cloud.issue_token(tenant_id, app_id)                 opaque to everybody but read_token
    cloud.read_token(token) -> AccessToken | None                None: forged, expired, tenant gone
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from .directory import Directory, utc_now
from .graph.counters import Counters
from .graph.faults import FaultPlan
from .graph.lag import ReplicaLag
from .graph.recent import Recent
from .graph.settings import GraphSettings
from .graph.throttling import Throttle

if TYPE_CHECKING:
    from .graph.delta_entries import Touched

TOKEN_SECONDS = 3599


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What Graph knows of a caller."""

    tenant_id: str
    app_id: str
    roles: frozenset[str]
    expires_at: datetime


class TenantMissing(LookupError):
    """The tenant was never there or has vanished."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"There is no tenant {tenant_id} in this cloud.")


@dataclass
class SimulatedCloud:
    """Everything both sides share. `clock` rules tokens, throttling, lag and delta ages."""

    clock: Callable[[], datetime] = utc_now
    settings: GraphSettings = field(default_factory=GraphSettings)
    signing_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        self.tenants: dict[str, Directory] = {}
        self.consents: dict[tuple[str, str], frozenset[str]] = {}
        self.counters = Counters(self.clock)
        self.faults = FaultPlan()
        self.lag = ReplicaLag(self.clock)
        self.throttle = Throttle(self.clock)
        self.delta_rounds: Recent[list[Touched]] = Recent(8)
        self._delta_generations: dict[str, int] = {}

    # Tenants

    def add_tenant(self, directory: Directory) -> Directory:
        directory.clock = self.clock
        self.tenants[directory.tenant_id] = directory
        self.lag.watch(directory)
        return directory

    def tenant(self, tenant_id: str) -> Directory:
        directory = self.tenants.get(tenant_id)
        if directory is None:
            raise TenantMissing(tenant_id)
        return directory

    def vanish_tenant(self, tenant_id: str) -> None:
        """As when a customer's tenant is deleted: its tokens stop working at once."""
        self.tenants.pop(tenant_id, None)

    def delta_generation(self, tenant_id: str) -> int:
        return self._delta_generations.get(tenant_id, 0)

    def expire_delta_tokens(self, tenant_id: str) -> None:
        """Every delta and page token of delta queries issued so far must start again."""
        self._delta_generations[tenant_id] = self.delta_generation(tenant_id) + 1

    # Consent

    def consent(self, tenant_id: str, app_id: str, roles: Iterable[str]) -> None:
        """Sets the app roles an app holds in a tenant; tokens issued before keep the old ones."""
        self.consents[tenant_id, app_id] = frozenset(roles)

    def revoke_consent(self, tenant_id: str, app_id: str) -> None:
        self.consents.pop((tenant_id, app_id), None)

    def remove_permission(self, tenant_id: str, app_id: str, role: str) -> None:
        self.consent(tenant_id, app_id, self.roles(tenant_id, app_id) - {role})

    def roles(self, tenant_id: str, app_id: str) -> frozenset[str]:
        return self.consents.get((tenant_id, app_id), frozenset())

    # Tokens

    def issue_token(
        self, tenant_id: str, app_id: str, *, roles: Iterable[str] | None = None, seconds: int = TOKEN_SECONDS
    ) -> str:
        """`roles` default to what is consented now."""
        self.tenant(tenant_id)
        held = self.roles(tenant_id, app_id) if roles is None else roles
        expires = int((self.clock() + timedelta(seconds=seconds)).timestamp())
        payload = "|".join((tenant_id, app_id, " ".join(sorted(held)), str(expires)))
        return f"sim.{quote(payload, safe='')}.{self.sign(payload)}"

    def read_token(self, token: str) -> AccessToken | None:
        parts = token.split(".sig-")
        if len(parts) != 2 or not parts[0].startswith("sim."):
            return None
        payload = unquote(parts[0][4:])
        fields = payload.split("|")
        if not hmac.compare_digest(self.sign(payload), f"sig-{parts[1]}") or len(fields) != 4:
            return None
        tenant_id, app_id, roles, expires = fields
        expires_at = datetime.fromtimestamp(int(expires), self.clock().tzinfo)
        if tenant_id not in self.tenants or self.clock() >= expires_at:
            return None
        return AccessToken(tenant_id, app_id, frozenset(roles.split()), expires_at)

    def sign(self, text: str) -> str:
        return "sig-" + hmac.new(self.signing_key, text.encode(), hashlib.sha256).hexdigest()[:32]
