"""FastStream's `KafkaBroker` on an in-process transport: only the connection differs."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata
from faststream._internal.parser import DefaultCodec
from faststream.kafka import KafkaBroker

from reentra.common.clients.inprocess.consumer import MemoryConsumer
from reentra.common.clients.inprocess.topic import Headers, Record
from reentra.common.clients.inprocess.transport import InProcessTransport
from reentra.common.clients.topics import largest_message


class InProcessBroker(KafkaBroker):
    """Subscribers, publishers and middlewares are FastStream's own and notice nothing."""

    def __init__(self, transport: InProcessTransport, **options: Any) -> None:
        super().__init__("in-process", **options)
        self._transport = transport

    async def _connect(self) -> Any:
        config: Any = self.config.broker_config
        await config.producer.connect(
            _Producer(self._transport),
            serializer=config.fd_config._serializer,
            codec=config.broker_codec or DefaultCodec(),
        )
        config.builder = partial(MemoryConsumer, self._transport)
        return config.builder


@dataclass(slots=True)
class _Batch:
    messages: list[tuple[bytes | None, bytes | None, Headers]] = field(default_factory=list)

    def append(self, *, key: bytes | None, value: bytes | None, timestamp: int | None, headers: Headers) -> object:
        """Never full, so never None."""
        del timestamp
        self.messages.append((value, key, headers))
        return self


class _Producer:
    """Shaped like aiokafka's: `send` returns a future that is done when the message is safe."""

    def __init__(self, transport: InProcessTransport) -> None:
        self._transport = transport
        self._unconfirmed: set[asyncio.Task[RecordMetadata]] = set()
        self._closed = False

    async def start(self) -> None:
        self._closed = False

    async def stop(self) -> None:
        await self.flush()
        self._closed = True

    async def flush(self) -> None:
        if self._unconfirmed:
            await asyncio.wait(self._unconfirmed)

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Headers | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        del partition, timestamp_ms
        size = len(value or b"") + len(key or b"") + sum(len(name) + len(text) for name, text in headers or ())
        if size > largest_message(topic):
            raise MessageSizeTooLargeError(f"{size} bytes for {topic}")
        return self._confirmation(await self._transport.append(topic, value, key, headers or ()))

    def create_batch(self) -> _Batch:
        return _Batch()

    async def send_batch(
        self, batch: _Batch, topic: str, *, partition: int | None = None
    ) -> "asyncio.Future[RecordMetadata]":
        del partition
        records = [await self._transport.append(topic, *message) for message in batch.messages]
        return self._confirmation(records[-1])

    def _confirmation(self, record: Record) -> "asyncio.Future[RecordMetadata]":
        task = asyncio.create_task(self._confirmed(record))
        self._unconfirmed.add(task)
        task.add_done_callback(self._unconfirmed.discard)
        return task

    async def _confirmed(self, record: Record) -> RecordMetadata:
        await self._transport.confirm(record)
        partition = TopicPartition(record.topic, record.partition)
        return RecordMetadata(record.topic, record.partition, partition, record.offset, record.timestamp, 0, 0)
