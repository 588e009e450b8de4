"""Connecting a tenant by the app registrations of its own administrators, and what both roads share."""

import re
from typing import Protocol

from reentra.auth.domain.answers import Organization
from reentra.auth.domain.credentials import checked_guid
from reentra.auth.operations.credentials import Credentials
from reentra.auth.operations.registry import Connection, ProvenApp, Registry
from reentra.common.clients.clouds import Cloud
from reentra.common.connecting import (
    FREQUENCIES_MINUTES,
    AddedTenant,
    AppCredential,
    CredentialFacts,
    OwnRegistration,
    Purpose,
)
from reentra.common.errors import NotFound, Rejected
from reentra.common.ids import TenantId

_LONGEST_NAME = 100
_DOMAIN = re.compile(r"(?=.{4,253}$)[a-z0-9](-*[a-z0-9])*(\.[a-z0-9](-*[a-z0-9])*)+")


class Proof(Protocol):
    async def organization(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> Organization:
        """Gets a token with the credential and reads the tenant's own entry with it. Raises NeedsConsent (refused),
        Forbidden (the permission to read it is missing), NotFound (no such tenant), RetryLater."""

    async def token_works(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> None: ...


class Directory(Protocol):
    async def tenant_id_of(self, cloud: Cloud, domain: str) -> TenantId:
        """Of the organization that has verified the domain. Raises NotFound, RetryLater."""


class Clouds(Protocol):
    def __call__(self, name: str) -> Cloud:
        """Raises NotFound with the names there are."""


def checked_name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > _LONGEST_NAME or not text.isprintable():
        raise Rejected(f"A tenant's name has 1 to {_LONGEST_NAME} printable characters.")
    return text


def checked_frequency(minutes: int) -> int:
    if minutes not in FREQUENCIES_MINUTES:
        choices = ", ".join(str(choice) for choice in FREQUENCIES_MINUTES)
        raise Rejected(f"The backup frequency is one of these numbers of minutes: {choices}.")
    return minutes


def must_be_the_tenant(organization: Organization, tenant_id: TenantId) -> None:
    if organization.id != tenant_id:
        raise Rejected(
            f"The credential belongs to tenant {organization.id}, not to {tenant_id}. Give the tenant id it belongs to."
        )


class Connecting:
    def __init__(
        self, registry: Registry, credentials: Credentials, proof: Proof, clouds: Clouds, directory: Directory
    ) -> None:
        self._registry = registry
        self._directory = directory
        self._credentials = credentials
        self._proof = proof
        self._clouds = clouds

    async def connect(self, wanted: OwnRegistration) -> TenantId:
        """Nothing is stored unless everything is proven."""
        name = checked_name(wanted.name)
        tenant_id = TenantId(checked_guid(wanted.tenant_id, "tenant id"))
        frequency = checked_frequency(wanted.frequency_minutes)
        cloud = self._clouds(wanted.cloud)
        self._credentials.check(wanted.backup)
        if wanted.restore:
            self._credentials.check(wanted.restore)
        await self._registry.check_name(name, tenant_id)
        organization = await self._proof.organization(cloud, tenant_id, wanted.backup)
        must_be_the_tenant(organization, tenant_id)
        if wanted.restore:
            await self._proof.token_works(cloud, tenant_id, wanted.restore)
        apps = [await self._keep(tenant_id, "backup", wanted.backup)]
        if wanted.restore:
            apps.append(await self._keep(tenant_id, "restore", wanted.restore))
        connection = Connection(name, wanted.cloud, organization, tuple(apps), frequency, wanted.immediate_backup)
        await self.store(connection)
        return tenant_id

    async def store(self, connection: Connection) -> None:
        try:
            dropped = await self._registry.connect(connection)
        except BaseException:
            for app in connection.apps:
                if app.credential_id:
                    await self._credentials.forget(app.credential_id)
            raise
        for credential_id in dropped:
            await self._credentials.forget(credential_id)

    async def add(self, wanted: AddedTenant) -> TenantId:
        """Nothing is read and nothing is proven yet: it only stands in the list, to be activated."""
        name, cloud = checked_name(wanted.name), self._clouds(wanted.cloud)
        word = wanted.organization.strip().lower()
        if _DOMAIN.fullmatch(word):
            tenant_id, domain = await self._directory.tenant_id_of(cloud, word), word
        else:
            tenant_id, domain = TenantId(checked_guid(word, "tenant id or domain")), ""
        await self._registry.add(tenant_id, name, domain, wanted.cloud)
        return tenant_id

    async def disconnect(self, tenant_id: TenantId) -> None:
        for credential_id in await self._registry.disconnect(tenant_id):
            await self._credentials.forget(credential_id)

    async def credentials(self, tenant_id: TenantId) -> list[CredentialFacts]:
        """Those that count. None for the product's own registration: its credential is the installation's."""
        ids = await self._registry.credentials_of(tenant_id)
        return [facts for one in ids if (facts := await self._credentials.facts(one)) is not None]

    async def set_frequency(self, tenant_id: TenantId, minutes: int) -> None:
        await self._registry.set_frequency(tenant_id, checked_frequency(minutes))

    async def _keep(self, tenant_id: TenantId, purpose: Purpose, credential: AppCredential) -> ProvenApp:
        credential_id = await self._credentials.keep(tenant_id, purpose, credential)
        same = await self._same(tenant_id, credential)
        return ProvenApp(purpose, credential.client_id.strip().lower(), credential_id, same)

    async def _same(self, tenant_id: TenantId, credential: AppCredential) -> tuple[str, ...]:
        """Given again, as after a consent that was taken back, it does not count twice."""
        try:
            known = await self._registry.credentials_of(tenant_id)
        except NotFound:
            return ()
        return tuple([one for one in known if await self._credentials.is_same(tenant_id, one, credential)])
