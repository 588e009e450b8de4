"""What one small backup costs, and whom: `python -m bench.account [--tenants 12] [--collectors 1]`.

Real servers, each service a process of its own, a simulated Graph. Per backup: CPU of each process, commands to MongoDB
by collection and kind, requests to S3 by kind, messages by topic; first backups, and then backups of tenants in which
nothing changed. What the processes do anyway meanwhile is in it, so the seconds it took are printed too.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.fleet import Conditions, Fleet, fleet
from reentra.common.clients.topics import topics

_S3_REQUESTS = re.compile(r'^minio_s3_requests_total\{api="(\w+)".*\} (\S+)$', re.MULTILINE)
Counts = Counter[str]


def counts_now(running: Fleet, folder: Path) -> Counts:
    counts: Counts = Counter()
    counts["cpu simulated Graph"] = _cpu_ms(running.simulator)
    for name, process in running.stack.processes.items():
        assert process.pid is not None
        counts[f"cpu {name}"] = _cpu_ms(process.pid)
    counts.update(_commands(running, folder))
    counts.update(asyncio.run(_messages(running.kafka)))
    endpoint = running.stack.environment["REENTRA_S3__ENDPOINT"]
    told = httpx.get(f"{endpoint}/minio/v2/metrics/cluster", trust_env=False).raise_for_status().text
    counts.update({f"s3 {api}": int(float(number)) for api, number in _S3_REQUESTS.findall(told)})
    return counts


def _cpu_ms(pid: int) -> int:
    times = psutil.Process(pid).cpu_times()
    return round(1000 * (times.user + times.system))


def _commands(running: Fleet, folder: Path) -> Counts:
    counts: Counts = Counter()
    for name in running.stack.health:
        pid = running.stack.processes[name].pid
        assert pid is not None
        path = folder / f"{pid}.json"
        path.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR2)
        while not path.exists():
            time.sleep(0.05)
        service = re.sub(r"-\d+$", "", name)
        counts.update({f"mongo {service} {what}": number for what, number in json.loads(path.read_text()).items()})
    return counts


async def _messages(server: str) -> Counts:
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(bootstrap_servers=server)
    await consumer.start()
    try:
        places = [TopicPartition(spec.name, number) for spec in topics() for number in range(spec.partitions)]
        counts: Counts = Counter()
        for place, end in (await consumer.end_offsets(places)).items():
            counts[f"kafka {place.topic}"] += end
        return counts
    finally:
        await consumer.stop()


def report(what: str, spent: Counts, tenants: int, seconds: float) -> None:
    print(f"{what}, {seconds:.1f} s:", flush=True)
    for group in ("cpu", "mongo", "s3", "kafka"):
        rows = {name: number for name, number in spent.items() if name.startswith(f"{group} ") and number}
        print(f"  {group + (' ms' if group == 'cpu' else ''):<52} {sum(rows.values()) / tenants:>8.1f}")
        for name, number in sorted(rows.items(), key=lambda row: -row[1]):
            print(f"    {name.removeprefix(group + ' '):<50} {number / tenants:>8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.account", description=__doc__)
    parser.add_argument("--tenants", type=int, default=12)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--latency-ms", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--collectors", type=int, default=1)
    chosen = parser.parse_args()
    conditions = Conditions(chosen.tenants, chosen.users, chosen.latency_ms, chosen.at_once)
    os.environ["MINIO_PROMETHEUS_AUTH_TYPE"] = "public"
    with tempfile.TemporaryDirectory(prefix="reentra-bench-") as folder:
        counted = Path(folder) / "counts"
        counted.mkdir()
        settings = {"PYTHONPATH": str(Path(__file__).parent / "counted"), "BENCH_COUNTS": str(counted)}
        with fleet(Path(folder), conditions, chosen.collectors, settings) as running:
            before = counts_now(running, counted)
            for what in ("first backups", "nothing changed"):
                seconds = running.back_up(running.tenants)
                after = counts_now(running, counted)
                spent = Counter({name: number - before[name] for name, number in after.items()})
                report(what, spent, conditions.tenants, seconds)
                before = after


if __name__ == "__main__":
    main()
