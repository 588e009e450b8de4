"""The topics of one process, and the bell that rings when something about them changed."""

import asyncio
from collections.abc import Callable, Iterable

from reentra.common.clients.inprocess.topic import Headers, MemoryTopic, Record


class InProcessTransport:
    def __init__(self, *, confirm_seconds: float = 10.0) -> None:
        """`confirm_seconds`: so long a sender waits for the listeners. One that is stuck, or retries for longer, must
        not hold up everybody else's messages."""
        self._confirm_seconds = confirm_seconds
        self._topics: dict[str, MemoryTopic] = {}
        self._changed = asyncio.Condition()

    @property
    def topic_names(self) -> Iterable[str]:
        return tuple(self._topics)

    def topic(self, name: str) -> MemoryTopic:
        return self._topics.setdefault(name, MemoryTopic(name))

    async def append(self, topic: str, value: bytes | None, key: bytes | None, headers: Headers) -> Record:
        record = self.topic(topic).append(value, key, headers)
        await self.tell()
        return record

    async def confirm(self, record: Record) -> bool:
        """Waits for every group that listens. False when that took too long."""
        topic = self.topic(record.topic)
        try:
            async with asyncio.timeout(self._confirm_seconds):
                await self.until(lambda: topic.is_done(record.offset))
        except TimeoutError:
            return False
        return True

    async def tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(condition)
