"""`reentra demo`: Reentra beside a simulated Microsoft cloud, connected over the same consent road as a real one.

One tenant is connected and backed up; a second, small one stands in the list, to be activated in the portal.

The simulated tenant is generated anew at every start, with the same ids; the data folder stays, with the cloud's key.
So the second start finds its backups, and asks for the delta of before; where the tenant was changed meanwhile, those
changes are gone, and it reads in full.
"""

import asyncio
import os
import shlex
import shutil
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from reentra.auth.operations.people import ADMINISTRATOR
from reentra.auth.settings import AuthSettings, ProductRegistration
from reentra.common.clients.clouds import Clouds, CustomCloudSettings
from reentra.common.clients.telemetry import Metrics
from reentra.common.directory.catalog import CATALOG
from reentra.common.errors import Forbidden, Rejected, RetryLater
from reentra.common.patience import patiently
from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import PortTaken, ServedCloud, Serving, simulated_cloud
from reentra.standalone.ending import SUCCESS
from reentra.standalone.ground import Settings
from reentra.standalone.one_process import one_process
from reentra.standalone.output import Output, exit_status
from reentra.standalone.robot import consent
from reentra.standalone.serving import Address, Running, SecretFile, bound, serving
from reentra.standalone.vitals import Vitals
from reentra.standalone.waiting import FINISHED, Progress

_TENANT_NAME = "Contoso (simulated)"
_SECOND_NAME = "Fabrikam (simulated)"
_SECOND_USERS = 60
_TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name
_PASSWORD_FILE = "admin.password"  # noqa: S105
"""A demo tells its password at every start: it guards nothing but an invented tenant."""
_CLOUD_FOLDER = "simulated-cloud"
_KEY_FILE = "links.key"
_SEED = 1
_POLL_SECONDS = 0.25
_PASSING = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Demo:
    data: Path
    port: int
    users: int
    stay: bool

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.port)

    @property
    def token_file(self) -> Path:
        return self.data / _TOKEN_FILE


async def run_demo(demo: Demo, output: Output) -> int:
    """Until Ctrl-C, at whatever moment it comes; without `stay` until the summary, with the backup's exit status."""
    _check(demo)
    output.say(f"Generating a simulated tenant with {demo.users} people")
    async with _cloud(demo) as cloud:
        reader, writer = register_demo_apps(cloud.sign_in)
        settings = _settings(cloud, reader, writer, demo.address)
        async with serving(
            partial(one_process, demo.data, Vitals(Metrics("demo"))),
            demo.address,
            settings,
            token_file=demo.token_file,
        ) as running:
            _register_redirects(cloud, reader, writer, demo.address)
            shown = asyncio.create_task(_show(demo, running, cloud, output))
            await asyncio.wait({shown, running.serving}, return_when=asyncio.FIRST_COMPLETED)
            status = await _outcome(shown, running)
            if status is not None and demo.stay:
                output.say("Ctrl-C stops it.")
                await running.ended()
    return SUCCESS if status is None or demo.stay else status


def _check(demo: Demo) -> None:
    """Raises Rejected: before a tenant is generated, and before a real installation is taken for a demo's."""
    if demo.data.is_dir() and any(demo.data.iterdir()) and not (demo.data / _CLOUD_FOLDER).is_dir():
        raise Rejected(f"The folder {demo.data} holds something that is no demo. Choose another one with --data.")
    try:
        bound(demo.address).close()
    except Rejected as error:
        raise Rejected(f"{error.message} (`make demo PORT=9000` does.)") from error
    (demo.data / _CLOUD_FOLDER).mkdir(parents=True, exist_ok=True)


@asynccontextmanager
async def _cloud(demo: Demo) -> AsyncIterator[ServedCloud]:
    folder = demo.data / _CLOUD_FOLDER
    cloud_serving = Serving(port=demo.port + 1, ca_folder=folder, key_file=folder / _KEY_FILE)
    try:
        async with simulated_cloud(
            users=demo.users, seed=_SEED, further=[_SECOND_USERS], serving=cloud_serving
        ) as cloud:
            yield cloud
    except PortTaken as error:
        raise Rejected(
            f"Port {demo.port + 1}, meant for the simulated cloud, is taken. Choose another pair with --port."
        ) from error


