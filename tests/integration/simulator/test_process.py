"""The simulator as a process of its own: one JSON line, https, a clean end."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from reentra.simulator.tls import tls_files


@asynccontextmanager
async def simulator(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reentra.simulator.main", "--users", "20", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _read_users(client: httpx.AsyncClient, said: dict[str, Any]) -> int:
    app, tenant = said["apps"][0], said["tenants"][0]["tenant_id"]
    form = {
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    }
    token = (await client.post(f"{said['login_url']}/{tenant}/oauth2/v2.0/token", data=form)).json()["access_token"]
    answer = await client.get(f"{said['graph_url']}/v1.0/users", headers={"Authorization": f"Bearer {token}"})
    return len(answer.json()["value"])


async def test_process_serves_https_with_its_own_ca_and_ends_on_interrupt(tmp_path: Path) -> None:
    async with simulator("--ca-folder", str(tmp_path), "--tenants", "2") as (process, said):
        assert len(said["tenants"]) == 2
        trust = ssl.create_default_context(cafile=said["ca_file"])
        async with httpx.AsyncClient(verify=trust) as client:
            assert await _read_users(client, said) == 20
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_graph_may_have_a_port_of_its_own_over_http() -> None:
    async with simulator("--http", "--graph-port", "0", "--latency-ms", "5") as (_, said):
        assert said["ca_file"] is None
        assert said["login_url"].startswith("http://127.0.0.1:")
        assert said["graph_url"] != said["login_url"]
        async with httpx.AsyncClient() as client:
            assert await _read_users(client, said) == 20


async def test_taken_port_gets_one_sentence() -> None:
    async with simulator("--http") as (_, said):
        port = said["login_url"].rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "reentra.simulator.main", "--http", "--users", "10", "--port", port,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(second.communicate(), 60)

    assert (second.returncode, output) == (1, b"")
    assert errors.decode().startswith(f"Port {port} cannot be used")


async def test_strangers_do_not_trust_the_simulated_cloud(tmp_path: Path) -> None:
    stranger = httpx.AsyncClient(verify=ssl.create_default_context())
    async with simulator("--ca-folder", str(tmp_path)) as (_, said), stranger:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.get(said["login_url"])


def test_ca_folder_is_used_again(tmp_path: Path) -> None:
    first = tls_files(tmp_path).ca.read_bytes()

    assert tls_files(tmp_path).ca.read_bytes() == first
    assert (tmp_path / "server.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
def test_half_written_tls_files_are_made_again(tmp_path: Path, name: str) -> None:
    """As a kill in the middle leaves them: a file that is cut, or one that belongs to others."""
    tls_files(tmp_path / "others")
    files = tls_files(tmp_path)
    own = (tmp_path / name).read_bytes()
    for left in (own[:40], b"", (tmp_path / "others" / name).read_bytes()):
        (tmp_path / name).write_bytes(left)

        files = tls_files(tmp_path)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        issued = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        issued.verify_directly_issued_by(x509.load_pem_x509_certificate(files.ca.read_bytes()))
