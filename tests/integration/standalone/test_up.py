"""`reentra up` as a process: what it makes at its first start, what it keeps, what it says, and what it never tells."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from deploy.servers.process import free_ports
from tests.certificates import key_and_certificate
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud

from reentra.common.testing.failpoints import EXIT_STATUS
from reentra.standalone.serving import Address, bound

OWN_APP = "cccccccc-3333-4333-8333-333333333333"
_ORDINARY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Root without its leave to read and write whatever the permissions say."""
ROLES = ["Organization.Read.All", "Directory.Read.All", "Policy.Read.All"]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulated_cloud(tmp_path_factory.mktemp("cloud"), users=20) as cloud:
        yield cloud


@pytest.fixture
def reentra(tmp_path: Path, simulator: Simulator) -> Iterator[Reentra]:
    with installation(tmp_path, simulator) as made:
        yield made


def up(
    *words: str, environment: dict[str, str] | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "reentra.standalone.main", "up", *words]
    surroundings = {**os.environ, **(environment or {})}
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, env=surroundings)


def test_token_is_there_before_the_first_answer_and_stays(reentra: Reentra) -> None:
    reentra.start()
    token = reentra.token_file.read_text()
    assert stat.S_IMODE(reentra.token_file.stat().st_mode) == 0o600
    assert reentra.json("tenants", "list") == {"value": []}
    assert "choose the first administrator's name and password at" in reentra.log()

    reentra.stop()
    reentra.start()
    assert reentra.token_file.read_text() == token
    assert reentra.log().count("/set-up#") == 1

    reentra.stop()
    reentra.token_file.unlink()
    reentra.start()
    assert reentra.token_file.read_text() != token
    assert reentra.json("tenants", "list") == {"value": []}


def test_refused_first_start_loses_no_link(tmp_path: Path, reentra: Reentra) -> None:
    """The link is shown once: so it is made only when nothing stands in the way any more."""
    data = ("--data", str(reentra.data))
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    with bound(Address("127.0.0.1", 0)) as other:
        taken = up(*data, "--port", str(other.getsockname()[1]))
    folder = up(*data, "--port", str(free_ports(1)[0]), "--token-file", str(blocked))

    for answer, sentence in ((taken, "is taken"), (folder, "cannot be written")):
        assert (answer.returncode, answer.stdout) == (1, "")
        assert sentence in answer.stderr
        assert len(answer.stderr.splitlines()) == 1
    reentra.start()
    assert "choose the first administrator's name and password at" in reentra.log()


def test_first_start_killed_between_its_two_keys_is_finished_by_the_next(reentra: Reentra) -> None:
    kill = {"REENTRA_FAILPOINT": "keys.after-installation-key"}
    killed = up("--data", str(reentra.data), "--port", str(free_ports(1)[0]), environment=kill)

    assert killed.returncode == EXIT_STATUS
    reentra.start()
    assert sorted(path.name for path in (reentra.data / "keys").iterdir()) == ["installation.key", "signing.key"]
    assert reentra.json("tenants", "list") == {"value": []}


@pytest.mark.parametrize("place", ["start.after-first-person", "start.after-first-token", "start.after-first-link"])
def test_first_start_killed_before_its_link_was_surely_seen_is_repeated(reentra: Reentra, place: str) -> None:
    """Also where the token's file is one of an installation of before."""
    reentra.token_file.write_text("of another installation\n")
    words = ("--data", str(reentra.data), "--port", str(reentra.port), "--token-file", str(reentra.token_file))
    killed = up(*words, environment={"REENTRA_FAILPOINT": place})

    assert killed.returncode == EXIT_STATUS
    reentra.start()
    code = reentra.log().partition("/set-up#")[2].split()[0]
    chosen = {"code": code, "name": "grace", "password": "four words nobody guesses"}
    assert httpx.post(f"http://127.0.0.1:{reentra.port}/api/v1/set-up", json=chosen).status_code == 204
    token = {"Authorization": f"Bearer {reentra.token_file.read_text().strip()}"}
    tokens = httpx.get(f"http://127.0.0.1:{reentra.port}/api/v1/tokens", headers=token).json()["value"]
    assert [one["name"] for one in tokens] == ["admin.token"]


def test_database_that_may_only_be_read_starts_nothing(reentra: Reentra) -> None:
    """SQLite opens one without a word, as `sudo cp` leaves it behind; every write would be refused."""
    reentra.start()
    reentra.stop()
    (reentra.data / "reentra.db").chmod(0o444)

    refused = up("--data", str(reentra.data), "--port", str(free_ports(1)[0]), before=_ORDINARY)

    assert refused.returncode == 1
    assert refused.stderr.endswith("reentra.db cannot be written by this user. Check its owner and permissions.\n")


def test_lost_keys_are_never_replaced_by_new_ones(reentra: Reentra) -> None:
    reentra.start()
    reentra.stop()
    shutil.rmtree(reentra.data / "keys")

    refused = up("--data", str(reentra.data), "--port", str(free_ports(1)[0]))

    assert refused.returncode == 1
    assert "Put it back" in refused.stderr
    assert not (reentra.data / "keys").exists()


