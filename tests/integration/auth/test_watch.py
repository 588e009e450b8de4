"""The watch over consent and credentials, against the simulated Microsoft cloud."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.certificates import key_and_certificate
from tests.integration.auth.conftest import OWN_APP, SECRET, World

from reentra.auth.operations.credentials import CREDENTIALS, Credentials
from reentra.auth.operations.registry import Registry
from reentra.auth.operations.watch import TURNS, Watch
from reentra.common.clock import SystemClock, to_text
from reentra.common.connecting import AppCredential
from reentra.common.errors import RetryLater
from reentra.common.ids import TenantId
from reentra.common.snapshot.installation import create_installation
from reentra.common.stores.documents import Query
from reentra.common.stores.tenants import TENANTS
from reentra.simulator.identity import consent

BY_SECRET = AppCredential(OWN_APP, "secret", SECRET)


async def make_due(world: World, tenant_id: TenantId) -> None:
    documents = world.stores.documents
    turn = await documents.get(TURNS, tenant_id)
    assert turn is not None
    past = {"next_at": to_text(await documents.now() - timedelta(seconds=1))}
    await documents.replace(TURNS, tenant_id, past, revision=turn.revision)


async def announced(world: World, topic: str) -> list[dict[str, Any]]:
    document = await world.stores.documents.get(TENANTS, world.tenant_id)
    assert document is not None
    return [event["data"] for event in document.body["outbox"] if event["topic"] == topic]


async def test_a_consent_that_was_taken_back_is_announced_once_and_found_again(world: World) -> None:
    await world.auth.connections.connect(world.own(BY_SECRET))
    watch = world.auth.watch
    assert await watch.look() == 0  # it was proven just now; its first turn comes later
    assert await watch.look() == 0

    consent.revoke(world.served.cloud, world.tenant.directory, OWN_APP)
    for _ in range(2):
        await make_due(world, world.tenant_id)
        assert await watch.look() == 1
    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert tenant.state == "needs_consent"
    assert OWN_APP in (tenant.needs_consent_reason or "")
    assert len(await announced(world, "auth.tenant-needs-consent.v1")) == 1

    world.served.sign_in.consent(world.tenant_id, OWN_APP)
    await make_due(world, world.tenant_id)
    await watch.look()
    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert (tenant.state, tenant.needs_consent_reason) == ("healthy", None)


async def test_a_turn_is_taken_by_one_of_two(world: World) -> None:
    await world.auth.connections.connect(world.own(BY_SECRET))
    await world.auth.watch.look()
    await make_due(world, world.tenant_id)
    assert await world.auth.watch.look() + await world.auth.watch.look() == 1
    await world.auth.connections.disconnect(world.tenant_id)
    assert await world.auth.watch.look() == 0
    assert await world.stores.documents.find(TURNS, Query()) == []


async def test_a_certificate_that_ends_soon_is_announced_at_each_border_once(world: World) -> None:
    pem = key_and_certificate(days=20)
    world.served.sign_in.register_app(OWN_APP, "Own", certificates=[pem.encode()], app_roles=("Organization.Read.All",))
    world.served.sign_in.consent(world.tenant_id, OWN_APP)
    await world.auth.connections.connect(world.own(AppCredential(OWN_APP, "certificate", pem)))
    await world.auth.watch.look()
    for _ in range(2):
        await make_due(world, world.tenant_id)
        await world.auth.watch.look()
    found = await announced(world, "auth.credential-expires.v1")
    assert [(event["purpose"], event["days"]) for event in found] == [("backup", 30)]

    (credential,) = await world.stores.documents.find(CREDENTIALS, Query())
    nearer = credential.body | {"not_after": to_text(await world.stores.documents.now() + timedelta(days=3))}
    await world.stores.documents.replace(CREDENTIALS, credential.id, nearer, revision=credential.revision)
    await make_due(world, world.tenant_id)
    await world.auth.watch.look()
    assert [event["days"] for event in await announced(world, "auth.credential-expires.v1")] == [30, 7]
    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert tenant.credentials_end == {"backup": nearer["not_after"]}


async def test_a_tenant_that_microsoft_does_not_answer_for_has_its_turn_soon_again(
    world: World, tmp_path: Path
) -> None:
    class Away:
        async def token(self, tenant_id: TenantId, purpose: str, *, renew: bool = False) -> str:
            raise RetryLater("Microsoft does not answer.")

    await world.auth.connections.connect(world.own(BY_SECRET))
    documents, clock = world.stores.documents, SystemClock()
    credentials = Credentials(documents, create_installation(tmp_path / "other").sealer("credentials"), clock)
    registry = Registry(documents, clock)
    watch = Watch(documents, world.tenants, registry, credentials, Away(), interval=timedelta(hours=1))
    await watch.look()
    await make_due(world, world.tenant_id)
    assert await watch.look() == 1
    (turn,) = await documents.find(TURNS, Query())
    assert turn.body["next_at"] < to_text(await documents.now() + timedelta(minutes=10))
    tenant = await world.tenants.get(world.tenant_id)
    assert tenant is not None
    assert tenant.state == "healthy"


async def test_credentials_that_nobody_names_are_swept_and_those_in_use_stay(world: World) -> None:
    await world.auth.connections.connect(world.own(BY_SECRET))
    documents = world.stores.documents
    (used,) = await documents.find(CREDENTIALS, Query())
    old = {**used.body, "created_at": to_text(await documents.now() - timedelta(hours=2))}
    await documents.insert(CREDENTIALS, "left over", old)
    await documents.insert(CREDENTIALS, "being connected", dict(used.body))
    await documents.replace(CREDENTIALS, used.id, old, revision=used.revision)
    assert await world.auth.watch.sweep() == 1
    assert {found.id for found in await documents.find(CREDENTIALS, Query())} == {used.id, "being connected"}
    assert await world.auth.tokens.token(world.tenant_id, "backup", renew=True)
