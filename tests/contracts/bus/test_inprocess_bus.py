import pytest

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.topics import TopicSpec
from reentra.common.testing.contracts.bus import Bus, BusContract


async def _nothing_to_provide(specs: list[TopicSpec]) -> None: ...


@pytest.fixture
def bus() -> Bus:
    return Bus(InProcessTransport(), _nothing_to_provide)


class TestInProcessBus(BusContract):
    pass
