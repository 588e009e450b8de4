"""The Dockerfile, as its linter and the workspace see it. No container engine is here: it was not built."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, str(DOCKERFILE)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_member_of_the_workspace_is_installed() -> None:
    members = {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/*/pyproject.toml")}
    members |= {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/pyproject.toml")}
    assert set(re.findall(r"\./(\S+)", DOCKERFILE.read_text())) - {""} >= members


def test_what_runs_is_not_root_and_is_asked_how_it_does() -> None:
    last_stage = DOCKERFILE.read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last_stage
    assert "/healthz" in last_stage.partition("HEALTHCHECK")[2]
    assert 'ENTRYPOINT ["reentra"]' in last_stage
