"""The cache is all or nothing, and what cannot be had is said, not raised."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.servers.cache import Unavailable, install, installed


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REENTRA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_was_refused_leaves_nothing(cache: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise Unavailable("not what it should be")

    with pytest.raises(Unavailable):
        install("server-1", fill)
    assert list(cache.iterdir()) == []
    with pytest.raises(Unavailable, match="make servers"):
        installed("server-1")


def test_what_is_there_is_not_fetched_again(cache: Path) -> None:
    fetched: list[Path] = []
    for _ in range(2):
        folder = install("server-1", fetched.append)
    assert len(fetched) == 1
    assert installed("server-1") == folder


def test_a_machine_without_java_and_go_is_told_what_stays_untouched(tmp_path: Path) -> None:
    environment = os.environ | {"REENTRA_CACHE": str(tmp_path / "cache"), "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "deploy.servers"], env=environment, capture_output=True, text=True, check=True
    )
    assert "there is no `java`" in done.stdout
    assert "there is no `go`" in done.stdout
    assert list((tmp_path / "cache").iterdir()) == []
