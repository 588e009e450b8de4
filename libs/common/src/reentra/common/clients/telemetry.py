"""What a process counts, for Prometheus. Every name and label is told in `docs/metrics.md`, which a test compares.

Labels are few and bounded: kinds, states, topics, statuses. No tenant, no person, no address: thousands of tenants
would be thousands of series, and who reads metrics need not know who is backed up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.kafka.response import KafkaPublishCommand
from faststream.message import StreamMessage
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from reentra.common.clients.topics import DEAD_LETTER_SUFFIX
from reentra.common.jobs.census import WORKERS, Census
from reentra.common.jobs.job import JobKind, JobStatus
from reentra.common.jobs.watch import Release

_REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_JOB_BUCKETS = (1, 5, 15, 60, 300, 900, 1800, 3600, 3 * 3600, 8 * 3600)


class Metrics:
    """One per process. Implements `jobs.watch.JobWatch`."""

    def __init__(self, service: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        about = Gauge("reentra_process", "1, with what runs here", ["service", "version"], registry=self._registry)
        about.labels(service, version("reentra-common")).set(1)
        self._jobs = self._gauge("reentra_jobs", "Unfinished jobs", "kind", "state")
        self._work = self._gauge("reentra_work_jobs", "Jobs in hand or runnable now, by who works on them", "service")
        self._outbox = self._gauge("reentra_outbox_documents", "Documents with unpublished events", "collection")
        self._releases = self._counter("reentra_job_releases", "Jobs that a worker here let go of", "kind", "how")
        self._held = self._histogram("reentra_job_held_seconds", "How long, each time", _JOB_BUCKETS, "kind")
        self._ended = self._histogram(
            "reentra_job_seconds", "From request to end of jobs that ended here", _JOB_BUCKETS, "kind", "status"
        )
        self._lost = self._counter("reentra_leases_lost", "Jobs that somebody else holds now", "kind")
        self._requests = self._counter("reentra_graph_requests", "Requests to Microsoft Graph", "method", "status")
        self._request_seconds = self._histogram(
            "reentra_graph_request_seconds", "Until Graph's answer began", _REQUEST_BUCKETS
        )
        self._waits = self._counter("reentra_graph_wait_seconds", "Waited for Graph's limits and before repetitions")
        self._blobs = self._counter("reentra_stored_objects", "Objects put into the object store")
        self._bytes = self._counter("reentra_stored_bytes", "Bytes put into the object store")
        self._sent = self._counter("reentra_messages_sent", "Messages given to the bus", "topic")
        self._handled = self._counter("reentra_messages_handled", "Messages done with, given up ones too", "topic")
        self._dead = self._counter("reentra_dead_letters", "Messages given up", "topic")
        for kinds in WORKERS.values():
            for kind in kinds:
                self._lost.labels(kind)  # shown as 0, so that the first one is a rise

    # --- jobs ---
    def released(self, kind: JobKind, how: Release, held_seconds: float) -> None:
        self._releases.labels(kind, how).inc()
        self._held.labels(kind).observe(held_seconds)
        if how == "lost":
            self._lost.labels(kind).inc()

    def ended(self, kind: JobKind, status: JobStatus, seconds: float) -> None:
        self._ended.labels(kind, status).observe(seconds)

    def counted(self, census: Census | None) -> None:
        """None: nobody can tell at present, so nothing is shown; an old number would look like a true one."""
        for gauge in (self._jobs, self._work, self._outbox):
            gauge.clear()
        if census is None:
            return
        for (kind, state), number in census.jobs.items():
            self._jobs.labels(kind, state).set(number)
        for service in WORKERS:
            self._work.labels(service).set(census.work(service))
        for collection, number in census.outboxes.items():
            self._outbox.labels(collection).set(number)

    # --- Graph ---
    def requested(self, method: str, status: str, seconds: float) -> None:
        self._requests.labels(method, status).inc()
        self._request_seconds.observe(seconds)

    async def sleep(self, seconds: float) -> None:
        """For `Pace`: what is slept there is waited for Graph."""
        await asyncio.sleep(seconds)
        self._waits.inc(max(0.0, seconds))

    # --- bytes ---
    def stored(self, size: int) -> None:
        self._blobs.inc()
        self._bytes.inc(size)

    # --- the bus ---
    def listen_in(self, broker: KafkaBroker) -> KafkaBroker:
        """Outermost, so that a message counts once however often it is tried."""

        def build(message: Any, /, *, context: Any) -> _Counting:
            return _Counting(message, context=context, metrics=self)

        broker.insert_middleware(build)
        return broker

    def sent(self, topic: str) -> None:
        self._sent.labels(topic).inc()
        if topic.endswith(DEAD_LETTER_SUFFIX):
            self._dead.labels(topic.removesuffix(DEAD_LETTER_SUFFIX)).inc()

    def handled(self, topic: str) -> None:
        self._handled.labels(topic).inc()

    # --- showing ---
    def text(self, accepted: str) -> tuple[bytes, str]:
        """In the format that this Accept header prefers, with its content type."""
        encode, content_type = choose_encoder(accepted)
        return encode(self._registry), content_type

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self._registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self._registry)


class _Counting(BaseMiddleware[Any, Any]):
    def __init__(self, message: Any, /, *, context: Any, metrics: Metrics) -> None:
        super().__init__(message, context=context)
        self._metrics = metrics

    async def publish_scope(self, call_next: Callable[[Any], Awaitable[Any]], cmd: KafkaPublishCommand) -> Any:
        answer = await call_next(cmd)
        self._metrics.sent(cmd.destination)
        return answer

    async def consume_scope(self, call_next: Callable[[Any], Any], msg: StreamMessage[Any]) -> Any:
        answer = await call_next(msg)
        self._metrics.handled(msg.raw_message.topic)
        return answer
