"""One MinIO on one folder, with keys made up for this start of it."""

import http
import http.client
import secrets
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers.cache import installed
from deploy.servers.fetch import MINIO
from deploy.servers.process import LOOPBACK, ServerProcess, free_ports


@dataclass(frozen=True, slots=True)
class MinioServer:
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    process: ServerProcess


def start_minio(
    folder: Path, *, port: int | None = None, secret_key: str | None = None, certificate: Path | None = None
) -> MinioServer:
    """`certificate`: with its key before it, PEM; then it speaks https."""
    port, console_port = port or free_ports(1)[0], free_ports(1)[0]
    access_key, secret_key = "reentra", secret_key or secrets.token_hex(20)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    command = [str(installed(MINIO) / "minio"), "server", str(folder / "data"), "--quiet"]
    addresses = ["--address", f"{LOOPBACK}:{port}", "--console-address", f"{LOOPBACK}:{console_port}"]
    environment = {
        "MINIO_ROOT_USER": access_key,
        "MINIO_ROOT_PASSWORD": secret_key,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    if certificate is not None:
        key, begin, shown = certificate.read_text().partition("-----BEGIN CERTIFICATE")
        (folder / "certs").mkdir(mode=0o700, exist_ok=True)
        (folder / "certs" / "private.key").write_text(key)
        (folder / "certs" / "public.crt").write_text(begin + shown)
        addresses += ["--certs-dir", str(folder / "certs")]
    process = ServerProcess(
        "minio", [*command, *addresses], folder, lambda: _is_ready(port, tls=certificate is not None), environment
    )
    process.start()
    scheme = "https" if certificate else "http"
    return MinioServer(f"{scheme}://{LOOPBACK}:{port}", access_key, secret_key, process)


def _is_ready(port: int, *, tls: bool) -> bool:
    """Its health addresses say yes earlier than its stores are there: until then it answers 503, after that a request
    without a key is refused."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    if tls:
        anybody = ssl.create_default_context()  # whether it answers, not who it is
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=2, context=anybody)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.FORBIDDEN
    except OSError:
        return False
    finally:
        connection.close()
