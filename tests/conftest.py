"""Marks and who shares a worker follow from the place; Hypothesis never judges by time (speed belongs in bench/)."""

import sys
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

settings.register_profile("reentra", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reentra")

# Standard output belongs to what is tested: the command line promises exactly one document there.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

pytest_plugins = ["tests.servers"]

_HERE = Path(__file__).parent
_ONE_WORLD = ("e2e/portal",)
"""Folders whose tests share one running product, and so one worker."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(_HERE)
        folder = path.parts[0]
        if folder in ("unit", "contracts", "integration", "e2e"):
            item.add_marker(getattr(pytest.mark, folder))
        world = next((each for each in _ONE_WORLD if path.is_relative_to(each)), str(path))
        item.add_marker(pytest.mark.xdist_group(world))