async def _outcome(shown: "asyncio.Task[int]", running: Running) -> int | None:
    """None: somebody stopped it meanwhile, and what broke off because of that is no news."""
    if running.server.should_exit:
        shown.cancel()
        await asyncio.wait([shown])
        return None
    return await shown


async def _show(demo: Demo, running: Running, cloud: ServedCloud, output: Output) -> int:
    """Connects, backs up, sums up; the backup's exit status."""
    tenant_id = cloud.tenants[0].tenant_id
    known = await _known_password(demo, running)
    async with _api(demo) as api:
        for purpose in await _missing_consents(api, tenant_id):
            known = known or await _new_password(demo, running)
            await _consent(running, cloud, purpose, known, output)
        await _add_second(api, cloud)
        job = await _backed_up(api, tenant_id, output)
        snapshot = await _sum_up(api, tenant_id, job, output)
    _tell_ways_in(demo, cloud, known, output)
    output.document(
        {
            "url": demo.address.url,
            "token_file": str(demo.token_file.absolute()),
            "tenant_id": tenant_id,
            "snapshot": snapshot,
            "status": job["status"],
        }
    )
    return exit_status(job)


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


async def _known_password(demo: Demo, running: Running) -> str | None:
    """The administrator's, unless somebody changed it."""
    if running.first is not None:
        password = running.first.password
        known = _kept(demo, password) if password else await _new_password(demo, running)
        await running.told()
        return known
    try:
        password = (demo.data / _PASSWORD_FILE).read_text().strip()
        await running.process.auth.sign_in(ADMINISTRATOR, password)
    except (OSError, ValueError, Forbidden):
        return None
    return password


async def _new_password(demo: Demo, running: Running) -> str:
    """For a first start that did not come as far as the consent."""
    return _kept(demo, (await running.process.auth.renew_password()).password)


def _kept(demo: Demo, password: str) -> str:
    with SecretFile(demo.data / _PASSWORD_FILE) as place:
        place.write(password)
    return password


async def _missing_consents(api: httpx.AsyncClient, tenant_id: str) -> list[str]:
    answer = await _answer("what is connected", lambda: api.get(f"/tenants/{tenant_id}"))
    if answer.status_code == httpx.codes.NOT_FOUND:
        return ["backup", "restore"]
    tenant = answer.raise_for_status().json()
    return [purpose for purpose in ("backup", "restore") if tenant[f"{purpose}_client_id"] is None]


async def _consent(running: Running, cloud: ServedCloud, purpose: str, password: str, output: Output) -> None:
    """Over the consent road, as a person with a browser, who begins anew after a passing trouble."""
    output.say(f"Signing in with Microsoft as {cloud.tenants[0].administrator} and consenting to the {purpose} app")
    await patiently(f"the consent to the {purpose} app", partial(_walk, running, cloud, purpose, password))


async def _walk(running: Running, cloud: ServedCloud, purpose: str, password: str) -> None:
    tenant, url = cloud.tenants[0], running.address.url
    verify = await asyncio.to_thread(ssl.create_default_context, cafile=str(cloud.ca_file))
    async with httpx.AsyncClient(verify=verify, follow_redirects=True, timeout=60, trust_env=False) as browser:
        who = {"username": ADMINISTRATOR, "password": password}
        session = (await _sent(browser.post(f"{url}/api/v1/session", json=who))).raise_for_status().json()
        wish = {"name": _TENANT_NAME, "cloud": "custom", "purpose": purpose, "immediate_backup": True}
        headers = {"X-CSRF-Token": session["csrf_token"]}
        answer = await _sent(browser.post(f"{url}/api/v1/consent", json=wish, headers=headers))
        start = answer.raise_for_status().json()["redirect_to"]
        try:
            await consent(browser, start, tenant.administrator, cloud.sign_in.password, f"{url}/new-tenants")
        except httpx.TransportError as error:
            raise RetryLater(f"There was no answer ({type(error).__name__}).") from error


