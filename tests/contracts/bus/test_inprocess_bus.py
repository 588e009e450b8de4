import pytest

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.topics import TopicSpec
from reentra.common.testing.contracts.bus import Bus, BusContract, Foreign


async def _nothing_to_provide(specs: list[TopicSpec]) -> None: ...


@pytest.fixture
def bus() -> Bus:
    transport = InProcessTransport()

    async def stranger(foreign: Foreign) -> None:
        await transport.append(foreign.topic, foreign.body, foreign.key, foreign.headers)

    return Bus(transport, _nothing_to_provide, stranger)


class TestInProcessBus(BusContract):
    pass
