"""The compose file, as compose's own parser reads it. No container engine is here: nothing of it was started."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.servers.cache import Unavailable, installed
from deploy.servers.fetch import COMPOSE

from reentra.common.jobs.census import WORKERS
from reentra.standalone.settings import unknown_settings

DEPLOY = Path(__file__).parents[3] / "deploy"
SERVICES = {"gateway", "auth", "scheduler", *WORKERS}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    try:
        program = installed(COMPOSE) / "cmd"
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    command = [program, "--format", "json", "compose.yaml"]
    done = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    read: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return read


def of_profile(services: dict[str, dict[str, Any]], profile: str) -> set[str]:
    return {name for name, each in services.items() if profile in each["profiles"]}


def test_profiles_are_whole(services: dict[str, dict[str, Any]]) -> None:
    assert of_profile(services, "embedded") == {"reentra"}
    assert of_profile(services, "full") == SERVICES | {"keys", "topics", "kafka", "mongo", "minio"}
    assert of_profile(services, "observability") == {"prometheus", "grafana"}
    for profile in ("embedded", "full", "observability"):
        names = of_profile(services, profile)
        assert all(set(services[name].get("depends_on", {})) <= names for name in names)


def test_reentras_containers_write_to_volumes_only(services: dict[str, dict[str, Any]]) -> None:
    for name in SERVICES | {"reentra", "keys", "topics"}:
        each = services[name]
        assert each["read_only"] is True
        assert each["cap_drop"] == ["ALL"]
        assert each["build"]["dockerfile"] == "deploy/Dockerfile"
    # A secret that does not come from a file would have to be written into the container.
    raw = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert all(set(secret) == {"file"} for secret in raw["secrets"].values())


def test_ports_are_on_loopback_only(services: dict[str, dict[str, Any]]) -> None:
    published = {name: port["host_ip"] for name, each in services.items() for port in each.get("ports", [])}
    assert published == dict.fromkeys(("reentra", "gateway", "grafana"), "127.0.0.1")


def test_every_setting_is_one_of_reentras(services: dict[str, dict[str, Any]]) -> None:
    named = {name for each in services.values() for name in each.get("environment") or {}}
    assert list(unknown_settings(dict.fromkeys(named, ""))) == []


def test_files_that_are_mounted_are_there(services: dict[str, dict[str, Any]]) -> None:
    mounted = [
        Path(volume["source"])
        for each in services.values()
        for volume in each.get("volumes", [])
        if volume["type"] == "bind"
    ]
    assert len(mounted) == 5
    assert [path for path in mounted if not path.exists()] == []
