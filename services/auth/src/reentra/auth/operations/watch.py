"""Watches over every tenant's consent and credential, so that people hear of a lapse before a backup meets it.

1. Each tenant has its turn once in a while, the first one some time after it was connected. Turns are documents, timed
   by the store: of several processes, the one that moves a turn on is the one that looks.
2. It asks Microsoft for a new token as a backup would. A refusal marks the tenant as needing consent and announces it,
   once per reason; a token marks it healthy again. Nothing is read from Graph.
3. A certificate that ends soon is announced some weeks, a week and a day before. Microsoft does not tell an app when a
   client secret ends.
4. Credentials that no tenant names, which a process left that died while connecting, are deleted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from reentra.auth.operations.credentials import CREDENTIALS, Credentials
from reentra.auth.operations.registry import Registry
from reentra.common.clock import from_text, to_text
from reentra.common.connecting import Purpose
from reentra.common.errors import Conflict, NeedsConsent, NotFound, ReentraError, RetryLater
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Below, Collection, Document, Documents, Query, Scalar
from reentra.common.stores.tenants import Tenant

log = structlog.get_logger()

TURNS = Collection("consent_turns")
_PURPOSES: tuple[Purpose, ...] = ("backup", "restore")
_WARNED_DAYS = (30, 7, 1)
_SOON = timedelta(minutes=5)
"""When Microsoft did not answer."""
_LEFT_OVER = timedelta(hours=1)
"""Nobody needs that long between storing a credential and naming it."""
_PAGE = 500


class Tenants(Protocol):
    async def list(self) -> Sequence[Tenant]: ...


class TokenSource(Protocol):
    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str: ...


class Watch:
    def __init__(
        self,
        documents: Documents,
        tenants: Tenants,
        registry: Registry,
        credentials: Credentials,
        tokens: TokenSource,
        *,
        interval: timedelta,
    ) -> None:
        self._documents = documents
        self._tenants = tenants
        self._registry = registry
        self._credentials = credentials
        self._tokens = tokens
        self._interval = interval

    async def look(self) -> int:
        """At all tenants whose turn it is. How many."""
        tenants = [tenant for tenant in await self._tenants.list() if tenant.state in ("healthy", "needs_consent")]
        turns = {turn.id: turn for turn in await self._all(TURNS)}
        now = await self._documents.now()
        looked = 0
        for tenant in tenants:
            turn = turns.pop(tenant.id, None)
            if await self._take(tenant.id, turn, now):
                await self._look_at(tenant)
                looked += 1
        for turn in turns.values():  # of tenants that are there no more
            await self._documents.delete(TURNS, turn.id)
        return looked

    async def sweep(self) -> int:
        """How many credentials were left over."""
        old = to_text(await self._documents.now() - _LEFT_OVER)
        kept = await self._all(CREDENTIALS, {"created_at": Below(old)})
        named = await self._registry.credential_ids() if kept else set()
        left = [credential.id for credential in kept if credential.id not in named]
        for credential_id in left:
            await self._credentials.forget(credential_id)
        return len(left)

    async def _take(self, tenant_id: TenantId, turn: Document | None, now: datetime) -> bool:
        following = {"next_at": to_text(now + self._interval)}
        try:
            if turn is None:
                await self._documents.insert(TURNS, tenant_id, following)
                return False
            if from_text(turn.body["next_at"]) > now:
                return False
            await self._documents.replace(TURNS, tenant_id, following, revision=turn.revision)
        except Conflict:
            return False  # another process was faster
        return True

    async def _look_at(self, tenant: Tenant) -> None:
        try:
            await self._tokens.token(tenant.id, "backup", renew=True)
        except NeedsConsent as refused:
            log.info("consent does not stand", tenant_id=tenant.id, reason=refused.message)
        except RetryLater as error:
            log.warning("consent could not be checked", tenant_id=tenant.id, reason=error.message)
            await self._look_again_soon(tenant.id)
        except ReentraError as error:
            log.warning("consent could not be checked", tenant_id=tenant.id, reason=error.message)
        await self._warn(tenant)

    async def _look_again_soon(self, tenant_id: TenantId) -> None:
        turn = await self._documents.get(TURNS, tenant_id)
        if turn is None:
            return
        soon = {"next_at": to_text(await self._documents.now() + min(_SOON, self._interval))}
        try:
            await self._documents.replace(TURNS, tenant_id, soon, revision=turn.revision)
        except Conflict:
            return  # another process was faster

    async def _warn(self, tenant: Tenant) -> None:
        now = await self._documents.now()
        for purpose in _PURPOSES:
            try:
                _, app = await self._registry.app(tenant.id, purpose)
            except NotFound:
                return  # disconnected meanwhile
            credential_id = next(iter(app["credentials"]), None) if app is not None else None
            ends_at = await self._credentials.ends_at(credential_id) if credential_id else None
            if credential_id is not None and ends_at is not None and (days := _to_warn_of(ends_at, now)) is not None:
                await self._registry.credential_expires(tenant.id, purpose, credential_id, ends_at, days)

    async def _all(self, collection: Collection, where: dict[str, Scalar | Below] | None = None) -> list[Document]:
        found: list[Document] = []
        after: tuple[Scalar, str] | None = None
        while page := await self._documents.find(collection, Query(where or {}, after=after, limit=_PAGE)):
            found += page
            after = (None, page[-1].id)
        return found


def _to_warn_of(ends_at: datetime, now: datetime) -> int | None:
    """The nearest border that has been crossed, in days. None: there is time."""
    crossed = [days for days in _WARNED_DAYS if ends_at - now <= timedelta(days=days)]
    return min(crossed, default=None)
