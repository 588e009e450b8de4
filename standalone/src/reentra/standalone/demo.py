"""`reentra demo`: Reentra beside a simulated Microsoft cloud, connected over the same consent road as a real one.

The simulated tenant is generated anew at every start, with the same ids; the data folder stays. So the second start
finds its backups, asks for the delta of before, is refused, and reads in full: as after a long holiday.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.live import Live
from rich.table import Table

from reentra.auth.settings import AuthSettings, ProductRegistration
from reentra.common.clients.clouds import Clouds, CustomCloudSettings
from reentra.common.directory.catalog import CATALOG, object_type
from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import ServedCloud, Serving, simulated_cloud
from reentra.standalone.one_process import Settings
from reentra.standalone.robot import consent
from reentra.standalone.serving import Address, Running, serving

_TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name
_SEED = 1
_FINISHED = ("succeeded", "partial", "failed", "cancelled")


async def run_demo(data: Path, port: int, users: int, *, stay: bool) -> None:
    console = Console(stderr=True)
    data.mkdir(parents=True, exist_ok=True)
    console.print(f"Generating a simulated tenant with {users} people")
    cloud_serving = Serving(port=port + 1, ca_folder=data / "simulated-cloud")
    async with simulated_cloud(users=users, seed=_SEED, serving=cloud_serving) as cloud:
        reader, writer = register_demo_apps(cloud.sign_in)
        address = Address("127.0.0.1", port)
        settings = _settings(cloud, reader, writer, address)
        token_file = data / _TOKEN_FILE
        async with serving(data, address, settings, token_file=token_file) as running:
            _register_redirects(cloud, reader, writer, address)
            tenant_id = await _connected(running, cloud, console)
            async with _api(address, token_file) as api:
                job = await _backed_up(api, tenant_id, console)
                await _print_summary(api, tenant_id, job, console)
            _print_ways_in(running, token_file, console)
            if stay:
                console.print("Ctrl-C stops it; `make demo` goes on with the same data.")
                await running.ended()
                console.print("Stopping.")


def _settings(cloud: ServedCloud, reader: Mapping[str, Any], writer: Mapping[str, Any], address: Address) -> Settings:
    custom = CustomCloudSettings(login_url=cloud.login_url, graph_url=cloud.graph_url, ca_file=cloud.ca_file)
    registration = ProductRegistration(
        backup_client_id=reader["client_id"],
        backup_secret=SecretStr(reader["client_secret"]),
        restore_client_id=writer["client_id"],
        restore_secret=SecretStr(writer["client_secret"]),
    )
    auth = AuthSettings(public_url=address.url, registrations={"custom": registration}, token_proof_wait_seconds=0.5)
    return replace(Settings(), auth=auth, clouds=Clouds(custom))


def _register_redirects(
    cloud: ServedCloud, reader: Mapping[str, Any], writer: Mapping[str, Any], address: Address
) -> None:
    """As an administrator would in the app registrations: where sign-in and consent may send browsers back to."""
    for app in (reader, writer):
        registration = cloud.sign_in.app(app["client_id"], cloud.tenants[0].tenant_id)
        cloud.sign_in.register_app(
            app["client_id"],
            registration.display_name,
            secrets=registration.secrets,
            certificates=registration.certificates,
            app_roles=registration.app_roles,
            redirect_uris=[f"{address.url}/connect/signed-in", f"{address.url}/connect/consented"],
        )


async def _connected(running: Running, cloud: ServedCloud, console: Console) -> str:
    """The tenant's id; over the consent road, for backup and for restore, when this is the first start."""
    tenant = cloud.tenants[0]
    if running.first is None:
        return tenant.tenant_id
    verify = await asyncio.to_thread(_trusting, cloud)
    url = running.address.url
    async with httpx.AsyncClient(verify=verify, follow_redirects=True, timeout=60) as browser:
        who = {"username": running.first.username, "password": running.first.password}
        session = (await browser.post(f"{url}/api/v1/session", json=who)).raise_for_status().json()
        for purpose in ("backup", "restore"):
            wish = {"name": "Contoso (simulated)", "cloud": "custom", "purpose": purpose, "immediate_backup": True}
            headers = {"X-CSRF-Token": session["csrf_token"]}
            answer = (await browser.post(f"{url}/api/v1/consent", json=wish, headers=headers)).raise_for_status()
            console.print(f"Signing in with Microsoft as {tenant.administrator} and consenting to the {purpose} app")
            password = cloud.sign_in.password
            start = answer.json()["redirect_to"]
            await consent(browser, start, tenant.administrator, password, f"{url}/new-tenants")
    return tenant.tenant_id


def _trusting(cloud: ServedCloud) -> Any:
    import ssl

    return ssl.create_default_context(cafile=str(cloud.ca_file))


def _api(address: Address, token_file: Path) -> httpx.AsyncClient:
    token = token_file.read_text().strip()
    return httpx.AsyncClient(base_url=f"{address.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60)


async def _backed_up(api: httpx.AsyncClient, tenant_id: str, console: Console) -> Any:
    """Starts a backup, or joins the one that runs already; shows it moving until it ends."""
    job = (await api.post(f"/tenants/{tenant_id}/backups")).raise_for_status().json()
    with Live(_progress(job), console=console, refresh_per_second=8) as live:
        while job["status"] not in _FINISHED:
            await asyncio.sleep(0.25)
            job = (await api.get(f"/jobs/{job['id']}")).raise_for_status().json()
            live.update(_progress(job))
    console.print()
    return job


def _progress(job: Mapping[str, Any]) -> Table:
    table = Table(title=f"Backup: {job['status']}, {job['progress'].get('percent', 0)} %", title_justify="left")
    for heading in ("type", "status", "read", "added", "changed", "removed"):
        table.add_column(heading, justify="left" if heading in ("type", "status") else "right")
    for name, state in job["progress"].get("types", {}).items():
        counts = (str(state[k]) for k in ("read", "added", "changed", "removed"))
        table.add_row(object_type(name).labels, state["status"], *counts)
    return table


async def _print_summary(api: httpx.AsyncClient, tenant_id: str, job: Mapping[str, Any], console: Console) -> None:
    if job["error"]:
        console.print(f"The backup {job['status']}: {job['error']['message']}")
    if "snapshot" not in job["result"]:
        return
    number = job["result"]["snapshot"]
    snapshot = (await api.get(f"/tenants/{tenant_id}/snapshots/{number}")).raise_for_status().json()
    objects = sum(t["objects"] for t in snapshot["types"].values())
    stats = job["result"]["stats"]
    console.print(
        f"Snapshot {number} is {snapshot['result']}: {objects} objects of {len(CATALOG)} types, "
        f"{stats['requests']} Graph requests, {stats['resource_units']} resource units."
    )


def _print_ways_in(running: Running, token_file: Path, console: Console) -> None:
    console.print(f"\nPortal and API  {running.address.url}")
    if running.first is not None:
        console.print(
            f"Sign in as      {running.first.username}   password {running.first.password}   (shown this once)"
        )
    console.print(
        f"Command line    export REENTRA_URL={running.address.url} REENTRA_TOKEN_FILE={token_file}\n"
        "                reentra objects list 'Contoso (simulated)' --type user\n"
    )
