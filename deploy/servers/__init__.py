"""Real servers on one machine without a container engine: Apache Kafka, MinIO and a MongoDB-wire server.

1. `python -m deploy.servers` (`make servers`) puts what is missing into the cache folder, once, checks what came, and
   says what it could not have and why. Nothing else ever downloads.
2. `start_kafka`, `start_minio` and `start_mongo` run them on loopback, on free ports, with data in a folder of the
   caller's. They raise `Unavailable` with the reason when a server is not in the cache.
3. Each is a child process, stopped by its own process id.

They are for tests and for trying out. SecantusDB in particular is a beta under the GPL: a test server in a process of
its own, never shipped and never a user's store.
"""

from deploy.servers.cache import NotStarted, Unavailable
from deploy.servers.kafka import KafkaServer, SecuredListener, start_kafka
from deploy.servers.minio import MinioServer, start_minio
from deploy.servers.mongo import MongoServer, start_mongo

__all__ = [
    "KafkaServer",
    "MinioServer",
    "MongoServer",
    "NotStarted",
    "SecuredListener",
    "Unavailable",
    "start_kafka",
    "start_minio",
    "start_mongo",
]
