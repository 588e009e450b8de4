"""Every request to Graph is told as it went over the wire: method, status and time, never an address."""

import time
from collections.abc import Callable

import httpx

RequestWatch = Callable[[str, str, float], None]
"""Method, status ("none" without an answer), seconds until the answer began."""


class WatchedTransport(httpx.AsyncBaseTransport):
    def __init__(self, transport: httpx.AsyncBaseTransport, watch: RequestWatch) -> None:
        self._transport = transport
        self._watch = watch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        began = time.monotonic()
        status = "none"
        try:
            response = await self._transport.handle_async_request(request)
            status = str(response.status_code)
        finally:
            self._watch(request.method, status, time.monotonic() - began)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()
