"""The build puts the library where it is loaded from, once; without a compiler it is quiet, and a failure is told."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from reentra.common.snapshot.columns.native import CHECKSUM, LIBRARY

ROOT = Path(__file__).parents[3]
CARGO = """#!/bin/sh
if [ "$1" = --version ]; then echo "cargo {version} (of a test)"; exit; fi
echo "$@" >> "{calls}"
{build}
"""
BUILDS = 'mkdir -p "$CARGO_TARGET_DIR/release" && echo built > "$CARGO_TARGET_DIR/release/libreentra_columns.so"'
FAILS = "echo 'error: nothing fits' >&2; exit 101"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the library has another name")


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.crate = folder / "libs" / "columns"
        self.library = folder / LIBRARY.relative_to(ROOT)
        self.calls = folder / "calls"
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.library.parent.mkdir(parents=True)
        shutil.copytree(ROOT / "libs" / "columns", self.crate, ignore=shutil.ignore_patterns("target"))

    def has_cargo(self, build: str, version: str = "1.90.0") -> None:
        cargo = self.programs / "cargo"
        cargo.write_text(CARGO.format(version=version, calls=self.calls, build=build))
        cargo.chmod(0o755)

    def build(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.programs}:/usr/bin:/bin"}
        if not (self.programs / "cargo").exists():
            environment["PATH"] = str(self.programs)
        command = [sys.executable, str(self.crate / "build.py"), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_without_cargo_nothing_happens(workspace: Workspace) -> None:
    done = workspace.build()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not workspace.library.exists()


def test_a_cargo_that_is_too_old_is_none(workspace: Workspace) -> None:
    workspace.has_cargo(FAILS, version="1.63.0")
    done = workspace.build()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_is_built_once_and_again_when_its_sources_changed(workspace: Workspace) -> None:
    workspace.has_cargo(BUILDS)
    for _ in range(2):
        assert workspace.build().returncode == 0
    assert workspace.library.read_text() == "built\n"
    assert workspace.library.with_suffix(CHECKSUM).read_text() == sha256(b"built\n").hexdigest()
    assert len(workspace.calls.read_text().splitlines()) == 1
    with (workspace.crate / "src" / "lib.rs").open("a") as source:
        source.write("// changed\n")
    assert workspace.build().returncode == 0
    assert len(workspace.calls.read_text().splitlines()) == 2


@pytest.mark.parametrize(("words", "status"), [((), 1), (("--or-go-on",), 0)])
def test_a_build_that_fails_is_told_and_leaves_no_old_library(
    workspace: Workspace, words: tuple[str, ...], status: int
) -> None:
    workspace.library.write_text("of older sources")
    workspace.has_cargo(FAILS)
    done = workspace.build(*words)
    assert done.returncode == status
    assert "nothing fits" in done.stderr
    assert "Python does their work" in done.stderr
    assert not workspace.library.exists()
