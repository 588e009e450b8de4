"""The client, msal and the simulated cloud over real sockets with https: nothing in between is pretended."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest
from tests.certificates import key_and_certificate

from reentra.common.clients.clouds import Cloud, Clouds, CustomCloudSettings
from reentra.common.clients.graph import BatchRequest, GraphClient, GraphClients, GraphOutcomeUnknown, GraphSettings
from reentra.common.clients.tokens import MsalTokens, Purpose
from reentra.common.connecting import AppCredential
from reentra.common.errors import NeedsConsent, NotFound, Rejected, RetryLater
from reentra.common.ids import TenantId
from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.server import ServedCloud, Serving, new_cloud, serve

CERTIFIED = "cccccccc-3333-4333-8333-333333333333"


@dataclass
class OneCredential:
    """A TokenSource that knows one app."""

    cloud: Cloud
    credential: AppCredential
    msal: MsalTokens

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        return await self.msal.token(self.cloud, tenant_id, self.credential, renew=renew)


@dataclass
class Road:
    served: ServedCloud
    cloud: Cloud
    tenant_id: TenantId
    tokens: OneCredential
    client: GraphClient

    def violations(self) -> list[str]:
        return [f"{v.kind}: {v.detail}" for v in self.served.cloud.counters.violations]


@pytest.fixture(scope="module")
def served() -> Iterator[ServedCloud]:
    with serve(new_cloud(users=230), Serving()) as served:
        register_demo_apps(served.sign_in)
        yield served


@pytest.fixture
async def road(served: ServedCloud) -> AsyncIterator[Road]:
    served.cloud.faults.set(())
    served.cloud.counters.reset()
    settings = CustomCloudSettings(login_url=served.login_url, graph_url=served.graph_url, ca_file=served.ca_file)
    cloud = Clouds(settings)("custom")
    writer = register_demo_apps(served.sign_in)[1]
    credential = AppCredential(writer["client_id"], "secret", writer["client_secret"])
    tokens = OneCredential(cloud, credential, MsalTokens())
    tenant_id = TenantId(served.tenants[0].tenant_id)
    async with GraphClients(tokens, GraphSettings(first_pause_seconds=0.01)) as clients:
        yield Road(served, cloud, tenant_id, tokens, clients.open(cloud, tenant_id, "restore"))


def responses() -> int:
    return sum(isinstance(one, httpx.Response) for one in gc.get_objects())


async def test_an_answer_that_was_read_is_gone_without_the_garbage_collector(road: Road) -> None:
    await road.client.page("/users", params={"$top": "1"})
    gc.collect()
    gc.disable()
    try:
        before = responses()
        for _ in range(10):
            await road.client.page("/users", params={"$top": "1"})
        assert responses() <= before + 1
    finally:
        gc.enable()


async def test_every_user_is_read_once_and_every_request_counted(road: Road) -> None:
    pages = [p async for p in road.client.pages("/users", params={"$select": "id,userPrincipalName", "$top": "50"})]
    ids = [user["id"] for p in pages for user in p.values]
    assert sorted(ids) == sorted(road.served.cloud.tenants[road.tenant_id].ids("user"))
    counters = road.served.cloud.counters
    assert road.client.stats.requests == counters.requests == len(pages)
    assert road.client.stats.resource_units == counters.resource_units
    assert road.violations() == []


async def test_delta_round_ends_with_a_link_that_answers_nothing_new(road: Road) -> None:
    pages = [p async for p in road.client.pages("/groups/delta", params={"$select": "displayName,members"})]
    link = pages[-1].delta_link
    assert link is not None
    again = await road.client.page(link)
    assert again.values == []
    assert again.delta_link is not None


async def test_batches_ask_hundreds_of_things_in_a_few_requests(road: Road) -> None:
    ids = list(road.served.cloud.tenants[road.tenant_id].ids("user"))[:130]
    answers = await road.client.batch([BatchRequest("GET", f"/users/{i}?$select=id") for i in ids])
    assert [a.body["id"] for a in answers] == ids
    assert road.client.stats.requests == road.client.stats.batches == 7
    assert road.served.cloud.counters.batch_items == 130
    assert road.violations() == []


@pytest.mark.parametrize("kind", ["reset", "half_body", "status"])
async def test_a_broken_page_is_read_again(road: Road, kind: str) -> None:
    road.served.cloud.faults.set([FaultRule(kind, path="/users$", nth=(1,))])  # type: ignore[arg-type]
    page = await road.client.page("/users", params={"$top": "5"})
    assert len(page.values) == 5
    assert road.client.stats.requests == 2


async def test_a_create_whose_answer_was_lost_is_unknown_and_happened_once(road: Road) -> None:
    road.served.cloud.faults.set([FaultRule("commit_then_504", method="POST", path="/groups$")])
    body = {"displayName": "Lost", "mailEnabled": False, "mailNickname": "lost", "securityEnabled": True}
    with pytest.raises(GraphOutcomeUnknown):
        await road.client.send("POST", "/groups", body)
    found = await road.client.page("/groups", params={"$filter": "displayName eq 'Lost'"})
    assert len(found.values) == 1
    assert road.violations() == []


async def test_a_refused_token_is_renewed_through_msal(road: Road) -> None:
    await road.client.get("/organization")
    road.served.cloud.signing_key = b"a new key makes every token void"
    await road.client.get("/organization")
    assert road.client.stats.requests == 3


async def test_the_tenant_limits_are_kept_without_a_single_refusal(road: Road) -> None:
    async for _ in road.client.pages("/servicePrincipals", params={"$top": "5"}):
        pass
    assert 429 not in road.served.cloud.counters.by_status


async def test_a_wrong_secret_says_so_without_showing_it(road: Road) -> None:
    wrong = AppCredential(road.tokens.credential.client_id, "secret", "wr0ng-and-private")
    with pytest.raises(NeedsConsent) as caught:
        await MsalTokens().token(road.cloud, road.tenant_id, wrong)
    assert "AADSTS" in str(caught.value)
    assert "wr0ng-and-private" not in str(caught.value) + repr(caught.value.fields)


async def test_an_app_that_was_never_consented_needs_consent(road: Road) -> None:
    stranger = AppCredential("dddddddd-1111-4111-8111-111111111111", "secret", "x")
    with pytest.raises(NeedsConsent):
        await MsalTokens().token(road.cloud, road.tenant_id, stranger)


async def test_a_tenant_that_does_not_exist_is_not_found(road: Road) -> None:
    nowhere = TenantId("99999999-9999-4999-8999-999999999999")
    with pytest.raises(NotFound):
        await MsalTokens().token(road.cloud, nowhere, road.tokens.credential)


async def test_a_sign_in_host_that_does_not_answer_is_asked_later() -> None:
    cloud = Cloud("custom", "https://127.0.0.1:9", "https://127.0.0.1:9")
    with pytest.raises(RetryLater):
        await MsalTokens().token(
            cloud, TenantId("99999999-9999-4999-8999-999999999999"), AppCredential("a", "secret", "b")
        )


async def test_an_authority_that_is_not_trusted_is_not_asked(road: Road) -> None:
    public = Cloud("custom", road.cloud.login_url, road.cloud.graph_url, None)
    with pytest.raises(RetryLater, match="not trusted"):
        await MsalTokens().token(public, road.tenant_id, road.tokens.credential)


async def test_a_certificate_proves_the_app_with_a_sha256_thumbprint(road: Road) -> None:
    pem = key_and_certificate()
    road.served.sign_in.register_app(CERTIFIED, "Certified", certificates=[pem.encode()], app_roles=["User.Read.All"])
    road.served.sign_in.consent(road.tenant_id, CERTIFIED)
    token = await MsalTokens().token(road.cloud, road.tenant_id, AppCredential(CERTIFIED, "certificate", pem))
    held = road.served.cloud.read_token(token)
    assert held is not None
    assert held.app_id == CERTIFIED


@pytest.mark.parametrize("broken", ["", "no pem at all", "key only"])
async def test_a_broken_certificate_file_is_rejected_in_one_sentence(road: Road, broken: str) -> None:
    text = key_and_certificate().partition("-----BEGIN CERTIFICATE")[0] if broken == "key only" else broken
    with pytest.raises(Rejected, match="key and its certificate") as caught:
        await MsalTokens().token(road.cloud, road.tenant_id, AppCredential(CERTIFIED, "certificate", text))
    assert "PRIVATE KEY" not in str(caught.value)
