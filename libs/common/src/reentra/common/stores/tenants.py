"""Tenants as every service reads them. Auth alone writes the collection; others use `StoredTenants`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reentra.common.errors import Conflict, NotFound
from reentra.common.ids import TenantId
from reentra.common.jobs.outbox import OUTBOX_INDEX
from reentra.common.people import EVERYWHERE, Reach
from reentra.common.stores.documents import Collection, Document, Documents, Index, Query, Scalar

TenantState = Literal["needs_activation", "healthy", "needs_consent", "disconnected"]
"""disconnected: removed by a person. Its backups stay; connecting the tenant again finds them."""

TENANTS = Collection("tenants", (Index(("name_key",), unique=True), OUTBOX_INDEX))
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Tenant:
    id: TenantId
    name: str
    domain: str
    """The default domain."""
    domains: tuple[str, ...]
    cloud: str
    state: TenantState
    needs_consent_reason: str | None
    backup_client_id: str | None
    restore_client_id: str | None
    """None: restores cannot be written yet; only the backup app is consented."""
    frequency_minutes: int
    connected_at: str | None
    created_at: str
    credentials_end: Mapping[str, str] = field(default_factory=dict)
    """By purpose, when a certificate ends; only where auth has warned of it."""

    def is_called(self, word: str) -> bool:
        """By tenant id, name or any of its domains, whatever the case."""
        wanted = word.casefold()
        return wanted in (self.id, self.name.casefold(), *(d.casefold() for d in self.domains))


class StoredTenants:
    """The read port. Disconnected tenants are found by id, and by whoever asks for them too."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        document = await self._documents.get(TENANTS, tenant_id)
        return tenant_of(document) if document else None

    async def list(self, reach: Reach = EVERYWHERE, *, disconnected_too: bool = False) -> Sequence[Tenant]:
        """All that are connected or were begun, by name, as far as somebody may know of them."""
        tenants: list[Tenant] = []
        after: tuple[Scalar, str] | None = None
        while True:
            found = await self._documents.find(TENANTS, Query(after=after, order_by="name_key", limit=_PAGE))
            tenants.extend(tenant_of(document) for document in found)
            if len(found) < _PAGE:
                within = [one for one in tenants if reach.has(one.id)]
                return within if disconnected_too else [one for one in within if one.state != "disconnected"]
            after = (found[-1].body.get("name_key"), found[-1].id)

    async def called(self, word: str, reach: Reach = EVERYWHERE) -> Tenant:
        """The one tenant with that id, name or domain. NotFound; Conflict when several answer to it."""
        found = [tenant for tenant in await self.list(reach) if tenant.is_called(word)]
        if not found:
            raise NotFound(f"There is no tenant {word!r}. `reentra tenants list` shows those that are connected.")
        if len(found) > 1:
            ids = ", ".join(tenant.id for tenant in found)
            raise Conflict(f"Several tenants answer to {word!r}: {ids}. Use one of these tenant ids.")
        return found[0]


def tenant_of(document: Document) -> Tenant:
    body = document.body
    restore_app = body.get("restore_app")
    backup_app = body.get("backup_app")
    return Tenant(
        id=TenantId(document.id),
        name=body["name"],
        domain=body["domain"],
        domains=tuple(body["domains"]),
        cloud=body["cloud"],
        state=body["state"],
        needs_consent_reason=body.get("needs_consent_reason"),
        backup_client_id=backup_app["client_id"] if backup_app else None,
        restore_client_id=restore_app["client_id"] if restore_app else None,
        frequency_minutes=body["frequency_minutes"],
        connected_at=body.get("connected_at"),
        created_at=body["created_at"],
        credentials_end={
            purpose: warned["ends_at"]
            for purpose, warned in (body.get("warned") or {}).items()
            if warned["credential_id"] in (body.get(f"{purpose}_app") or {}).get("credentials", ())[:1]
        },
    )
