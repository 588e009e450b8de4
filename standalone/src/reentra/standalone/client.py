"""The command line's side of the API: one address, one token, problems as sentences.

Reads are tried again for minutes, so that waiting survives a restart of the server. A command that starts work
carries an Idempotency-Key and may be repeated as well.
"""

import os
import re
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from reentra.standalone.given import text_of

if TYPE_CHECKING:
    import httpx

Json = dict[str, Any]

DEFAULT_URL = "http://127.0.0.1:8080"
_API = "/api/v1"
_PATIENCE_SECONDS = 300.0
_FIRST_PATIENCE_SECONDS = 5.0
"""For an address where nobody answered yet: it is wrong, or a server is just starting."""
_PAUSE_SECONDS = 0.5
_TIMEOUT_SECONDS, _CONNECT_SECONDS = 60.0, 5.0
_LONGEST_TOKEN = 1000
_LARGEST_BUNDLE_BYTES = 16 << 20
"""Those of all public authorities have a few hundred KiB."""
_VERIFY_FAILED = re.compile(r"CERTIFICATE_VERIFY_FAILED\] certificate verify failed: (.*?)\.? \(_ssl")
_COME_BACK = frozenset({502, 503, 504})


class ClientError(Exception):
    """A sentence for the person, and the problem as the server told it."""

    def __init__(self, message: str, problem: Json | None = None) -> None:
        super().__init__(message)
        self.problem = problem or {"detail": message, "code": "client_error"}


