"""The tenants' documents: auth is their only writer. Each write is one document, its announcements inside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reentra.auth.domain.answers import Organization
from reentra.common.clock import Clock, to_text
from reentra.common.connecting import DAY_MINUTES, Purpose
from reentra.common.errors import Conflict, NotFound, Stale
from reentra.common.events.auth import (
    CredentialExpires,
    TenantConnected,
    TenantDisconnected,
    TenantFrequencyChanged,
    TenantNeedsConsent,
)
from reentra.common.events.envelope import Event
from reentra.common.ids import TenantId
from reentra.common.jobs.outbox import with_events
from reentra.common.stores.documents import Document, Documents, Json, Query, Scalar
from reentra.common.stores.tenants import TENANTS, Tenant, tenant_of

_ATTEMPTS = 5
_PAGE = 500
_KEPT_CREDENTIALS = 2
"""Two may overlap while one is being replaced."""


@dataclass(frozen=True, slots=True)
class ProvenApp:
    """An app registration that just proved itself. `credential_id` None: the product's own registration. `replaces`:
    ids of the very same credential, given before."""

    purpose: Purpose
    client_id: str
    credential_id: str | None
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    name: str
    cloud: str
    organization: Organization
    apps: tuple[ProvenApp, ...]
    frequency_minutes: int
    immediate_backup: bool


class Registry:
    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def app(self, tenant_id: TenantId, purpose: Purpose) -> tuple[Tenant, Json | None]:
        """The tenant and its registration for that purpose: {client_id, credentials: newest first}."""
        document = await self._document(tenant_id)
        return tenant_of(document), document.body.get(f"{purpose}_app")

    async def credentials_of(self, tenant_id: TenantId) -> list[str]:
        """Of both apps, the newest first of each."""
        body = (await self._document(tenant_id)).body
        return [one for app in ("backup_app", "restore_app") for one in (body.get(app) or {}).get("credentials", ())]

    async def check_name(self, name: str, tenant_id: TenantId) -> None:
        """Asked before anything is proven or stored, so that the answer comes early."""
        found = await self._documents.find(TENANTS, Query(where={"name_key": name.casefold()}, limit=1))
        if found and found[0].id != tenant_id:
            raise _name_taken(name)

    async def connect(self, connection: Connection) -> list[str]:
        """Inserts or renews the tenant. Credential ids that no longer count."""
        tenant_id = connection.organization.id
        dropped: list[str] = []

        def change(body: Json) -> tuple[Json, list[Event]]:
            dropped.clear()
            changed = body | _facts(connection) | {"connected_at": to_text(self._clock.now())}
            for app in connection.apps:
                changed[f"{app.purpose}_app"] = _renewed(body.get(f"{app.purpose}_app"), app, dropped)
            announcement = TenantConnected(
                tenant_id=tenant_id,
                name=connection.name,
                immediate_backup=connection.immediate_backup,
                frequency_minutes=connection.frequency_minutes,
            )
            return changed, [announcement]

        await self._change_named(tenant_id, connection.name, change, new=self._new(tenant_id))
        return dropped

    async def add(self, tenant_id: TenantId, name: str, domain: str, cloud: str) -> None:
        """Into the list, to be activated. Raises Conflict when it is there already."""

        def change(body: Json) -> tuple[Json, list[Event]]:
            if body.get("state") not in (None, "disconnected"):
                raise Conflict(f"This tenant is in the list already, as {body['name']!r}.", tenant_id=tenant_id)
            facts = _names(name, domain, (domain,) if domain else (), cloud)
            return body | facts | {"state": "needs_activation", "frequency_minutes": DAY_MINUTES}, []

        await self._change_named(tenant_id, name, change, new=self._new(tenant_id))

    async def set_frequency(self, tenant_id: TenantId, minutes: int) -> None:
        def change(body: Json) -> tuple[Json, list[Event]]:
            event = TenantFrequencyChanged(tenant_id=tenant_id, frequency_minutes=minutes)
            return body | {"frequency_minutes": minutes}, [event]

        await self._change(tenant_id, change)

    async def needs_consent(self, tenant_id: TenantId, reason: str) -> None:
        """Announced once per reason."""

        def change(body: Json) -> tuple[Json, list[Event]]:
            if body["state"] == "disconnected" or body.get("needs_consent_reason") == reason:
                return body, []
            event = TenantNeedsConsent(tenant_id=tenant_id, reason=reason)
            return body | {"state": "needs_consent", "needs_consent_reason": reason}, [event]

        await self._change(tenant_id, change)

    async def healthy(self, tenant_id: TenantId) -> None:
        def change(body: Json) -> tuple[Json, list[Event]]:
            if body["state"] != "needs_consent":
                return body, []
            return body | {"state": "healthy", "needs_consent_reason": None}, []

        await self._change(tenant_id, change)

    async def credential_expires(
        self, tenant_id: TenantId, purpose: Purpose, credential_id: str, ends_at: datetime, days: int
    ) -> None:
        """Announced once for each number of days before a credential's end. One that was replaced is passed over."""

        def change(body: Json) -> tuple[Json, list[Event]]:
            app, warned = body.get(f"{purpose}_app"), body.get("warned") or {}
            told = warned.get(purpose) or {}
            is_told = told.get("credential_id") == credential_id and told["days"] <= days
            if app is None or app["credentials"][:1] != [credential_id] or is_told:
                return body, []
            event = CredentialExpires(tenant_id=tenant_id, purpose=purpose, ends_at=to_text(ends_at), days=days)
            now = {"credential_id": credential_id, "days": days, "ends_at": to_text(ends_at)}
            return body | {"warned": {**warned, purpose: now}}, [event]

        await self._change(tenant_id, change)

    async def credential_ids(self) -> set[str]:
        """All that any tenant names."""
        named: set[str] = set()
        after: tuple[Scalar, str] | None = None
        while page := await self._documents.find(TENANTS, Query(after=after, limit=_PAGE)):
            for purpose in ("backup_app", "restore_app"):
                named |= {id for tenant in page for id in (tenant.body.get(purpose) or {}).get("credentials", ())}
            after = (None, page[-1].id)
        return named

    async def disconnect(self, tenant_id: TenantId) -> list[str]:
        """Its credential ids, to be forgotten. The backups stay."""
        dropped: list[str] = []

        def change(body: Json) -> tuple[Json, list[Event]]:
            dropped.clear()
            for purpose in ("backup_app", "restore_app"):
                dropped.extend((body.get(purpose) or {}).get("credentials", ()))
            gone = {"state": "disconnected", "name_key": None, "backup_app": None, "restore_app": None}
            return body | gone, [TenantDisconnected(tenant_id=tenant_id)]

        await self._change(tenant_id, change)
        return dropped

    def _new(self, tenant_id: TenantId) -> Json:
        now = to_text(self._clock.now())
        return {"tenant_id": tenant_id, "created_at": now, "backup_app": None, "restore_app": None}

    async def _change_named(
        self, tenant_id: TenantId, name: str, change: Callable[[Json], tuple[Json, list[Event]]], *, new: Json
    ) -> None:
        try:
            await self._change(tenant_id, change, new=new)
        except Conflict as error:
            if error.fields.get("index") == "name_key":
                raise _name_taken(name) from error
            raise

    async def _document(self, tenant_id: TenantId) -> Document:
        document = await self._documents.get(TENANTS, tenant_id)
        if document is None or document.body["state"] == "disconnected":
            raise NotFound(f"There is no tenant {tenant_id}.", tenant_id=tenant_id)
        return document

    async def _change(
        self, tenant_id: TenantId, change: Callable[[Json], tuple[Json, list[Event]]], *, new: Json | None = None
    ) -> None:
        """One conditional write, tried again when somebody else was faster."""
        for _ in range(_ATTEMPTS):
            document = await self._documents.get(TENANTS, tenant_id)
            if document is None and new is None:
                raise NotFound(f"There is no tenant {tenant_id}.", tenant_id=tenant_id)
            before = document.body if document else new or {}
            body, events = change(before)
            if document and body == before and not events:
                return
            try:
                if document is None:
                    await self._documents.insert(TENANTS, tenant_id, with_events(body, events))
                else:
                    revision = document.revision
                    await self._documents.replace(TENANTS, tenant_id, with_events(body, events), revision=revision)
                return
            except Stale:
                continue
            except Conflict as error:
                if error.fields.get("index") != "id":
                    raise
        raise Stale(f"Tenant {tenant_id} is being changed by somebody else. Try again.", tenant_id=tenant_id)


