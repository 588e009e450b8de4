"""Administrators consent: what they see, what the directory holds afterwards, what the app is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.generator import GeneratedTenant, generate_tenant
from reentra.simulator.generator.first_party import GRAPH_APP_ID, graph_app_role_ids, in_words
from reentra.simulator.identity import SignIn, build_identity_app
from reentra.simulator.identity.accounts import administrators

APP = "33333333-aaaa-4aaa-8aaa-333333333333"
CALLBACK = "https://portal.test/consented"
ROLES = ("User.Read.All", "Group.ReadWrite.All")
SCOPE = "https://graph.test/.default"


@dataclass
class Browser:
    http: httpx.AsyncClient
    sign_in: SignIn
    tenant: GeneratedTenant

    def v1(self, tenant: str = "organizations", **changes: str) -> httpx.URL:
        query = {"client_id": APP, "redirect_uri": CALLBACK, "state": "s-1"} | changes
        return httpx.URL(f"/{tenant}/adminconsent", params={name: v for name, v in query.items() if v})

    def v2(self, tenant: str = "organizations", **changes: str) -> httpx.URL:
        address = self.v1(tenant, **({"scope": SCOPE} | changes))
        return address.copy_with(path=f"/{tenant}/v2.0/adminconsent")

    async def as_person(self, name: str, address: httpx.URL) -> httpx.Response:
        """Fills in the sign-in page and follows to what comes after it."""
        form = {"username": name, "password": self.sign_in.password, "decision": "sign-in"}
        answer = await self.http.post(address, data=form)
        assert answer.status_code == 303, answer.text
        return await self.http.get(answer.headers["location"])

    async def decide(self, address: httpx.URL, decision: str) -> dict[str, str]:
        answer = await self.http.post(address, data={"decision": decision})
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    cloud = SimulatedCloud()
    tenant = generate_tenant(cloud, users=20, seed=1)
    sign_in = SignIn(cloud)
    sign_in.register_app(APP, "Backup", app_roles=ROLES, redirect_uris=[CALLBACK])
    transport = httpx.ASGITransport(app=build_identity_app(sign_in))
    async with httpx.AsyncClient(transport=transport, base_url="https://login.test") as http:
        yield Browser(http, sign_in, tenant)


async def test_consent_page_lists_the_permissions_in_words(browser: Browser) -> None:
    page = await browser.as_person(browser.tenant.administrator, browser.v1())

    assert page.status_code == 200
    assert "Read all user data" in page.text
    assert "Read and write all group data" in page.text
    assert "Accept" in page.text


async def test_accepting_tells_the_app_the_tenant(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v1())

    callback = await browser.decide(browser.v1(), "accept")

    assert callback == {"admin_consent": "True", "tenant": browser.tenant.tenant_id, "state": "s-1"}


async def test_v2_also_tells_the_scope(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v2())

    assert (await browser.decide(browser.v2(), "accept"))["scope"] == SCOPE


async def test_accepting_puts_the_app_into_the_directory(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v1())
    await browser.decide(browser.v1(), "accept")

    directory = browser.tenant.directory
    principal_id = directory.find("servicePrincipal", "appId", APP)[0]
    graph_id = directory.find("servicePrincipal", "appId", GRAPH_APP_ID)[0]
    assignments = [directory.get(one) for one in directory.joined("appRoleAssignments", principal_id)]
    found = {(item["resourceId"], item["appRoleId"]) for item in assignments if item}
    assert found == {(graph_id, graph_app_role_ids()[name]) for name in ROLES}
    kinds = [change.kind for change in directory.history.since("appRoleAssignment", 0)]
    assert kinds == ["created"] * len(ROLES)


async def test_consenting_twice_changes_nothing(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v1())
    await browser.decide(browser.v1(), "accept")
    before = browser.tenant.directory.history.latest

    await browser.decide(browser.v1(), "accept")

    assert browser.tenant.directory.history.latest == before


async def test_cancelling_leaves_no_trace(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v1())

    callback = await browser.decide(browser.v1(), "cancel")

    assert (callback["error"], callback["state"]) == ("permission_denied", "s-1")
    assert "admin_consent" not in callback
    assert not browser.tenant.directory.find("servicePrincipal", "appId", APP)


async def test_v2_refusal_carries_admin_consent_beside_the_error(browser: Browser) -> None:
    await browser.as_person(browser.tenant.administrator, browser.v2())

    callback = await browser.decide(browser.v2(), "cancel")

    assert (callback["admin_consent"], callback["error"]) == ("True", "consent_required")
    assert "AADSTS65004" in callback["error_description"]


async def test_only_administrators_may_consent(browser: Browser) -> None:
    page = await browser.as_person(browser.tenant.ordinary_user, browser.v1())
    callback = await browser.decide(browser.v1(), "accept")

    assert page.status_code == 403
    assert "Need admin approval" in page.text
    assert "AADSTS90094" in callback["error_description"]
    assert not browser.tenant.directory.find("servicePrincipal", "appId", APP)


async def test_decision_without_signing_in_is_a_refusal(browser: Browser) -> None:
    assert (await browser.decide(browser.v1(), "accept"))["error"] == "permission_denied"


async def test_administrator_of_one_tenant_is_nobody_in_another(browser: Browser) -> None:
    other = generate_tenant(browser.sign_in.cloud, users=10, seed=2)
    await browser.as_person(browser.tenant.administrator, browser.v1())

    page = await browser.http.get(browser.v1(other.tenant_id))

    assert "Sign in to" in page.text


async def test_another_account_can_be_chosen_on_the_consent_page(browser: Browser) -> None:
    await browser.as_person(browser.tenant.ordinary_user, browser.v1())

    page = await browser.http.get(browser.v1(prompt="select_account"))

    assert "Sign in to" in page.text


@pytest.mark.parametrize(
    ("path", "changes", "number"),
    [
        ("v1", {"redirect_uri": "https://evil.test/"}, 50011),
        ("v1", {"client_id": "99999999-aaaa-4aaa-8aaa-333333333333"}, 700016),
        ("v1", {"tenant": "nobody.example"}, 90002),
        ("v2", {"scope": ""}, 900144),
        ("v2", {"tenant": "common"}, 900561),
    ],
)
async def test_requests_that_cannot_be_trusted_stay_on_the_login_host(
    browser: Browser, path: str, changes: dict[str, str], number: int
) -> None:
    address = browser.v1(**changes) if path == "v1" else browser.v2(**changes)

    answer = await browser.http.get(address)

    assert answer.status_code == 400
    assert f"AADSTS{number}" in answer.text


def test_generated_tenants_have_at_least_two_global_administrators() -> None:
    cloud = SimulatedCloud()
    tenant = generate_tenant(cloud, users=10, seed=3)

    names = [account.user_principal_name for account in administrators(tenant.directory)]

    assert tenant.administrator in names
    assert len(names) >= 3


@pytest.mark.parametrize(
    ("permission", "words"),
    [
        ("User.Read.All", "Read all user data"),
        ("RoleManagement.Read.Directory", "Read all role management data (directory)"),
        ("User.DeleteRestore.All", "Delete and restore all user data"),
    ],
)
def test_permissions_read_as_words(permission: str, words: str) -> None:
    assert in_words(permission) == words
