"""The app, its secret or its certificate is lost in the middle of a backup and of a restore, by command line and API:
one sentence says what was lost and what to do, what is done stays, and the next run goes on after the renewal."""

import datetime as dt
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud

FAILURE, PARTIAL = 1, 3
READER, WRITER = "Demo reader", "Demo writer"
ENDED = "2020-01-01T00:00:00+00:00"
ENABLE = "let its owner, or an administrator of the tenant, enable it again."
CONSENT = "let an administrator of the tenant consent to it, or connect the tenant with another app."
CONNECT = "Connect the tenant again with a valid certificate or secret."


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate with its key, or a secret, as it is registered, alone, and as it is given."""

    registered: Mapping[str, Any]
    option: str
    text: str


def secret(value: str) -> Credential:
    return Credential({"secrets": [value], "certificates": []}, "secret-file", value)


def certificate() -> Credential:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Reentra")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
    public = builder.not_valid_after(now + dt.timedelta(days=90)).sign(key, hashes.SHA256())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    both = key.private_bytes(pem, pkcs8, serialization.NoEncryption()) + public.public_bytes(pem)
    registered = {"certificates": [public.public_bytes(pem).decode()], "secrets": []}
    return Credential(registered, "certificate-file", both.decode())


@dataclass(slots=True)
class Road:
    cloud: Simulator
    reentra: Reentra
    people: Mapping[str, str]
    """Whose job titles a restore may write."""
    given: dict[str, Credential] = field(default_factory=dict)

    def app(self, name: str) -> str:
        return f"/apps/{self.cloud.app(name)['client_id']}"

    def principal(self, name: str) -> str:
        objects = self.cloud.truth()["objects"]["servicePrincipal"].values()
        return f"/object/{next(o['id'] for o in objects if o['appId'] == self.cloud.app(name)['client_id'])}"

    def renew(self, name: str, credential: Credential) -> None:
        """Registered with Microsoft, and the tenant connected with it."""
        self.cloud.control("PATCH", self.app(name), credential.registered)
        self.given[name] = credential
        self.connect()

    def connect(self) -> None:
        words = ["tenants", "connect", "--name", "Contoso", "--tenant-id", self.cloud.tenant_id, "--cloud", "custom"]
        for name, prefix in ((READER, "--"), (WRITER, "--restore-")):
            file = self.reentra.folder / f"{name}.given"
            file.write_text(self.given[name].text)
            file.chmod(0o600)
            words += [f"{prefix}client-id", self.cloud.app(name)["client_id"]]
            words += [f"{prefix}{self.given[name].option}", str(file)]
        self.reentra.json(*words)

    def faults(self, *rules: Mapping[str, Any]) -> None:
        self.cloud.control("PUT", "/faults", list(rules))

    def tenant(self) -> Any:
        return self.get(f"/tenants/{self.cloud.tenant_id}")

    def newest(self) -> Any:
        return self.get(f"/tenants/{self.cloud.tenant_id}/snapshots")["value"][0]

    def get(self, path: str) -> Any:
        """From the API."""
        headers = {"Authorization": f"Bearer {self.reentra.token_file.read_text().strip()}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.reentra.port}/api/v1{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def job(self, job: Mapping[str, Any]) -> Any:
        return self.get(f"/jobs/{job['id']}")

    def until(self, job: Mapping[str, Any], holds: Callable[[Any], bool]) -> None:
        deadline = time.monotonic() + 120
        while not holds(found := self.job(job)):
            assert found["status"] in ("waiting", "running"), found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def lost(self, loss: "Loss", name: str) -> None:
        """And the tokens of before have had their hour."""
        loss.strikes(self, name)
        self.cloud.in_tenant("POST", "/expire-tokens")
        self.faults()


@dataclass(frozen=True, slots=True)
class Loss:
    what: str
    credential: Callable[[], Credential]
    strikes: Callable[[Road, str], Any]
    mends: Callable[[Road, str], Any]
    sentence: str

    def __str__(self) -> str:
        return self.what


def ends(road: Road, name: str) -> None:
    lost = {"value": road.given[name].text, "expires": ENDED}
    road.cloud.control("PATCH", road.app(name), {"secrets": [lost]})


def register_again(road: Road, name: str) -> None:
    """As it was: Microsoft brings a deleted registration back within thirty days."""
    body = {"appId": road.cloud.app(name)["client_id"], "displayName": name, **road.given[name].registered}
    road.cloud.control("POST", "/apps", body)


LOSSES = [
    Loss(
        "disabled in the tenant",
        lambda: secret("before it was disabled in the tenant"),
        lambda road, name: road.cloud.in_tenant("PATCH", road.principal(name), {"accountEnabled": False}),
        lambda road, name: road.cloud.in_tenant("PATCH", road.principal(name), {"accountEnabled": True}),
        "is disabled for tenant {tenant} (unauthorized_client, AADSTS7000112); " + ENABLE,
    ),
    Loss(
        "registration disabled",
        lambda: secret("before it was disabled"),
        lambda road, name: road.cloud.control("PATCH", road.app(name), {"isDisabled": True}),
        lambda road, name: road.cloud.control("PATCH", road.app(name), {"isDisabled": False}),
        "is disabled for tenant {tenant} (unauthorized_client, AADSTS7000112); " + ENABLE,
    ),
    Loss(
        "registration deleted",
        lambda: secret("before it was deleted"),
        lambda road, name: road.cloud.control("DELETE", road.app(name)),
        register_again,
        "consented in tenant {tenant}, or was deleted (unauthorized_client, AADSTS700016); " + CONSENT,
    ),
    Loss(
        "secret expired",
        lambda: secret("before it expired"),
        ends,
        lambda road, name: road.renew(name, secret("the next one")),
        "(invalid_client, AADSTS7000222); it is wrong, expired or was removed. " + CONNECT,
    ),
    Loss(
        "certificate removed",
        certificate,
        lambda road, name: road.cloud.control("PATCH", road.app(name), {"certificates": []}),
        lambda road, name: road.renew(name, certificate()),
        "(invalid_client, AADSTS700027); it is wrong, expired or was removed. " + CONNECT,
    ),
]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder: Path = tmp_path_factory.mktemp("lost")
    with simulated_cloud(folder, users=80) as cloud, installation(folder, cloud) as reentra:
        reentra.start()
        given = {name: secret(cloud.app(name)["client_secret"]) for name in (READER, WRITER)}
        objects = cloud.truth()["objects"]
        holders = {a["principalId"] for a in objects["roleAssignment"].values()}
        free = [u for i, u in objects["user"].items() if i not in holders and not u.get("onPremisesSyncEnabled")]
        road = Road(cloud, reentra, {u["id"]: u["jobTitle"] for u in free[:45]}, given)
        road.connect()
        reentra.json("backup", "start", "Contoso", "--wait")
        yield road


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_in_the_middle_of_a_backup(road: Road, loss: Loss) -> None:
    road.renew(READER, loss.credential())
    sentence = loss.sentence.format(tenant=road.cloud.tenant_id)
    road.faults({"kind": "hold", "path": "/groups/delta"})
    job = road.reentra.json("backup", "start", "Contoso")
    road.until(job, lambda found: found["progress"].get("types", {}).get("user", {}).get("status") == "done")

    road.lost(loss, READER)
    ended = road.reentra.cli("--json", "jobs", "watch", job["id"], expect=PARTIAL)

    assert ended.json()["error"]["code"] == "partial"
    assert ended.json()["error"]["message"].count(sentence) == 1
    assert sentence in ended.err
    number, types = road.newest()["number"], road.newest()["types"]
    assert ended.json()["result"]["snapshot"] == number
    assert types["user"]["status"] == "complete"
    assert types["group"]["status"] == "failed"
    assert sentence in types["group"]["reason"]
    assert sentence in road.tenant()["needs_consent_reason"]
    assert "needs_consent" in road.reentra.cli("tenants", "show", "Contoso").out

    refused = road.reentra.cli("--json", "backup", "start", "Contoso", "--wait", expect=FAILURE)
    assert refused.json()["error"]["code"] == "needs_consent"
    assert sentence in refused.json()["error"]["message"]
    assert road.newest()["number"] == number, "what was read before is still the newest"

    loss.mends(road, READER)
    job = road.reentra.json("backup", "start", "Contoso", "--wait")
    assert job["status"] == "succeeded"
    assert (road.tenant()["state"], road.tenant()["needs_consent_reason"]) == ("healthy", None)
    assert {road.newest()["types"][name]["mode"] for name in ("user", "group")} == {"incremental"}


@pytest.mark.parametrize("loss", LOSSES[1:], ids=str)
def test_in_the_middle_of_a_restore(road: Road, loss: Loss) -> None:
    road.renew(WRITER, loss.credential())
    plan, job = restore_held_at(road, 25)

    road.lost(loss, WRITER)
    ended = road.reentra.cli("--json", "jobs", "watch", job["id"], expect=PARTIAL)

    assert ended.json()["error"]["code"] == "needs_consent"
    message = ended.json()["error"]["message"]
    assert message.startswith("24 of 45 steps done, and stay done. ")
    assert loss.sentence.format(tenant=road.cloud.tenant_id).removesuffix(".") in message
    assert message.endswith("; then apply the plan again.")
    assert message in ended.err
    assert titles(road).count("Changed") == 21
    assert road.tenant()["state"] == "healthy", "backups go on"

    loss.mends(road, WRITER)
    must_go_on(road, plan)


def test_the_backup_app_in_the_middle_of_a_restore(road: Road) -> None:
    """It reads what the restore compares."""
    loss = next(each for each in LOSSES if each.what == "secret expired")
    road.renew(READER, loss.credential())
    plan, job = restore_held_at(road, 25)

    road.lost(loss, READER)
    ended = road.reentra.cli("--json", "jobs", "watch", job["id"], expect=PARTIAL)

    assert loss.sentence.removesuffix(".") in ended.json()["error"]["message"]
    assert road.tenant()["state"] == "needs_consent"
    loss.mends(road, READER)
    must_go_on(road, plan)
    assert road.tenant()["state"] == "healthy"


def restore_held_at(road: Road, write: int) -> tuple[Any, Any]:
    """A plan for everybody, and its job, which waits at that write."""
    for person in road.people:
        road.cloud.in_tenant("PATCH", f"/object/{person}", {"jobTitle": "Changed"})
    ids = [word for person in road.people for word in ("--id", person)]
    plan = road.reentra.json("restore", "plan", "Contoso", "--snapshot", "1", "--type", "user", *ids)
    assert plan["counts"]["steps"] == len(road.people) == 45
    road.faults({"kind": "hold", "method": "PATCH", "path": "/users/", "nth": [write]})
    job = road.reentra.json("restore", "apply", plan["id"])
    deadline = time.monotonic() + 120
    while road.cloud.control("GET", "/faults")["struck"] == 0:
        assert time.monotonic() < deadline, road.job(job)
        time.sleep(0.1)
    return plan, job


def must_go_on(road: Road, plan: Mapping[str, Any]) -> None:
    assert road.reentra.json("restore", "apply", plan["id"], "--wait")["status"] == "succeeded"
    assert titles(road) == list(road.people.values())


def titles(road: Road) -> list[str]:
    users = road.cloud.truth()["objects"]["user"]
    return [users[person]["jobTitle"] for person in road.people]
