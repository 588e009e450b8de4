"""The portal's files behind the API: what is served, what is kept by browsers, and what the page may run."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from reentra.gateway.routes.middleware import RequestFrame
from reentra.gateway.routes.portal import PortalFiles
from reentra.gateway.routes.problems import add_problem_handlers

PAGE = '<html><meta property="csp-nonce" nonce="reentra-style-nonce"><script src="/assets/a-1.js"></script></html>'
SCRIPT = "export const answer = 42\n" * 100
BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "portal"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "assets" / "a-1.js").write_text(SCRIPT)
    (built / "assets" / "a-1.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "secret.txt").write_text("not for browsers")
    return built


@pytest.fixture
async def browser(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.router.default = PortalFiles(folder)
    add_problem_handlers(app)
    app.add_middleware(RequestFrame, body_limit_bytes=1000)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reentra.test", headers=BROWSER) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/new-tenants", "/tenants/11111111-1111-4111-8111-111111111111?snapshot=2"])
async def test_every_address_of_the_portal_is_the_page(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 200
    assert "/assets/a-1.js" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_styles_need_a_nonce_that_is_new_every_time_and_scripts_must_be_files(browser: httpx.AsyncClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = await browser.get("/")
        policy = answer.headers["content-security-policy"]
        found = re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", policy)
        assert found
        assert f'nonce="{found[1]}"' in answer.text
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        nonces.add(found[1])

    assert len(nonces) == 2


async def test_built_files_come_packed_and_may_be_kept_for_ever(browser: httpx.AsyncClient) -> None:
    packed = await browser.get("/assets/a-1.js")
    plain = await browser.get("/assets/a-1.js", headers={"Accept-Encoding": "identity"})

    assert packed.text == plain.text == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert "immutable" in packed.headers["cache-control"]
    assert packed.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/favicon.ico", "/assets/..%2f..%2fsecret.txt", "/..%2fsecret.txt", "/assets/"]
)
async def test_what_is_not_there_or_not_of_the_portal_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_programs_that_miss_the_api_are_told_in_json(browser: httpx.AsyncClient) -> None:
    for method, path, accept in (
        ("GET", "/api/v1/nothing", "text/html"),
        ("GET", "/nothing", "*/*"),
        ("POST", "/", "*/*"),
    ):
        answer = await browser.request(method, path, headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_portal_that_was_not_built_says_how_to_build_it(browser: httpx.AsyncClient, folder: Path) -> None:
    (folder / "index.html").unlink()

    answer = await browser.get("/")

    assert answer.status_code == 503
    assert "make portal" in answer.text