class SettingUnusable(ClientError):
    """REENTRA_URL, REENTRA_TOKEN_FILE or REENTRA_CA_FILE is missing or cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, {"detail": message, "code": "setting"})


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    token: str = field(repr=False)
    trust: ssl.SSLContext | None = field(default=None, repr=False)
    """Instead of the public certificate authorities."""


def address_from(environment: Mapping[str, str]) -> Address:
    url = _checked_url(environment.get("REENTRA_URL") or DEFAULT_URL)
    token_file = environment.get("REENTRA_TOKEN_FILE")
    if not token_file:
        raise SettingUnusable(
            "Set REENTRA_TOKEN_FILE to the file that holds your API token (`reentra up --token-file` writes one)."
        )
    try:
        token = text_of(Path(token_file)).strip()
    except OSError as error:
        raise SettingUnusable(f"The token file {token_file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingUnusable(f"The token file {token_file} holds no API token.") from error
    if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        raise SettingUnusable(f"The token file {token_file} holds no API token.")
    ca_file = environment.get("REENTRA_CA_FILE")
    return Address(url, token, _trust_in(Path(ca_file)) if ca_file else None)


def _trust_in(ca_file: Path) -> ssl.SSLContext:
    try:
        if ca_file.exists() and not ca_file.is_file():
            raise SettingUnusable(f"REENTRA_CA_FILE: {ca_file} is no file.")
        text = text_of(ca_file, most_bytes=_LARGEST_BUNDLE_BYTES, errors="replace")
        if not text:
            raise ValueError  # of nothing, ssl makes what the system trusts
        return ssl.create_default_context(cadata=text.encode("ascii", "replace").decode())  # comments may say anything
    except (ssl.SSLError, ValueError):
        raise SettingUnusable(f"REENTRA_CA_FILE: {ca_file} holds no certificate in PEM form.") from None
    except OSError as error:
        raise SettingUnusable(f"REENTRA_CA_FILE: {ca_file} cannot be read: {error.strerror}.") from error


def at(*parts: str) -> str:
    """A path of these parts, whatever they contain: none of them can lead somewhere else."""
    for part in parts:
        if not part or "/" in part:
            raise ClientError(f"{part[:100]!r} is no id and no name that Reentra gave.")
    return "".join(f"/{quote(part, safe='').replace('.', '%2E')}" for part in parts)


class Api:
    """Paths are relative to `/api/v1`."""

    def __init__(
        self,
        address: Address,
        *,
        patience_seconds: float = _PATIENCE_SECONDS,
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        # A third of a command's start: not for those that only show help or refuse a word. And without the command line
        # that httpx brings, where it finds the packages for one.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
        import httpx

        self.url = address.url
        self.lost: type[httpx.TransportError] = httpx.TransportError
        """What is raised when there is no connection, or it breaks."""
        self._patience = patience_seconds
        self._answered = False
        self._http = httpx.Client(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=httpx.Timeout(_TIMEOUT_SECONDS, connect=_CONNECT_SECONDS),
            trust_env=False,
            transport=transport,
            verify=address.trust or True,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        return _body(self._patiently("GET", _API + path, params=_present(params)))

    def start(self, path: str, body: Json) -> Json:
        """POST that starts work: sent again until it is answered, and still done once."""
        key = {"Idempotency-Key": str(uuid4())}
        return _body(self._patiently("POST", _API + path, json=body, headers=key))

    def post(self, path: str, body: Json) -> Json:
        """POST that is sent once."""
        try:
            return _body(_checked(self._http.post(_API + path, json=body)))
        except self.lost as error:
            raise self._unreachable(error) from error

    def put(self, path: str, body: Json) -> Json:
        return _body(self._patiently("PUT", _API + path, json=body))

    def delete(self, path: str) -> None:
        _checked(self._patiently("DELETE", _API + path))

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """Every row of a list, page after page."""
        page = self.get(path, params)
        yield from page["value"]
        while page.get("next_link"):
            page = _body(self._patiently("GET", page["next_link"]))
            yield from page["value"]

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator["httpx.Response"]:
        """Raises `lost` when the connection breaks: the caller knows how much it has."""
        with self._http.stream("GET", _API + path, headers=dict(headers)) as response:
            if not response.is_success:
                response.read()
            yield _checked(response)

    def tenant(self, word: str) -> Json:
        """By name, tenant id or domain."""
        found: Json = self.get("/tenants", {"called": word})["value"][0]
        return found

    def _patiently(self, method: str, path: str, **request: Any) -> "httpx.Response":
        deadline = time.monotonic() + self._patience
        first_deadline = time.monotonic() + min(self._patience, _FIRST_PATIENCE_SECONDS)
        while True:
            try:
                response = self._http.request(method, path, **request)
            except self.lost as error:
                if time.monotonic() >= (deadline if self._answered else first_deadline):
                    raise self._unreachable(error) from error
            else:
                self._answered = True
                if not _is_proxy_waiting(response) or time.monotonic() >= deadline:
                    return _checked(response)
            time.sleep(_PAUSE_SECONDS)

    def _unreachable(self, error: "httpx.TransportError") -> ClientError:
        if (refused := _VERIFY_FAILED.search(str(error))) is not None:
            return ClientError(
                f"{self.url} shows a certificate that this machine does not trust ({refused[1]}). Check REENTRA_URL. "
                "If your own certificate authority signed it, name that one's PEM file in REENTRA_CA_FILE."
            )
        if "[SSL" in str(error):
            return ClientError(f"{self.url} answers, but not with https; perhaps with http. Check REENTRA_URL.")
        return ClientError(
            f"Reentra does not answer at {self.url} ({type(error).__name__}). Is `reentra up` running? "
            "REENTRA_URL says where to look."
        )


def api_from_environment() -> Api:
    return Api(address_from(os.environ))


def _checked_url(url: str) -> str:
    """With a path where a proxy serves Reentra under one."""
    if "@" in url:
        raise SettingUnusable(
            f"REENTRA_URL takes no name or password, only an address such as {DEFAULT_URL}; "
            "the token comes from REENTRA_TOKEN_FILE."
        )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or not {"?", "#"}.isdisjoint(url):
        raise SettingUnusable(f"REENTRA_URL is {url[:200]!r}; expected an address such as {DEFAULT_URL}.")
    if url.rstrip("/").endswith(_API):
        raise SettingUnusable(f"REENTRA_URL ends in {_API}; give the address of Reentra without it.")
    return url.rstrip("/")


def _is_proxy_waiting(response: "httpx.Response") -> bool:
    """A proxy in front, while the server restarts; the server's own 503 says why, and is told to the person."""
    return response.status_code in _COME_BACK and "problem" not in response.headers.get("content-type", "")


def _present(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}


def _checked(response: "httpx.Response") -> "httpx.Response":
    if response.is_success:
        return response
    try:
        problem = response.json()
        message = str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        raise ClientError(f"The server answered {response.status_code} without saying why.") from None
    raise ClientError(message, problem)


def _body(response: "httpx.Response") -> Json:
    try:
        body: Json = response.json()
    except ValueError as error:
        raise ClientError(f"The answer from {response.url.host} is not Reentra's. Check REENTRA_URL.") from error
    return body
