"""Marks and who shares a worker follow from the place; Hypothesis never judges by time (speed belongs in bench/)."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

settings.register_profile("reentra", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reentra")

# Standard output belongs to what is tested: the command line promises exactly one document there.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

# Python may keep what it compiled, here and in the processes that tests start: else each compiles 1,500 files.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = ["tests.servers", "tests.columns"]

_HERE = Path(__file__).parent
_ONE_WORLD = ("tests/e2e/portal/",)
_LONGEST_FIRST = (
    "e2e/portal/",
    "e2e/",
    "strict/",
    "integration/",
    "contracts/",
    "unit/standalone/",
    "unit/gateway/",
    "",
)
"""So that no worker begins a long file when the others have nothing left."""


class Together(LoadFileScheduling):  # type: ignore[misc]
    """Tests that share a running product go to one worker: those of one file, and some folders whole."""

    def _split_scope(self, nodeid: str) -> str:
        return next((world for world in _ONE_WORLD if nodeid.startswith(world)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        folder = item.path.relative_to(_HERE).parts[0]
        if folder in ("unit", "contracts", "integration", "e2e"):
            item.add_marker(getattr(pytest.mark, folder))


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(_HERE).as_posix()
    return next(turn for turn, start in enumerate(_LONGEST_FIRST) if place.startswith(start))


def pytest_collection_finish() -> None:
    """What is imported stays: looking for garbage in it again and again is a fifth of what tests of the API cost."""
    gc.freeze()
    gc.set_threshold(50_000)
