"""What goes over a real socket, and what does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphSettings
from reentra.common.clients.graph.transport import GraphTransport
from reentra.common.errors import Stale


@dataclass(slots=True)
class Listener:
    """Answers every request with an empty 204 and keeps what it was sent."""

    url: str = ""
    connections: list[bytearray] = field(default_factory=list)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        self.connections.append(heard)
        while data := await reader.read(65536):
            heard += data
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    async with await asyncio.start_server(listener.connected, "127.0.0.1", 0) as server:
        listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield listener


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_whose_check_raises_sends_not_one_byte_though_its_connection_is_open(method: str) -> None:
    lost = False

    def check() -> None:
        if lost:
            raise Stale("Job 1 is not held by this worker any more.")

    async with listening() as listener:
        transport = GraphTransport(Cloud("custom", listener.url, listener.url), GraphSettings())

        async def ask(*, fresh: bool) -> None:
            body = {"displayName": "Finance"} if method == "POST" else None
            extensions = {"fresh": fresh, "check": check}
            request = httpx.Request(method, f"{listener.url}/v1.0/groups", json=body, extensions=extensions)
            async with asyncio.timeout(5):
                await (await transport.handle_async_request(request)).aclose()

        await ask(fresh=False)
        lost = True
        for fresh in (False, True):
            with pytest.raises(Stale):
                await ask(fresh=fresh)
        await transport.aclose()
    kept, new = listener.connections
    assert kept.count(method.encode()) == 1
    assert not new


async def test_who_never_got_a_connection_can_be_told_from_who_lost_one() -> None:
    async with listening() as listener:
        gone = listener.url

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        lost = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        transport = GraphTransport(Cloud("custom", lost, lost), GraphSettings())
        with pytest.raises(httpx.ConnectError):
            await transport.handle_async_request(httpx.Request("POST", f"{gone}/v1.0/groups"))
        with pytest.raises(httpx.RequestError) as sent:
            await transport.handle_async_request(httpx.Request("POST", f"{lost}/v1.0/groups"))
        await transport.aclose()

    assert not isinstance(sent.value, httpx.ConnectError)
