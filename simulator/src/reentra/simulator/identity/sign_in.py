"""Everything sign-in remembers: registered apps, open authorization codes, who is signed in where."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from starlette.requests import Request

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.generator.first_party import graph_app_role_ids
from reentra.simulator.graph.faults import FaultPlan
from reentra.simulator.identity import consent, errors
from reentra.simulator.identity.accounts import Account, account_of, find_user
from reentra.simulator.identity.assertion import AssertionCheck
from reentra.simulator.identity.errors import SignInRefused
from reentra.simulator.identity.keys import SigningKey
from reentra.simulator.identity.registration import AppRegistration, ClientSecret

ANY_TENANT = frozenset({"organizations", "common"})
SESSION_COOKIE = "simulated_cloud_session"
DEMO_PASSWORD = "Simulated-cloud-1"
CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """What must match when a code is exchanged."""

    account: Account
    app_id: str
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    scope: str
    expires: float


class SignIn:
    def __init__(self, cloud: SimulatedCloud, *, password: str = DEMO_PASSWORD) -> None:
        self.cloud = cloud
        self.password = password
        self.key = SigningKey()
        self.assertions = AssertionCheck(self.now)
        self.faults = FaultPlan()
        self._apps: dict[str, AppRegistration] = {}
        self._codes: dict[str, IssuedCode] = {}

    def now(self) -> float:
        return self.cloud.clock().timestamp()

    # Apps

    def register_app(
        self,
        app_id: str,
        display_name: str,
        *,
        secrets: Iterable[str | ClientSecret] = (),
        certificates: Iterable[x509.Certificate | bytes] = (),
        app_roles: Iterable[str] = (),
        redirect_uris: Iterable[str] = (),
    ) -> AppRegistration:
        """Certificates may be PEM. Registering an app id again replaces the registration, not its consent."""
        app_roles = tuple(app_roles)
        if unknown := set(app_roles) - graph_app_role_ids().keys():
            raise ValueError(f"Graph has no application permission {sorted(unknown)}; check the spelling.")
        app = AppRegistration(
            app_id,
            display_name,
            secrets=tuple(map(_secret, secrets)),
            certificates=tuple(map(_certificate, certificates)),
            app_roles=app_roles,
            redirect_uris=tuple(redirect_uris),
        )
        self._apps[app_id] = app
        return app

    def change_app(
        self,
        app_id: str,
        *,
        secrets: Iterable[str | ClientSecret] | None = None,
        certificates: Iterable[x509.Certificate | bytes] | None = None,
        is_disabled: bool | None = None,
    ) -> None:
        """What its maker can do to the registration later; the rest of it stays."""
        changes: dict[str, Any] = {}
        if secrets is not None:
            changes["secrets"] = tuple(map(_secret, secrets))
        if certificates is not None:
            changes["certificates"] = tuple(map(_certificate, certificates))
        if is_disabled is not None:
            changes["is_disabled"] = is_disabled
        self._apps[app_id] = replace(self._apps[app_id], **changes)

    def remove_app(self, app_id: str) -> None:
        """Its maker deletes the registration; what it left in tenants stays."""
        del self._apps[app_id]

    def app(self, app_id: str, tenant: str) -> AppRegistration:
        app = self._apps.get(app_id)
        if app is None:
            raise SignInRefused(errors.UNKNOWN_APP, app=app_id, tenant=tenant)
        return app

    def consent(self, tenant_id: str, app_id: str, *, at: str | None = None) -> None:
        """As if an administrator had clicked through the consent page; now, or at this time."""
        consent.grant(self.cloud, self.cloud.tenant(tenant_id), self.app(app_id, tenant_id), at=at)

    def is_redirect_uri(self, uri: str) -> bool:
        return any(uri in app.redirect_uris for app in self._apps.values())

    # Tenants and people

    def tenant(self, name: str) -> Directory:
        """By id or by any of its verified domains."""
        for directory in self.cloud.tenants.values():
            if goes_by(directory, name):
                return directory
        raise SignInRefused(errors.UNKNOWN_TENANT, tenant=name)

    def tenants(self, name: str) -> list[Directory]:
        """All of them for `organizations` and `common`."""
        return list(self.cloud.tenants.values()) if name in ANY_TENANT else [self.tenant(name)]

    def check_password(self, tenant: str, user_principal_name: str, password: str) -> Account:
        found = find_user(self.tenants(tenant), user_principal_name.strip())
        if found is None or password != self.password:
            raise SignInRefused(errors.WRONG_PASSWORD)
        account = account_of(*found)
        if account is None:
            raise SignInRefused(errors.ACCOUNT_DISABLED)
        return account

    # Sessions: a signed cookie, nothing is kept here

    def session_cookie(self, account: Account) -> str:
        value = f"{account.tenant_id}|{account.object_id}"
        return base64.urlsafe_b64encode(f"{value}|{self.cloud.sign(value)}".encode()).decode()

    def signed_in(self, request: Request, tenant: str) -> Account | None:
        """The person of this browser, when that person belongs to one of the tenants asked for."""
        try:
            value = base64.urlsafe_b64decode(request.cookies.get(SESSION_COOKIE, "")).decode()
        except ValueError:
            return None
        tenant_id, _, rest = value.partition("|")
        object_id, _, signature = rest.partition("|")
        if not secrets.compare_digest(self.cloud.sign(f"{tenant_id}|{object_id}").encode(), signature.encode()):
            return None
        directory = next((item for item in self.tenants(tenant) if item.tenant_id == tenant_id), None)
        return account_of(directory, object_id) if directory else None

    # Codes

    def issue_code(self, issued: IssuedCode) -> str:
        code = secrets.token_urlsafe(48)
        self._codes[code] = issued
        return code

    def redeem_code(self, code: str) -> IssuedCode:
        """Good once, and only for a while."""
        issued = self._codes.pop(code, None)
        if issued is None or issued.expires < self.now():
            raise SignInRefused(errors.INVALID_CODE)
        return issued


def goes_by(directory: Directory, name: str) -> bool:
    """Its id, or any of its verified domains."""
    name = name.lower()
    domain = directory.get(name) if directory.type_of(name) == "domain" else None
    return name in (directory.tenant_id, directory.domain) or (domain is not None and bool(domain["isVerified"]))


def _secret(given: str | ClientSecret) -> ClientSecret:
    return given if isinstance(given, ClientSecret) else ClientSecret(given)


def _certificate(given: x509.Certificate | bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(given) if isinstance(given, bytes) else given
