"""Marks follow from the folder; Hypothesis never judges by time (speed belongs in bench/)."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(_HERE).parts[0]
        if folder in ("unit", "contracts", "integration", "e2e"):
            item.add_marker(getattr(pytest.mark, folder))
