"""People sign in: discovery, the page, the code with PKCE, the ID token, signing out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.generator import GeneratedTenant, generate_tenant
from reentra.simulator.generator.role_templates import GLOBAL_ADMINISTRATOR
from reentra.simulator.identity import SignIn, build_identity_app

APP = "22222222-aaaa-4aaa-8aaa-222222222222"
CALLBACK = "https://portal.test/callback"
LOGIN = "https://login.test"
VERIFIER = "a-verifier-that-is-at-least-forty-three-characters-long"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Browser:
    http: httpx.AsyncClient
    sign_in: SignIn
    tenant: GeneratedTenant

    def address(self, tenant: str = "organizations", **changes: str) -> httpx.URL:
        query = {
            "client_id": APP,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        return httpx.URL(f"/{tenant}/oauth2/v2.0/authorize", params={name: v for name, v in query.items() if v})

    async def submit(self, address: httpx.URL, **changes: str) -> httpx.Response:
        form = {
            "username": self.tenant.administrator,
            "password": self.sign_in.password,
            "decision": "sign-in",
        } | changes
        return await self.http.post(address, data=form)

    async def code(self, **changes: str) -> str:
        answer = await self.submit(self.address(**changes))
        return callback_of(answer)["code"]

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": APP,
            "client_secret": "portal-secret",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        } | changes
        return await self.http.post("/organizations/oauth2/v2.0/token", data=form)

    async def claims(self, id_token: str) -> dict[str, Any]:
        published = (await self.http.get("/organizations/discovery/v2.0/keys")).json()
        return jwt.decode(id_token, KeySet.import_key_set(published), algorithms=["RS256"]).claims


def callback_of(answer: httpx.Response) -> dict[str, str]:
    """What a redirect brings to the app."""
    assert answer.status_code == 302, answer.text
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == CALLBACK
    return dict(parse_qsl(target.query))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    cloud = SimulatedCloud()
    tenant = generate_tenant(cloud, users=20, seed=1)
    sign_in = SignIn(cloud)
    sign_in.register_app(APP, "Portal <b>&", secrets=["portal-secret"], redirect_uris=[CALLBACK])
    transport = httpx.ASGITransport(app=build_identity_app(sign_in))
    async with httpx.AsyncClient(transport=transport, base_url=LOGIN) as http:
        yield Browser(http, sign_in, tenant)


# Discovery


async def test_issuer_is_a_template_for_organizations_and_exact_for_a_tenant(browser: Browser) -> None:
    anybody = (await browser.http.get("/organizations/v2.0/.well-known/openid-configuration")).json()
    domain = browser.tenant.directory.domain
    own = (await browser.http.get(f"/{domain}/v2.0/.well-known/openid-configuration")).json()

    assert anybody["issuer"] == f"{LOGIN}/{{tenantid}}/v2.0"
    assert own["issuer"] == f"{LOGIN}/{browser.tenant.tenant_id}/v2.0"
    assert own["token_endpoint"] == f"{LOGIN}/{browser.tenant.tenant_id}/oauth2/v2.0/token"


async def test_unknown_tenant_has_no_configuration(browser: Browser) -> None:
    answer = await browser.http.get("/nobody.example/v2.0/.well-known/openid-configuration")

    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


async def test_instance_discovery_points_back_to_this_host(browser: Browser) -> None:
    endpoint = f"{LOGIN}/{browser.tenant.tenant_id}/oauth2/v2.0/authorize"
    query = {"authorization_endpoint": endpoint, "api-version": "1.1"}

    answer = (await browser.http.get("/common/discovery/instance", params=query)).json()

    configuration = await browser.http.get(answer["tenant_discovery_endpoint"])
    assert configuration.json()["authorization_endpoint"] == endpoint
    assert answer["metadata"][0]["aliases"] == ["login.test"]


# The page and the code


async def test_page_offers_administrators_and_people_and_escapes_names(browser: Browser) -> None:
    page = await browser.http.get(browser.address())

    assert page.status_code == 200
    assert f'value="{browser.tenant.administrator}" checked' in page.text
    assert f'value="{browser.tenant.ordinary_user}"' in page.text
    assert "Portal &lt;b&gt;&amp;" in page.text
    assert 'type="password"' in page.text


async def test_sign_in_gives_an_id_token_for_the_person(browser: Browser) -> None:
    answer = await browser.submit(browser.address())
    callback = callback_of(answer)
    tokens = (await browser.exchange(callback["code"])).json()
    claims = await browser.claims(tokens["id_token"])

    assert callback["state"] == "s-1"
    tenant_id = browser.tenant.tenant_id
    user_id = browser.tenant.directory.find("user", "userPrincipalName", browser.tenant.administrator)[0]
    assert (claims["tid"], claims["oid"], claims["nonce"]) == (tenant_id, user_id, "n-1")
    assert (claims["aud"], claims["iss"]) == (APP, f"{LOGIN}/{tenant_id}/v2.0")
    assert claims["preferred_username"] == browser.tenant.administrator
    assert claims["wids"] == [GLOBAL_ADMINISTRATOR]
    assert claims["exp"] > claims["iat"]


async def test_ordinary_person_has_no_wids(browser: Browser) -> None:
    answer = await browser.submit(browser.address(), username="", other_username=browser.tenant.ordinary_user)
    tokens = (await browser.exchange(callback_of(answer)["code"])).json()

    assert "wids" not in await browser.claims(tokens["id_token"])


async def test_wrong_password_shows_the_page_again(browser: Browser) -> None:
    answer = await browser.submit(browser.address(), password="guess")

    assert answer.status_code == 400
    assert "AADSTS50126" in answer.text
    assert 'role="alert"' in answer.text


async def test_disabled_account_cannot_sign_in(browser: Browser) -> None:
    directory = browser.tenant.directory
    directory.patch(
        directory.find("user", "userPrincipalName", browser.tenant.administrator)[0], {"accountEnabled": False}
    )

    assert "AADSTS50057" in (await browser.submit(browser.address())).text


async def test_person_of_another_tenant_cannot_sign_in_to_a_named_one(browser: Browser) -> None:
    other = generate_tenant(browser.sign_in.cloud, users=10, seed=2)

    assert "AADSTS50126" in (await browser.submit(browser.address(tenant=other.tenant_id))).text


async def test_cancelled_sign_in_goes_back_with_an_error(browser: Browser) -> None:
    callback = callback_of(await browser.submit(browser.address(), decision="cancel"))

    assert (callback["error"], callback["state"]) == ("access_denied", "s-1")


async def test_form_post_carries_the_code_in_a_form(browser: Browser) -> None:
    answer = await browser.submit(browser.address(response_mode="form_post"))

    assert answer.status_code == 200
    assert f'action="{CALLBACK}"' in answer.text
    assert 'name="code"' in answer.text
    assert 'name="state" value="s-1"' in answer.text


async def test_second_visit_needs_no_password_unless_the_app_asks(browser: Browser) -> None:
    await browser.submit(browser.address())

    assert "code" in callback_of(await browser.http.get(browser.address()))
    assert "Sign in to" in (await browser.http.get(browser.address(prompt="login"))).text


async def test_silent_sign_in_without_a_session_says_login_required(browser: Browser) -> None:
    assert callback_of(await browser.http.get(browser.address(prompt="none")))["error"] == "login_required"


async def test_forged_session_is_worth_nothing(browser: Browser) -> None:
    user_id = browser.tenant.directory.find("user", "userPrincipalName", browser.tenant.administrator)[0]
    forged = base64.urlsafe_b64encode(f"{browser.tenant.tenant_id}|{user_id}|sig-é".encode()).decode()
    browser.http.cookies.set("simulated_cloud_session", forged)

    assert "Sign in to" in (await browser.http.get(browser.address())).text


async def test_sign_out_ends_the_session_and_returns_to_a_registered_address(browser: Browser) -> None:
    await browser.submit(browser.address())
    path = "/organizations/oauth2/v2.0/logout"

    stranger = await browser.http.get(path, params={"post_logout_redirect_uri": "https://evil.test/"})
    home = await browser.http.get(path, params={"post_logout_redirect_uri": CALLBACK, "state": "x"})

    assert (stranger.status_code, home.headers["location"]) == (200, f"{CALLBACK}?state=x")
    assert "Sign in to" in (await browser.http.get(browser.address())).text


# What the app gets wrong


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"redirect_uri": "https://evil.test/"}, 50011),
        ({"client_id": "99999999-aaaa-4aaa-8aaa-222222222222"}, 700016),
        ({"client_id": ""}, 900144),
        ({"tenant": "nobody.example"}, 90002),
    ],
)
async def test_untrusted_requests_stay_on_the_login_host(
    browser: Browser, changes: dict[str, str], number: int
) -> None:
    answer = await browser.http.get(browser.address(**changes))

    assert answer.status_code == 400
    assert f"AADSTS{number}" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_unsupported_requests_are_told_to_the_app(browser: Browser, changes: dict[str, str], error: str) -> None:
    assert callback_of(await browser.http.get(browser.address(**changes)))["error"] == error


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"code_verifier": "another-verifier"}, 501481),
        ({"redirect_uri": "https://portal.test/other"}, 50011),
        ({"client_secret": "wrong"}, 7000215),
        ({"code": "unknown"}, 70008),
    ],
)
async def test_code_is_exchanged_only_by_whom_it_was_made_for(
    browser: Browser, changes: dict[str, str], number: int
) -> None:
    answer = await browser.exchange(**({"code": await browser.code()} | changes))

    assert answer.json()["error_codes"] == [number]


async def test_code_is_good_once(browser: Browser) -> None:
    code = await browser.code()

    assert (await browser.exchange(code)).status_code == 200
    assert (await browser.exchange(code)).json()["error_codes"] == [70008]


async def test_state_with_odd_characters_comes_back_unchanged(browser: Browser) -> None:
    answer = await browser.submit(browser.address(state="a b&c=d+é"))

    assert parse_qs(urlsplit(answer.headers["location"]).query)["state"] == ["a b&c=d+é"]
