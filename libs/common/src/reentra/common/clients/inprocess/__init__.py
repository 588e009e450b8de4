"""Kafka's semantics inside one process, under the very same FastStream broker: one programming model.

`InProcessTransport` holds the topics; several brokers share one. Consumer groups, acknowledgement, rewinding and
"earliest" are as with Kafka; partitions are not needed (each topic has one). Nothing survives the process. Instead a
send is confirmed only after every group that listens has acknowledged the message (or after a bound): what an outbox
gives up has been handled, so a killed process loses nothing. For the same reason whoever publishes from an outbox
starts after those who listen, and stops before them.
"""

from reentra.common.clients.inprocess.broker import InProcessBroker
from reentra.common.clients.inprocess.transport import InProcessTransport

__all__ = ["InProcessBroker", "InProcessTransport"]
