"""What one small backup costs, and whom: `python -m bench.account [--tenants 12] [--collectors 1] [--callers]`.

Real servers, each service a process of its own, a simulated Graph. Per backup: CPU of each process, commands to MongoDB
by collection and kind, the milliseconds that they were waited for, requests to S3 by kind, messages by topic; first
backups, and then backups of tenants in which nothing changed. What the processes do anyway meanwhile is in it, so the
seconds it took are printed too. `--callers` tells which code asks MongoDB, `--idle-seconds 60` what nobody asked for.
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
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.fleet import Conditions, Fleet, fleet
from reentra.common.clients.topics import topics

_S3_REQUESTS = re.compile(r'^minio_s3_requests_total\{api="(\w+)".*\} (\S+)$', re.MULTILINE)
_GROUPS = {"cpu": "cpu ms", "mongo": "mongo", "waited": "waited for mongo, ms", "s3": "s3", "kafka": "kafka"}
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
        told = json.loads(path.read_text())
        counts.update({f"mongo {service} {what}": number for what, number in told["counts"].items()})
        counts.update({f"waited {service} {what}": number / 1000 for what, number in told["micros"].items()})
        counts.update({f"callers {service} {what}": number for what, number in told["callers"].items()})
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


def report(what: str, spent: Counts, tenants: int, seconds: float, groups: Mapping[str, str]) -> None:
    print(f"{what}, {seconds:.1f} s:", flush=True)
    for group, title in groups.items():
        rows = {name: number for name, number in spent.items() if name.startswith(f"{group} ") and number}
        print(f"  {title:<52} {sum(rows.values()) / tenants:>8.1f}")
        for name, number in sorted(rows.items(), key=lambda row: -row[1]):
            print(f"    {name.removeprefix(group + ' '):<50} {number / tenants:>8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.account", description=__doc__)
    parser.add_argument("--tenants", type=int, default=12)
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--latency-ms", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--collectors", type=int, default=1)
    parser.add_argument("--callers", action="store_true", help="who asks MongoDB, too")
    parser.add_argument(
        "--idle-seconds", type=float, default=0.0, help="look on so long before, while nothing is asked"
    )
    chosen = parser.parse_args()
    groups = _GROUPS | ({"callers": "mongo, by caller"} if chosen.callers else {})
    conditions = Conditions(chosen.tenants, chosen.users, chosen.latency_ms, chosen.at_once)
    os.environ["MINIO_PROMETHEUS_AUTH_TYPE"] = "public"
    with tempfile.TemporaryDirectory(prefix="reentra-bench-") as folder:
        counted = Path(folder) / "counts"
        counted.mkdir()
        settings = {"PYTHONPATH": str(Path(__file__).parent / "counted"), "BENCH_COUNTS": str(counted)}
        with fleet(Path(folder), conditions, chosen.collectors, settings) as running:
            before = counts_now(running, counted)

            def told(what: str, do: Callable[[], float], tenants: int) -> None:
                nonlocal before
                seconds = do()
                after = counts_now(running, counted)
                spent = Counter({name: number - before[name] for name, number in after.items()})
                report(what, spent, tenants, seconds, groups)
                before = after

            if chosen.idle_seconds:
                told("idle, all together", partial(_idle, chosen.idle_seconds), 1)
            for what in ("first backups", "nothing changed"):
                told(what, partial(running.back_up, running.tenants), conditions.tenants)


def _idle(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


if __name__ == "__main__":
    main()
