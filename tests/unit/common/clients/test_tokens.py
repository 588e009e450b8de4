"""A sign-in host that stumbles says nothing about the tenant or the app: it is asked again later."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from reentra.common.clients.clouds import Cloud
from reentra.common.clients.tokens import MsalTokens
from reentra.common.connecting import AppCredential
from reentra.common.errors import NeedsConsent, NotFound, RetryLater
from reentra.common.ids import TenantId
from reentra.simulator.tls import tls_files

TENANT = TenantId("11111111-1111-1111-1111-111111111111")
APP = "22222222-2222-2222-2222-222222222222"
PAGE = b"<html><body>Our services are not available right now</body></html>"

Said = tuple[int, bytes, dict[str, str]]


class Host:
    """Discovery and token endpoint over https; `discovery` and `token` answer instead when they are set."""

    def __init__(self, server: ThreadingHTTPServer, ca_file: Path) -> None:
        self.url = f"https://127.0.0.1:{server.server_address[1]}"
        self.cloud = Cloud("custom", self.url, self.url, ca_file)
        self.discovery: Said | None = None
        self.token: Said | None = None

    def answer(self, method: str) -> Said:
        told, otherwise = (self.discovery, self._document) if method == "GET" else (self.token, self._granted)
        return told or (200, json.dumps(otherwise()).encode(), {})

    def _document(self) -> dict[str, str]:
        ends = {f"{name}_endpoint": f"{self.url}/{TENANT}/{name}" for name in ("authorization", "token")}
        return {**ends, "issuer": f"{self.url}/{TENANT}/v2.0"}

    def _granted(self) -> dict[str, object]:
        return {"token_type": "Bearer", "expires_in": 3599, "access_token": "granted"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ThreadingHTTPServer, Path]]:
    files = tls_files(tmp_path_factory.mktemp("login"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server, files.ca
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def host(server: tuple[ThreadingHTTPServer, Path]) -> Host:
    host = Host(*server)
    _Handler.answer = host.answer
    return host


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[str], Said]

    def do_GET(self) -> None:
        status, body, headers = type(self).answer(self.command)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


async def ask(host: Host) -> str:
    return await MsalTokens().token(host.cloud, TENANT, AppCredential(APP, "secret", "s3cret"))


@pytest.mark.parametrize("where", ["discovery", "token"])
@pytest.mark.parametrize(
    "said",
    [
        (429, b"", {"Retry-After": "7"}),
        (429, PAGE, {"Retry-After": "7"}),
        (503, PAGE, {"Retry-After": "7"}),
        (408, b"", {}),
        (302, b"", {"Location": "/elsewhere"}),
        (200, PAGE, {}),
        (400, PAGE, {"Content-Type": "text/html"}),
        (403, PAGE, {}),
        (407, PAGE, {}),
        (404, b"[]", {}),
    ],
)
async def test_a_stumbling_sign_in_is_asked_again_later(host: Host, where: str, said: Said) -> None:
    setattr(host, where, said)
    with pytest.raises(RetryLater) as told:
        await ask(host)
    assert host.url in str(told.value)
    assert "secret" not in str(told.value)
    assert told.value.fields.get("after_seconds") == (7 if said[2].get("Retry-After") else None)


@pytest.mark.parametrize("body", [b"", PAGE, b"{}", b'{"message": "blocked"}'])
async def test_a_refusal_that_is_not_of_a_sign_in_says_nothing_about_the_secret(host: Host, body: bytes) -> None:
    host.token = (400, body, {})
    with pytest.raises(RetryLater, match="status 400, no answer of a sign-in: does a proxy stand before it"):
        await ask(host)


async def test_a_sign_in_that_is_well_again_gives_a_token(host: Host) -> None:
    host.discovery = (503, PAGE, {})
    with pytest.raises(RetryLater):
        await ask(host)
    host.discovery = None
    assert await ask(host) == "granted"


async def test_a_refusal_that_was_put_right_is_not_repeated(host: Host) -> None:
    tokens, credential = MsalTokens(), AppCredential(APP, "secret", "secret")
    body = {"error": "unauthorized_client", "error_description": "AADSTS700016: not found"}
    host.token = (400, json.dumps(body).encode(), {})
    with pytest.raises(NeedsConsent):
        await tokens.token(host.cloud, TENANT, credential)
    host.token = None
    assert await tokens.token(host.cloud, TENANT, credential) == "granted"


async def test_a_tenant_that_the_sign_in_does_not_know_is_not_found(host: Host) -> None:
    host.discovery = (400, json.dumps({"error": "invalid_tenant", "error_description": "AADSTS90002: x"}).encode(), {})
    with pytest.raises(NotFound):
        await ask(host)