async def _add_second(api: httpx.AsyncClient, cloud: ServedCloud) -> None:
    """To be activated by a person. It is there already when this is not the first start."""
    domain = cloud.tenants[1].directory.domain
    wanted = {"name": _SECOND_NAME, "organization": domain, "cloud": "custom"}
    answer = await _answer(f"{_SECOND_NAME} in the list", lambda: api.post("/tenants/added", json=wanted))
    if answer.status_code != httpx.codes.CONFLICT:
        answer.raise_for_status()


async def _answer(what: str, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Sent again while the answer is a passing trouble or none: on a busy machine a start takes its time. So `send` may
    happen twice."""
    return await patiently(what, lambda: _sent(send()))


async def _sent(request: Awaitable[httpx.Response]) -> httpx.Response:
    """Raises RetryLater when there is no answer, or one that is a passing trouble."""
    try:
        answer = await request
    except httpx.TransportError as error:
        raise RetryLater(f"There was no answer ({type(error).__name__}).") from error
    if answer.status_code in _PASSING:
        raise RetryLater(_reason(answer))
    return answer


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The answer was {answer.status_code}."


def _api(demo: Demo) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {demo.token_file.read_text().strip()}"}
    return httpx.AsyncClient(base_url=f"{demo.address.url}/api/v1", headers=headers, timeout=60, trust_env=False)


async def _backed_up(api: httpx.AsyncClient, tenant_id: str, output: Output) -> Any:
    """Starts a backup, or joins the one that runs already; shows it moving until it ends."""
    started = await _answer("the backup's start", lambda: api.post(f"/tenants/{tenant_id}/backups"))
    job = started.raise_for_status().json()
    told, address = f"the backup {job['id']}", f"/jobs/{job['id']}"
    with Progress(output.err) as progress:
        progress.update(job)
        while job["status"] not in FINISHED:
            await asyncio.sleep(_POLL_SECONDS)
            job = (await _answer(told, lambda: api.get(address))).raise_for_status().json()
            progress.update(job)
    return job


async def _sum_up(api: httpx.AsyncClient, tenant_id: str, job: Mapping[str, Any], output: Output) -> int | None:
    if job["error"]:
        output.say(f"The backup {job['status']}: {job['error']['message']}")
    if "snapshot" not in job["result"]:
        return None
    number = int(job["result"]["snapshot"])
    address = f"/tenants/{tenant_id}/snapshots/{number}"
    answer = await _answer(f"what snapshot {number} holds", lambda: api.get(address))
    snapshot = answer.raise_for_status().json()
    objects = sum(t["objects"] for t in snapshot["types"].values())
    stats = job["result"]["stats"]
    output.say(
        f"Snapshot {number} is {snapshot['result']}: {objects} objects of {len(CATALOG)} types, "
        f"{stats['requests']} Graph requests, {stats['resource_units']} resource units."
    )
    return number


def _tell_ways_in(demo: Demo, cloud: ServedCloud, password: str | None, output: Output) -> None:
    url, token_file = demo.address.url, shlex.quote(str(demo.token_file.absolute()))
    known = f"password {password}" if password else "and the password you chose"
    output.say(
        f"\nPortal          {url}\n"
        f"API             {url}/api/v1   ({url}/api/v1/openapi.json describes it)\n"
        f"Sign in as      {ADMINISTRATOR}   {known}\n"
        f"At Microsoft    {cloud.tenants[1].administrator}   password {cloud.sign_in.password}\n"
        f"                (simulated, to activate {_SECOND_NAME}; browsers warn of its certificate until they trust\n"
        f"                {cloud.ca_file})\n"
        f"Command line    export REENTRA_URL={url} REENTRA_TOKEN_FILE={token_file}\n"
        f"                {_command()} objects list '{_TENANT_NAME}' --type user\n"
    )


def _command() -> str:
    """As this shell can call it."""
    called = Path(sys.argv[0])
    if shutil.which("reentra") or called.name != "reentra":
        return "reentra"
    return shlex.quote(os.path.abspath(called))
