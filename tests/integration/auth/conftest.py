"""`world`: auth over real SQLite stores, beside a simulated Microsoft cloud on loopback. `house`: people over each
store, without Microsoft."""

import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from tests.certificates import key_and_certificate
from tests.integration.auth.house import House

from reentra.auth.app import Auth, build_app
from reentra.auth.settings import AuthSettings, ProductRegistration
from reentra.common.clients.clouds import Clouds, CustomCloudSettings
from reentra.common.connecting import AppCredential, OwnRegistration
from reentra.common.ids import TenantId
from reentra.common.snapshot.installation import create_installation
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.mongo import MongoDocuments, MongoSettings, connect
from reentra.common.stores.tenants import StoredTenants
from reentra.common.testing.fakes import FakeClock
from reentra.simulator.generator import GeneratedTenant
from reentra.simulator.server import ServedCloud, Serving, new_cloud, serve

OWN_APP = "11111111-aaaa-4aaa-8aaa-111111111111"
PRODUCT_APP = "22222222-aaaa-4aaa-8aaa-222222222222"
SECRET = "a-secret-of-the-app"
PUBLIC_URL = "http://127.0.0.1:9"
SESSION = "the-session-of-the-browser"
ROLES = ("Organization.Read.All", "User.Read.All")


@pytest.fixture(params=["embedded", "mongo"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    installation = create_installation(tmp_path / "keys")
    if request.param == "embedded":
        async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
            yield House(stores.documents, FakeClock(), installation)
        return
    address = SecretStr(request.getfixturevalue("mongo_address"))
    connection = await connect(MongoSettings(url=address, database=f"test-{uuid4().hex}"))
    yield House(MongoDocuments(connection.database), FakeClock(), installation)
    await connection.database.client.drop_database(connection.database.name)
    await connection.close()


@pytest.fixture(scope="session")
def pem() -> str:
    return key_and_certificate()


@pytest.fixture(scope="session")
def cloud() -> Iterator[ServedCloud]:
    with serve(new_cloud(users=10, tenants=2), Serving()) as served:
        yield served


@dataclass
class World:
    auth: Auth
    stores: EmbeddedStores
    served: ServedCloud
    browser: httpx.AsyncClient
    browser_trust: ssl.SSLContext

    @property
    def tenant(self) -> GeneratedTenant:
        return self.served.tenants[0]

    @property
    def tenant_id(self) -> TenantId:
        return TenantId(self.tenant.tenant_id)

    @property
    def tenants(self) -> StoredTenants:
        return StoredTenants(self.stores.documents)

    def own(self, credential: AppCredential, **changes: object) -> OwnRegistration:
        values: dict[str, object] = {
            "name": "Contoso",
            "tenant_id": self.tenant_id,
            "cloud": "custom",
            "backup": credential,
        }
        return OwnRegistration(**(values | changes))  # type: ignore[arg-type]

    async def sign_in_at_microsoft(self, url: str, person: str) -> dict[str, str]:
        """Fills in Microsoft's sign-in page; what comes back to the product."""
        page = await self.browser.post(
            url, data={"username": person, "password": self.served.sign_in.password, "decision": "sign-in"}
        )
        if page.status_code == 303:
            page = await self.browser.get(httpx.URL(url).join(page.headers["location"]))
        return query_of(page)

    async def decide_at_microsoft(self, url: str, decision: str = "accept") -> dict[str, str]:
        return query_of(await self.browser.post(url, data={"decision": decision}))


def query_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.is_redirect, answer.text
    assert answer.headers["location"].startswith(PUBLIC_URL)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@pytest.fixture
async def world(cloud: ServedCloud, pem: str, tmp_path: Path) -> AsyncIterator[World]:
    callbacks = [f"{PUBLIC_URL}/connect/signed-in", f"{PUBLIC_URL}/connect/consented"]
    cloud.sign_in.register_app(OWN_APP, "Own", secrets=[SECRET], certificates=[pem.encode()], app_roles=ROLES)
    cloud.sign_in.consent(cloud.tenants[0].tenant_id, OWN_APP)
    cloud.sign_in.register_app(
        PRODUCT_APP, "Reentra", certificates=[pem.encode()], app_roles=ROLES, redirect_uris=callbacks
    )
    certificate_file = tmp_path / "product.pem"
    certificate_file.write_text(pem)
    settings = AuthSettings(
        public_url=PUBLIC_URL,
        registrations={
            "custom": ProductRegistration(backup_client_id=PRODUCT_APP, backup_certificate_file=certificate_file)
        },
        token_proof_attempts=3,
        token_proof_wait_seconds=0.01,
    )
    custom = CustomCloudSettings(login_url=cloud.login_url, graph_url=cloud.graph_url, ca_file=cloud.ca_file)
    installation = create_installation(tmp_path / "keys")
    async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
        auth = build_app(
            settings,
            documents=stores.documents,
            sealer=installation.sealer("credentials"),
            clouds=Clouds(custom),
        )
        trust = ssl.create_default_context(cafile=cloud.ca_file)
        async with httpx.AsyncClient(verify=trust) as browser:
            yield World(auth, stores, cloud, browser, trust)
        await auth.close()