def _facts(connection: Connection) -> Json:
    organization = connection.organization
    names = _names(connection.name, organization.domain, organization.domains, connection.cloud)
    return names | {"state": "healthy", "frequency_minutes": connection.frequency_minutes}


def _names(name: str, domain: str, domains: Sequence[str], cloud: str) -> Json:
    return {
        "name": name,
        "name_key": name.casefold(),
        "domain": domain,
        "domains": list(domains),
        "cloud": cloud,
        "needs_consent_reason": None,
    }


def _renewed(old: Json | None, app: ProvenApp, dropped: list[str]) -> Json:
    """The newest credential first; an earlier one of the same registration stays beside it until it is replaced."""
    earlier = list((old or {}).get("credentials", ()))
    dropped.extend(one for one in earlier if one in app.replaces)
    earlier = [one for one in earlier if one not in app.replaces]
    if old is None or old["client_id"] != app.client_id or app.credential_id is None:
        dropped.extend(earlier)
        earlier = []
    credentials = ([app.credential_id] if app.credential_id else []) + earlier
    dropped.extend(credentials[_KEPT_CREDENTIALS:])
    return {"client_id": app.client_id, "credentials": credentials[:_KEPT_CREDENTIALS]}


def _name_taken(name: str) -> Conflict:
    return Conflict(f"Another tenant is called {name!r} already. Choose another name.", name=name)
