"""The whole road of `make smoke`, with every service in a process of its own over Kafka, MongoDB's protocol and S3."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from deploy.servers import Unavailable
from deploy.servers.process import free_ports
from deploy.stack import Stack
from tests.e2e.smoke import walk_the_road
from tests.e2e.world import Reentra, Simulator, simulated_cloud

_CLOUD = "REENTRA_CLOUD_CUSTOM_"


@dataclass(slots=True)
class StackedReentra(Reentra):
    """The same installation to its users."""

    stack: Stack | None = None
    running: ExitStack = field(default_factory=ExitStack)

    def start(self, **extra: str) -> None:
        cloud = {name: value for name, value in self.environment.items() if name.startswith(_CLOUD)}
        self.stack = Stack(self.folder, self.port, settings={**cloud, **extra})
        self.running.enter_context(self.stack)

    def stop(self) -> None:
        self.running.close()

    def log(self) -> str:
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"{path.name}: {path.read_text()[-2000:]}" for path in logs)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Simulator]:
    with simulated_cloud(tmp_path, users=40) as simulator:
        yield simulator


@pytest.mark.timeout(900)
def test_the_whole_road_is_true_over_real_servers_with_a_process_per_service(tmp_path: Path, cloud: Simulator) -> None:
    said: list[Any] = []
    reentra = StackedReentra(tmp_path, cloud, free_ports(1)[0])
    try:
        walk_the_road(cloud, reentra, tmp_path, said.append, data_folder=False)
    except Unavailable as reason:
        pytest.skip(f"untouched: {reason}")
    finally:
        reentra.stop()
    assert "planned again: identical" in said
