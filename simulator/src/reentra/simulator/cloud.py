"""The whole simulated cloud: tenants, registered applications and their consent, tokens, settings, counters.

Sign-in issues tokens here, Graph reads them, the control API turns the settings. One object, one process.

    cloud = SimulatedCloud()
    tenant = cloud.add_tenant(Directory(tenant_id, domain))
    cloud.consent(tenant_id, app_id, {"User.Read.All", ...})     roles at issue time go into the token
    token = cloud.issue_token(tenant_id, app_id)                 a JWT that names what the app holds
    cloud.read_token(token) -> AccessToken | None                None: forged, expired, tenant gone
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from .changes import Touched
from .directory import Directory, utc_now
from .graph.counters import Counters
from .graph.faults import FaultPlan
from .graph.lag import ReplicaLag
from .graph.lineage import Lineages
from .graph.recent import Recent
from .graph.settings import GraphSettings
from .graph.throttling import Throttle

TOKEN_SECONDS = 3599
_EVERY_APP = "0997a1d0-0d1d-4acb-b408-d5ca73121e90"
"""Stands in `wids` of every app-only token, whatever roles the app has."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What Graph knows of a caller."""

    tenant_id: str
    app_id: str
    roles: frozenset[str]
    expires_at: datetime
    token_id: str = ""


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
        self.lineages: Lineages | None = None
        self._delta_generations: dict[str, int] = {}
        self._token_ids: dict[str, set[str]] = {}

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

    def outlive(self, key_file: Path) -> None:
        """With its key in a file, links and delta tokens are good for the next process too (`graph/lineage`)."""
        if not key_file.exists() or key_file.stat().st_size != len(self.signing_key):
            key_file.touch(mode=0o600)
            key_file.write_bytes(self.signing_key)
        self.signing_key, self.lineages = key_file.read_bytes(), Lineages()

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
        """`roles` default to what is consented now. Claims as Entra's: no `roles` when there are none, `wids` with a
        mark that every app has and the directory roles of the app's service principal."""
        directory = self.tenant(tenant_id)
        held = self.roles(tenant_id, app_id) if roles is None else roles
        issued, token_id = int(self.clock().timestamp()), secrets.token_urlsafe(16)
        self._token_ids.setdefault(tenant_id, set()).add(token_id)
        principals = directory.find("servicePrincipal", "appId", app_id)
        claims = {
            "aud": "https://graph.microsoft.com",
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "iat": issued,
            "nbf": issued,
            "exp": issued + seconds,
            "appid": app_id,
            "idtyp": "app",
            **({"oid": principals[0]} if principals else {}),
            **({"roles": sorted(held)} if held else {}),
            "tid": tenant_id,
            "uti": token_id,
            "ver": "1.0",
            "wids": [_EVERY_APP, *_directory_roles(directory, principals)],
        }
        text = f"{_HEADER}.{_base64(orjson.dumps(claims))}"
        return f"{text}.{self.sign(text)}"

    def read_token(self, token: str) -> AccessToken | None:
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self.sign(text), signature):
            return None
        body = text.partition(".")[2]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        expires_at = datetime.fromtimestamp(claims["exp"], self.clock().tzinfo)
        if claims["tid"] not in self.tenants or self.clock() >= expires_at:
            return None
        if claims["uti"] not in self._token_ids.get(claims["tid"], ()):
            return None
        roles = frozenset(claims.get("roles", ()))
        return AccessToken(claims["tid"], claims["appid"], roles, expires_at, claims["uti"])

    def expire_tokens(self, tenant_id: str) -> None:
        """The hour of every access token issued so far is over."""
        self._token_ids.pop(tenant_id, None)

    def sign(self, text: str) -> str:
        return "sig-" + hmac.new(self.signing_key, text.encode(), hashlib.sha256).hexdigest()[:32]


def _directory_roles(directory: Directory, principals: Iterable[str]) -> list[str]:
    """Template ids of roles held over the whole tenant."""
    found: set[str] = set()
    for principal in principals:
        for assignment_id in directory.joined("roleAssignments", principal):
            assignment = directory.get(assignment_id)
            if assignment is not None and assignment.get("directoryScopeId") == "/":
                found.add(str(assignment["roleDefinitionId"]))
    return sorted(found)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


_HEADER = _base64(orjson.dumps({"typ": "JWT", "alg": "RS256", "kid": "simulated"}))
