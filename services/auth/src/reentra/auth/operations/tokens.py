"""Hands out Graph tokens: the `TokenSource` of every service that talks to Graph.

A refused credential is not the end while another one overlaps with it. When all are refused, the tenant is marked as
needing consent (announced once); the first token after that marks it healthy again.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reentra.auth.operations.connect import Clouds
from reentra.auth.operations.consent import Registrations
from reentra.auth.operations.credentials import Credentials
from reentra.auth.operations.registry import Registry
from reentra.common.clients.clouds import Cloud
from reentra.common.connecting import AppCredential, Purpose
from reentra.common.errors import NeedsConsent, NotFound
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Json
from reentra.common.stores.tenants import Tenant

_HELD_SECONDS = 60
"""How long a token is handed out without asking msal's cache again, which knows when it ends."""


class TokenEndpoint(Protocol):
    async def token(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential, *, renew: bool = False) -> str:
        """Raises NeedsConsent (refused), NotFound (no such tenant), RetryLater."""


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    until: float


class Tokens:
    def __init__(
        self,
        registry: Registry,
        credentials: Credentials,
        registrations: Registrations,
        endpoint: TokenEndpoint,
        clouds: Clouds,
    ) -> None:
        self._registry = registry
        self._credentials = credentials
        self._registrations = registrations
        self._endpoint = endpoint
        self._clouds = clouds
        self._held: dict[tuple[TenantId, Purpose], _Held] = {}
        self._locks: dict[tuple[TenantId, Purpose], asyncio.Lock] = {}

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        key = (tenant_id, purpose)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._held.get(key)
            if held and not renew and held.until > time.monotonic():
                return held.token
            fresh = await self._fetch(tenant_id, purpose, renew)
            self._held[key] = _Held(fresh, time.monotonic() + _HELD_SECONDS)
            return fresh

    def forget(self, tenant_id: TenantId) -> None:
        for key in [key for key in self._held if key[0] == tenant_id]:
            del self._held[key]

    async def _fetch(self, tenant_id: TenantId, purpose: Purpose, renew: bool) -> str:
        tenant, app = await self._registry.app(tenant_id, purpose)
        if app is None:
            known = tenant.needs_consent_reason if purpose == "backup" else None
            what_to_do = known or "An administrator must consent to it first."
            raise NeedsConsent(f"{tenant.name} has no {purpose} app yet. {what_to_do}", tenant_id=tenant_id)
        try:
            fresh = await self._first_accepted(tenant, await self._openable(tenant, app, purpose), renew)
        except NeedsConsent as refused:
            self._held.pop((tenant_id, purpose), None)
            if purpose == "backup":
                await self._registry.needs_consent(tenant_id, refused.message)
            raise
        if purpose == "backup" and tenant.state == "needs_consent":
            await self._registry.healthy(tenant_id)
        return fresh

    async def _openable(self, tenant: Tenant, app: Json, purpose: Purpose) -> Sequence[AppCredential]:
        if not app["credentials"]:
            return [self._registrations.credential(tenant.cloud, purpose)]
        return [await self._credentials.open(tenant.id, credential_id) for credential_id in app["credentials"]]

    async def _first_accepted(self, tenant: Tenant, candidates: Sequence[AppCredential], renew: bool) -> str:
        cloud = self._clouds(tenant.cloud)
        refusal: NeedsConsent | None = None
        for credential in candidates:
            try:
                return await self._endpoint.token(cloud, tenant.id, credential, renew=renew)
            except NeedsConsent as error:
                refusal = refusal or error
            except NotFound as error:
                raise NeedsConsent(error.message, tenant_id=tenant.id) from error
        raise refusal or NeedsConsent(f"{tenant.name} has no credential. Connect it again.")