def test_data_folder_has_one_process_and_says_so(reentra: Reentra) -> None:
    reentra.start()

    second = up("--data", str(reentra.data), "--port", str(free_ports(1)[0]))
    renewed = reentra.cli("password", "--data", str(reentra.data), expect=1)

    for said in (second.stderr, renewed.err):
        assert "in use by another Reentra process" in said
        assert len(said.splitlines()) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_is_a_success(reentra: Reentra, how: signal.Signals) -> None:
    reentra.start()
    assert reentra.process is not None
    reentra.process.send_signal(how)

    assert reentra.wait_for_exit() == 0
    assert reentra.log().splitlines()[-1] == "Stopping; running jobs continue with the next start."


def test_lost_password_is_renewed(reentra: Reentra) -> None:
    reentra.start()
    reentra.stop()
    made = reentra.json("password", "--data", str(reentra.data))

    assert made["username"] == "admin"
    assert made["password"] not in reentra.log()
    linked = reentra.json("password", "--link", "--data", str(reentra.data))
    assert "password" not in linked
    reentra.start()
    code = linked["link"].partition("/set-up#")[2]
    page = f"http://127.0.0.1:{reentra.port}/api/v1/set-up"
    invitation = httpx.post(f"{page}/invitation", json={"code": code}).json()
    assert (invitation["name"], invitation["may_choose_name"]) == ("admin", True)
    chosen = {"code": code, "name": "grace", "password": "four words nobody guesses"}
    assert httpx.post(page, json=chosen).status_code == 204
    assert httpx.post(page, json=chosen).status_code == 404
    assert code not in reentra.log()
    assert reentra.json("tenants", "list") == {"value": []}


def test_consent_that_is_revoked_between_two_backups_is_no_empty_snapshot(
    tmp_path: Path, reentra: Reentra, simulator: Simulator
) -> None:
    """Microsoft lets a token live for an hour; the night after, there is none any more."""
    _connect_own_app(tmp_path, reentra, simulator, "canary-right")
    first = reentra.json("backup", "start", "Contoso", "--wait")
    simulator.in_tenant("DELETE", f"/consents/{OWN_APP}")
    reentra.stop()
    reentra.start()

    refused = reentra.cli("backup", "start", "Contoso", "--wait", expect=1)
    tenant = reentra.json("tenants", "show", "Contoso")
    simulator.in_tenant("PUT", f"/consents/{OWN_APP}")
    again = reentra.json("backup", "start", "Contoso", "--wait")

    assert "consent" in refused.err
    assert tenant["state"] == "needs_consent"
    assert tenant["needs_consent_reason"] in refused.err
    assert tenant["last_snapshot"]["number"] == first["result"]["snapshot"]
    assert again["result"]["snapshot"] > first["result"]["snapshot"]
    assert reentra.json("tenants", "show", "Contoso")["state"] == "healthy"


def test_secrets_of_a_whole_run_are_nowhere_to_be_read(tmp_path: Path, reentra: Reentra, simulator: Simulator) -> None:
    _connect_own_app(tmp_path, reentra, simulator, "canary-right")
    wrong = tmp_path / "wrong"
    wrong.write_text("canary-wrong")
    words = ("tenants", "connect", "--name", "X", "--tenant-id", simulator.tenant_id, "--cloud", "custom")
    said = reentra.cli(*words, "--client-id", OWN_APP, "--secret-file", str(wrong), expect=1)
    pem = tmp_path / "other.pem"
    pem.write_text(key_and_certificate())
    said_too = reentra.cli(*words, "--client-id", OWN_APP, "--certificate-file", str(pem), expect=1)
    reentra.cli("backup", "start", "Contoso", "--wait", "--json")
    reentra.cli("download", "create", "Contoso", "--type", "user", "--wait")
    reentra.stop()

    key = pem.read_text().splitlines()[-5]
    secrets = ("canary-right", "canary-wrong", key, reentra.token_file.read_text().strip(), "Bearer ", "eyJ")
    told = (tmp_path / "reentra.log").read_text() + said.err + said.out + said_too.err + said_too.out
    stored = b"".join(path.read_bytes() for path in reentra.data.rglob("*") if path.is_file())
    assert [secret for secret in secrets if secret in told] == []
    assert [secret for secret in secrets[:4] if secret.encode() in stored] == []


def _connect_own_app(folder: Path, reentra: Reentra, simulator: Simulator, secret: str) -> None:
    app = {"appId": OWN_APP, "displayName": "Own", "secrets": [secret], "appRoles": ROLES}
    simulator.control("POST", "/apps", app)
    simulator.in_tenant("PUT", f"/consents/{OWN_APP}")
    secret_file = folder / "secret"
    secret_file.write_text(secret + "\n")
    reentra.start()
    reentra.cli(
        "tenants", "connect", "--name", "Contoso", "--tenant-id", simulator.tenant_id, "--cloud", "custom",
        "--client-id", OWN_APP, "--secret-file", str(secret_file),
    )  # fmt: skip
