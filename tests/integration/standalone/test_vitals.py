"""The health address of running processes: what it says while they start and work, and what it never says."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.servers.process import free_ports
from tests.e2e.world import Reentra, Simulator, installation, simulated_cloud
from tests.scraping import Scrape, ask, ask_json, scrape

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"
PARTS_OF_HISTOGRAMS = re.compile(r"(_bucket|_sum|_count|_created)$")


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulated_cloud(tmp_path_factory.mktemp("cloud"), users=20) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def reentra(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, port: int) -> Iterator[Reentra]:
    folder = tmp_path_factory.mktemp("up")
    with installation(folder, simulator, REENTRA_HEALTH__PORT=str(port)) as made:
        made.start()
        made.connect()
        yield made


@pytest.fixture(scope="module")
def asked_before(reentra: Reentra, simulator: Simulator) -> int:
    """Connecting asks Graph a few things of its own."""
    return simulator.requests()


@pytest.fixture(scope="module")
def scraped(reentra: Reentra, port: int, asked_before: int) -> Scrape:
    reentra.json("backup", "start", "Contoso", "--wait")
    reentra.cli(
        "download", "create", "Contoso", "--type", "user", "--wait", "--output", str(reentra.folder / "users.zip")
    )
    return _settled(port)


def _settled(port: int) -> Scrape:
    """Once what was published is out of its documents, which whoever wrote them leaves to a next write for a moment."""
    deadline = time.monotonic() + 30
    while (shown := scrape(port)).total("reentra_outbox_documents") and time.monotonic() < deadline:
        time.sleep(0.1)
    return shown


def test_everything_that_was_done_is_counted_exactly(
    scraped: Scrape, reentra: Reentra, simulator: Simulator, asked_before: int
) -> None:
    stored = [path for path in (reentra.data / "objects").rglob("*") if path.is_file()]

    assert scraped.value("reentra_job_seconds_count", kind="backup", status="succeeded") == 1
    assert scraped.value("reentra_job_seconds_count", kind="export", status="succeeded") == 1
    assert scraped.value("reentra_job_releases_total", kind="backup", how="succeeded") == 1
    # The simulated cloud counts what is in a batch, not its envelope.
    assert scraped.total("reentra_graph_requests_total", method="GET") == simulator.requests() - asked_before
    requests = reentra.json("jobs", "list")["value"][-1]["result"]["stats"]["requests"]
    assert scraped.total("reentra_graph_requests_total") == requests
    assert scraped.value("reentra_graph_request_seconds_count") == requests
    assert scraped.value("reentra_stored_objects_total") == len(stored)
    assert scraped.value("reentra_stored_bytes_total") == sum(path.stat().st_size for path in stored)
    assert scraped.value("reentra_messages_sent_total", topic="collector.backup-finished.v1") == 1
    assert scraped.total("reentra_messages_handled_total", topic="scheduler.backup-requested.v1") >= 1
    assert scraped.total("reentra_dead_letters_total") == scraped.total("reentra_leases_lost_total") == 0


def test_what_is_left_to_do_comes_from_the_ledger(scraped: Scrape, port: int) -> None:
    assert scraped.value("reentra_work_jobs", service="collector") == 0
    assert scraped.value("reentra_jobs", kind="restore_apply", state="waiting") == 0
    assert scraped.total("reentra_outbox_documents") == 0
    assert ask_json(port, "/work") == (200, {"collector": 0, "exporter": 0, "restorer": 0})


def test_metrics_are_those_of_the_document(scraped: Scrape) -> None:
    documented = set(re.findall(r"^\| `(reentra_\w+)`", DOCUMENT.read_text(), re.MULTILINE))
    served = {line.split()[2] for line in scraped.text.splitlines() if line.startswith("# TYPE reentra_")}

    assert {name for name in served if not name.endswith("_created")} == documented


def test_nothing_names_a_tenant_or_a_secret(scraped: Scrape, reentra: Reentra, simulator: Simulator) -> None:
    secrets = [path.read_text() for path in reentra.folder.glob("*.secret")]
    assert len(secrets) == 2
    for told in (simulator.tenant_id, "Contoso", reentra.token_file.read_text().strip(), "http", *secrets):
        assert told not in scraped.text.replace("https://openmetrics.io", "")


def test_a_working_process_is_alive_and_ready(reentra: Reentra, port: int) -> None:
    assert ask_json(port, "/healthz") == (200, {"status": "ok"})
    assert ask_json(port, "/readyz") == (200, {"status": "ready", "checks": {"documents": "ok", "bytes": "ok"}})
    assert ask(reentra.port, "/metrics")[0] == 404


def test_a_service_without_its_servers_is_alive_and_says_what_it_waits_for(tmp_path: Path) -> None:
    port, nobody = free_ports(2)
    environment = os.environ | {
        "REENTRA_HEALTH__PORT": str(port),
        "REENTRA_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{nobody}",
        "REENTRA_MONGO__URL": f"mongodb://secret-user:secret-word@127.0.0.1:{nobody}/?serverSelectionTimeoutMS=200",
        "REENTRA_S3__ENDPOINT": f"http://127.0.0.1:{nobody}",
        "REENTRA_S3__ACCESS_KEY": "secret-key",
        "REENTRA_S3__SECRET_KEY": "secret-word",
    }
    command = [sys.executable, "-m", "reentra.standalone.main"]
    subprocess.run([*command, "create-keys", str(tmp_path / "keys")], check=True, capture_output=True)
    served = [*command, "serve", "collector", "--keys", str(tmp_path / "keys")]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(served, env=environment, stdout=log, stderr=log)
    try:
        status, told = _first_reason(port)
        assert status == 503
        assert (told["status"], told["waits_for"]) == ("waiting", "MongoDB")
        assert ask_json(port, "/healthz")[0] == 200
        assert ask_json(port, "/work")[0] == 503
        shown = scrape(port)
        assert shown.total("reentra_process", service="collector") == 1
        assert "reentra_jobs" not in shown.names
        assert "secret" not in str(told) + shown.text
        process.terminate()
        assert process.wait(timeout=240) == 0
    finally:
        process.kill()
        process.wait()
    assert f"Health and metrics are at http://127.0.0.1:{port}" in (tmp_path / "log").read_text()


def _first_reason(port: int) -> tuple[int, dict[str, str]]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            status, told = ask_json(port, "/readyz")
        except OSError:
            status, told = 0, {}
        if told.get("reason"):
            return status, told
        time.sleep(0.05)
    raise AssertionError("the process told no reason")


def test_a_taken_port_stops_the_start_with_its_name(tmp_path: Path, port: int, reentra: Reentra) -> None:
    environment = os.environ | {"REENTRA_HEALTH__PORT": str(port)}
    command = [sys.executable, "-m", "reentra.standalone.main", "up", "--data", str(tmp_path), "--port", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "REENTRA_HEALTH__PORT" in done.stderr
