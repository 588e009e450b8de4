"""Files and addresses that people give to the client verbs: as Windows writes them, too large, or none at all."""

import base64
import codecs
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.certificates import certificate_for_loopback
from typer.testing import CliRunner

from reentra.standalone.client import Address, Api, ClientError, SettingUnusable, address_from
from reentra.standalone.commands.tenants import given_text
from reentra.standalone.ending import USAGE
from reentra.standalone.main import app

CONNECT = ("tenants", "connect", "--name", "X", "--tenant-id", "1", "--client-id", "2")

AS_WINDOWS_WRITES = [
    lambda text: codecs.BOM_UTF8 + text.encode(),
    lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    lambda text: text.replace("\n", "\r\n").encode(),
]


@pytest.mark.parametrize("written", AS_WINDOWS_WRITES)
def test_token_and_secret_are_read_as_windows_writes_them(tmp_path: Path, written: object) -> None:
    """`"secret" > file` is UTF-16 in Windows PowerShell; Notepad puts a mark before UTF-8."""
    file = tmp_path / "given"
    file.write_bytes(written("reentra_abc\n"))  # type: ignore[operator]

    assert address_from({"REENTRA_TOKEN_FILE": str(file)}).token == "reentra_abc"
    assert given_text(file).strip() == "reentra_abc"


@pytest.mark.parametrize("endless", [Path("/dev/zero"), None])
def test_file_without_an_end_is_named_and_not_read(tmp_path: Path, endless: Path | None) -> None:
    file = endless or tmp_path / "huge"
    if endless is None:
        with file.open("wb") as huge:
            huge.truncate(1 << 40)
    for option in ("--certificate-file", "--secret-file"):
        done = CliRunner().invoke(app, ["--json", *CONNECT, option, str(file)])

        assert done.exit_code == USAGE
        assert f"{file} cannot be read: it is too large" in json.loads(done.stdout)["error"]["detail"]
    with pytest.raises(SettingUnusable, match="holds no API token"):
        address_from({"REENTRA_TOKEN_FILE": str(file)})


def test_token_that_no_request_could_carry_is_none(tmp_path: Path) -> None:
    """The server would close the connection without an answer."""
    file = tmp_path / "token"
    file.write_bytes(base64.b16encode(bytes(40_000)))
    with pytest.raises(SettingUnusable, match="holds no API token"):
        address_from({"REENTRA_TOKEN_FILE": str(file)})


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/?x=1", "http://127.0.0.1:1/#x", "http://127.0.0.1:1?"])
def test_address_with_a_query_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingUnusable, match="expected an address such as"):
        _address(tmp_path, url)


@pytest.mark.parametrize("url", ["http://anna:s3cret@127.0.0.1:1", "ftp://anna:s3cret@x", "anna:s3cret@x"])
def test_address_with_a_password_is_none_and_is_not_shown(tmp_path: Path, url: str) -> None:
    """Nor could it be sent: a request carries one Authorization, the token's."""
    with pytest.raises(SettingUnusable, match="no name or password") as refused:
        _address(tmp_path, url)

    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://reentra.example/backup/", "HTTPS://reentra.example", "http://[::1]:8080"])
def test_address_behind_a_path_is_one(tmp_path: Path, url: str) -> None:
    assert _address(tmp_path, url).url == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/api/v1", "https://reentra.example/backup/api/v1/"])
def test_address_of_the_api_is_told_from_that_of_reentra(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingUnusable, match="without it"):
        _address(tmp_path, url)


@pytest.mark.parametrize(("has_tls", "sentence"), [(False, "not with https"), (True, "does not trust")])
def test_address_with_another_scheme_or_certificate_is_told(tmp_path: Path, has_tls: bool, sentence: str) -> None:
    certificate = certificate_for_loopback(tmp_path)[0] if has_tls else None
    with _served(certificate) as port, pytest.raises(ClientError, match=sentence) as refused:
        _ask(_address(tmp_path, f"https://127.0.0.1:{port}"))

    assert ("REENTRA_CA_FILE" in str(refused.value)) == has_tls


def test_certificate_of_an_own_authority_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    both, authority = certificate_for_loopback(tmp_path)
    with _served(both) as port:
        assert _ask(_address(tmp_path, f"https://127.0.0.1:{port}", REENTRA_CA_FILE=str(authority))) == {"value": []}
        with pytest.raises(ClientError, match=r"does not trust \(Hostname mismatch"):
            _ask(_address(tmp_path, f"https://localhost:{port}", REENTRA_CA_FILE=str(authority)))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "latin-1"),
    ],
)
def test_certificate_of_an_own_authority_may_come_from_any_editor(tmp_path: Path, mark: bytes, encoding: str) -> None:
    both, authority = certificate_for_loopback(tmp_path)
    file = tmp_path / "from-windows.pem"
    text = "Autorité de l'entreprise\n" + authority.read_text() + 300_000 * " "
    file.write_bytes(mark + text.replace("\n", "\r\n").encode(encoding))
    with _served(both) as port:
        assert _ask(_address(tmp_path, f"https://127.0.0.1:{port}", REENTRA_CA_FILE=str(file))) == {"value": []}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "holds no certificate in PEM form"),
        (b"\x30\x82\x01\x0a", "holds no certificate in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate in PEM form"),
    ],
)
def test_authority_that_cannot_be_trusted_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingUnusable, match=sentence) as refused:
        _address(tmp_path, "https://127.0.0.1:1", REENTRA_CA_FILE=str(file))
    assert str(refused.value).startswith(f"REENTRA_CA_FILE: {file} ")
    with pytest.raises(SettingUnusable, match="is no file"):
        _address(tmp_path, "https://127.0.0.1:1", REENTRA_CA_FILE=str(tmp_path))


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"value": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def _served(certificate: Path | None) -> Iterator[int]:
    """On which port."""
    server = HTTPServer(("127.0.0.1", 0), _Empty)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _ask(address: Address) -> object:
    api = Api(address, patience_seconds=0)
    try:
        return api.get("/tenants")
    finally:
        api.close()


def _address(folder: Path, url: str, **settings: str) -> Address:
    token = folder / "token"
    token.write_text("reentra_abc")
    return address_from({"REENTRA_URL": url, "REENTRA_TOKEN_FILE": str(token), **settings})
