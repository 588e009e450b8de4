"""Prints what becomes of backups, and who did what: `KAFKA=kafka-1:9092 GROUP=watchers python watch_status.py`."""

import asyncio
import json
import os
from collections import deque

from aiokafka import AIOKafkaConsumer

TOPICS = [f"{name}.v1" for name in ("collector.backup-progressed", "collector.backup-finished", "gateway.audit")]
SHOWN = ("time", "tenant_id", "object_type", "action", "status", "outcome")


async def main() -> None:
    seen: deque[object] = deque(maxlen=10_000)
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    servers, group = os.environ["KAFKA"], os.environ["GROUP"]
    async with AIOKafkaConsumer(*TOPICS, bootstrap_servers=servers, group_id=group, **options) as consumer:
        async for record in consumer:
            try:
                event = json.loads(record.value)  # fields that are unknown here came later: leave them alone
                others = event.get("others", {}).items()  # a backup tells of several object types at once
                told = [event, *({**event, **other, "object_type": name} for name, other in others)]
                event_id, lines = event["event_id"], [[each[n] for n in SHOWN if each.get(n)] for each in told]
            except Exception:  # a stranger's message must not end this: whatever it is, it is none of Reentra's
                event_id, lines = (record.partition, record.offset), [["holds a message that is no event"]]
            if event_id not in seen:  # at least once: the same event may come again
                for shown in lines:
                    print(record.topic, *shown, flush=True)
                seen.append(event_id)
            await consumer.commit()  # only now: after a crash the event comes again


asyncio.run(main())
