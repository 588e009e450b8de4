"""A member of a consumer group, shaped like aiokafka's consumer as far as FastStream uses it."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError

from reentra.common.clients.inprocess.topic import Group, MemoryTopic, Record
from reentra.common.clients.inprocess.transport import InProcessTransport


class MemoryConsumer:
    def __init__(
        self,
        transport: InProcessTransport,
        *,
        group_id: str | None = None,
        auto_offset_reset: str = "latest",
        enable_auto_commit: bool = True,
        **_of_the_network: Any,
    ) -> None:
        """Takes aiokafka's options; those about sockets, sessions and fetching mean nothing here."""
        self._transport = transport
        self._group_id = group_id or f"nameless-{secrets.token_hex(8)}"
        self._earliest = auto_offset_reset == "earliest"
        self._acknowledges_at_once = enable_auto_commit
        self._names: list[str] = []
        self._pattern: re.Pattern[str] | None = None
        self._joined: dict[str, Group] = {}
        self._delivered: set[tuple[str, int]] = set()
        self._stopped = False

    def subscribe(self, topics: Sequence[str] = (), pattern: str | None = None, listener: Any = None) -> None:
        """`listener` hears of partitions that move between members; here none ever does."""
        del listener
        self._names = list(topics)
        self._pattern = re.compile(pattern) if pattern else None

    async def start(self) -> None:
        self._subscribed()

    async def stop(self) -> None:
        self._stopped = True
        for name, offset in self._delivered:
            self._joined[name].give_back(offset)
        for group in self._joined.values():
            group.members -= 1
        self._delivered.clear()
        self._joined.clear()
        await self._transport.tell()

    async def getone(self) -> Record:
        found: list[Record] = []

        def take() -> bool:
            if not self._stopped and (record := self._take()) is not None:
                found.append(record)
            return self._stopped or bool(found)

        await self._transport.until(take)
        if not found:
            raise ConsumerStoppedError
        if self._acknowledges_at_once:
            # Whoever sent it waits for that, and may have looked before it was taken.
            await self._transport.tell()
        return found[0]

    async def getmany(
        self, timeout_ms: float = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        """What is there, waiting up to `timeout_ms` for the first."""
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                records = [await self.getone()]
        except TimeoutError:
            return {}
        while (max_records is None or len(records) < max_records) and (record := self._take()) is not None:
            records.append(record)
        many: dict[TopicPartition, list[Record]] = {}
        for record in records:
            many.setdefault(TopicPartition(record.topic, 0), []).append(record)
        return many

    async def __aiter__(self) -> AsyncIterator[Record]:
        while not self._stopped:
            try:
                yield await self.getone()
            except ConsumerStoppedError:
                return

    async def commit(self) -> None:
        for name, offset in self._delivered:
            self._joined[name].unacknowledged.discard(offset)
        self._delivered.clear()
        await self._transport.tell()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Rewinds: what this member was given from there on is delivered again."""
        for name, delivered in sorted(self._delivered):
            if name == partition.topic and delivered >= offset:
                self._delivered.discard((name, delivered))
                self._joined[name].give_back(delivered)

    def _take(self) -> Record | None:
        for topic in self._subscribed():
            group = self._joined[topic.name]
            record = topic.take(group)
            if record is None:
                continue
            if self._acknowledges_at_once:
                group.unacknowledged.discard(record.offset)
            else:
                self._delivered.add((topic.name, record.offset))
            return record
        return None

    def _subscribed(self) -> list[MemoryTopic]:
        """A pattern finds topics that came later as well."""
        names = list(self._names)
        if self._pattern is not None:
            names += [name for name in self._transport.topic_names if self._pattern.match(name)]
        topics = [self._transport.topic(name) for name in names]
        for topic in topics:
            if topic.name not in self._joined:
                group = topic.group(self._group_id, earliest=self._earliest)
                group.members += 1
                self._joined[topic.name] = group
        return topics
