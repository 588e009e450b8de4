"""Tenants' own credentials, encrypted. A tenant's document names those that count; others are leftovers."""

from datetime import datetime
from typing import Protocol
from uuid import uuid4

from reentra.auth.domain.credentials import expiry_of
from reentra.common.clock import Clock, from_text, to_text
from reentra.common.connecting import AppCredential, CredentialFacts, Purpose
from reentra.common.errors import NeedsConsent, ReentraError
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Collection, Documents, Index

CREDENTIALS = Collection("credentials", (Index(("created_at",)),))


class Sealer(Protocol):
    def seal(self, data: bytes, context: str) -> str: ...

    def unseal(self, sealed: str, context: str) -> bytes: ...


class Credentials:
    def __init__(self, documents: Documents, sealer: Sealer, clock: Clock) -> None:
        self._documents = documents
        self._sealer = sealer
        self._clock = clock

    def check(self, credential: AppCredential) -> datetime | None:
        """When it ends. Raises Rejected when its form is wrong."""
        return expiry_of(credential, self._clock.now())

    async def keep(self, tenant_id: TenantId, purpose: Purpose, credential: AppCredential) -> str:
        """Its id. It counts only once the tenant's document names it."""
        not_after = self.check(credential)
        credential_id = str(uuid4())
        body = {
            "tenant_id": tenant_id,
            "purpose": purpose,
            "client_id": credential.client_id,
            "kind": credential.kind,
            "sealed": self._sealer.seal(credential.value.encode(), _context(tenant_id, credential_id)),
            "not_after": to_text(not_after) if not_after else None,
            "created_at": to_text(self._clock.now()),
        }
        await self._documents.insert(CREDENTIALS, credential_id, body)
        return credential_id

    async def open(self, tenant_id: TenantId, credential_id: str) -> AppCredential:
        document = await self._documents.get(CREDENTIALS, credential_id)
        if document is None or document.body["tenant_id"] != tenant_id:
            raise NeedsConsent("The tenant's stored credential is missing. Connect the tenant again.")
        body = document.body
        value = self._sealer.unseal(body["sealed"], _context(tenant_id, credential_id)).decode()
        return AppCredential(body["client_id"], body["kind"], value)

    async def is_same(self, tenant_id: TenantId, credential_id: str, other: AppCredential) -> bool:
        try:
            stored = await self.open(tenant_id, credential_id)
        except ReentraError:  # missing or damaged
            return False
        return _plain(stored) == _plain(other)

    async def ends_at(self, credential_id: str) -> datetime | None:
        """None for a secret, of which Microsoft does not tell it."""
        document = await self._documents.get(CREDENTIALS, credential_id)
        ends_at = document.body["not_after"] if document is not None else None
        return from_text(ends_at) if ends_at is not None else None

    async def facts(self, credential_id: str) -> CredentialFacts | None:
        document = await self._documents.get(CREDENTIALS, credential_id)
        if document is None:
            return None
        body = document.body
        whose = (TenantId(body["tenant_id"]), body["purpose"], body["client_id"], body["kind"])
        return CredentialFacts(*whose, added_at=body["created_at"], ends_at=body["not_after"])

    async def forget(self, credential_id: str) -> None:
        await self._documents.delete(CREDENTIALS, credential_id)


def _plain(credential: AppCredential) -> tuple[str, str, str]:
    return credential.client_id.strip().lower(), credential.kind, credential.value.strip()


def _context(tenant_id: TenantId, credential_id: str) -> str:
    """What is sealed for one tenant does not open for another."""
    return f"credential {credential_id} of tenant {tenant_id}"
