"""`world`: the gateway over real stores, with auth's own people and tokens and a small backup of one tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from reentra.auth.app import Auth
from reentra.auth.app import build_app as build_auth
from reentra.auth.domain.answers import Organization
from reentra.auth.operations.registry import Connection, ProvenApp
from reentra.auth.settings import AuthSettings
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.clock import SystemClock
from reentra.common.ids import ObjectId, TenantId
from reentra.common.jobs.ledger import Jobs
from reentra.common.people import TokenScope
from reentra.common.snapshot.keys import Installation, create_installation
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.testing.backups import BackupWriter, group, removal, user
from reentra.gateway.app import Gateway, build_app
from reentra.gateway.operations.dead_letters import Carrier
from reentra.gateway.routes.identity import Identity
from reentra.gateway.routes.parts import Check
from reentra.gateway.settings import GatewaySettings

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER = TenantId("22222222-2222-4222-8222-222222222222")
PASSWORD = "a-long-enough-password"


def lettered() -> ObjectRecord:
    """A user whose id has letters in it."""
    one, id = user(9), ObjectId("abcdef00-0000-4000-8000-00000000feed")
    return ObjectRecord(one.object_type, id, {**one.properties, "id": id})


@dataclass(frozen=True)
class World:
    stores: EmbeddedStores
    auth: Auth
    gateway: Gateway
    jobs: Jobs
    writer: BackupWriter
    installation: Installation
    bus: InProcessTransport
    admin: httpx.AsyncClient
    """With an administrator's API token."""

    @asynccontextmanager
    async def anybody(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.gateway.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://reentra.test", headers=headers) as client:
            yield client

    @asynccontextmanager
    async def from_address(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.gateway.app, client=(address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://reentra.test") as client:
            yield client

    async def bearer(self, username: str, scope: TokenScope) -> str:
        return await bearer_of(self.auth, username, scope)

    def gateway_with(self, carrier: Carrier) -> Gateway:
        """Another one, over the same stores."""
        return gateway_over(self.stores, self.auth, self.jobs, self.installation, carrier)

    async def back_up_twice(self) -> None:
        """Snapshot 1: three users and a group of two. Snapshot 2: one user renamed, one deleted, one new."""
        ada, bob, eve = user(1, displayName="Ada"), user(2, displayName="Bob"), user(3, displayName="Eve")
        await self.writer.backup([ada, bob, eve], [group(1, [ada, bob])])
        await self.writer.backup([user(1, displayName="Ada Lovelace"), removal(bob, "changed"), user(4)])


async def bearer_of(auth: Auth, username: str, scope: TokenScope) -> str:
    owner = await auth.people.named(username)
    assert owner is not None
    return (await auth.api_tokens.create(owner, "test", scope)).secret


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    installation = create_installation(tmp_path / "keys")
    async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
        jobs = Jobs(stores.documents, SystemClock())
        auth = build_auth(
            AuthSettings(),
            documents=stores.documents,
            sealer=installation.sealer("credentials"),
            hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )
        await auth.people.add("admin", PASSWORD, "admin")
        for role in ("operator", "auditor", "viewer"):
            await auth.people.add(role, PASSWORD, role)  # type: ignore[arg-type]
        await connect(auth, TENANT, "Contoso")
        bus = InProcessTransport()
        gateway = gateway_over(stores, auth, jobs, installation, BrokerPublisher(make_broker(bus)))
        writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
        token = await bearer_of(auth, "admin", "admin")
        transport = httpx.ASGITransport(gateway.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://reentra.test", headers=headers) as admin:
            yield World(stores, auth, gateway, jobs, writer, installation, bus, admin)
        await auth.close()


def gateway_over(
    stores: EmbeddedStores,
    auth: Auth,
    jobs: Jobs,
    installation: Installation,
    carrier: Carrier,
    *,
    check_room: Check | None = None,
) -> Gateway:
    return build_app(
        GatewaySettings(feed_poll_seconds=0.05),
        documents=stores.documents,
        blobs=stores.blobs,
        catalogue=stores.catalogue,
        jobs=jobs,
        installation=installation,
        identity=Identity(auth.people, auth.sessions, auth.api_tokens, auth.connections, auth.membership),
        carrier=carrier,
        check_room=check_room,
    )


async def connect(auth: Auth, tenant_id: TenantId, name: str) -> None:
    """As if Microsoft had vouched for it."""
    domain = f"{name.lower()}.example"
    organization = Organization(tenant_id, name, domain, (domain, f"mail.{domain}"))
    app = ProvenApp("backup", "33333333-3333-4333-8333-333333333333", None)
    await auth.connections.registry.connect(Connection(name, "global", organization, (app,), 1440, False))
