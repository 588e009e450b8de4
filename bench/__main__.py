"""`make bench`: requests, resource units, speed, memory and bytes, one column per size, all in one run.

python -m bench [--users 1000 10000 100000]
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cloud import SimulatedCloud, simulated_cloud
from bench.stored import Restic, stored_in, write_json_files
from reentra.common.ids import TenantId

Column = dict[str, str]


def measured(users: int) -> Column:
    with tempfile.TemporaryDirectory(prefix="reentra-bench-") as name, simulated_cloud(users) as cloud:
        folder = Path(name)
        data = folder / "data"
        full = _back_up(cloud, data)
        unchanged = _back_up(cloud, data)
        cloud.mutate("user", 1)
        changed = _back_up(cloud, data)
        own = _run("bench.own_work", json.dumps(asdict(cloud)), str(folder / "own"))
        read = _run("bench.reading", str(data), cloud.tenant_id)
        return {**_requests(full, unchanged, changed), **_speed(full, own, read), **_bytes(cloud, data, folder, full)}


def _back_up(cloud: SimulatedCloud, data: Path) -> Any:
    data.mkdir(exist_ok=True)
    cloud.reset()
    found = _run("bench.worker", json.dumps(asdict(cloud)), str(data))
    return {**found, "seen": cloud.counters()}


def _requests(full: Any, unchanged: Any, changed: Any) -> Column:
    asked = [one["stats"]["requests"] for one in (full, unchanged, changed)]
    return {
        "objects": f"{full['objects']:,}",
        "requests: full": f"{asked[0]:,}",
        "requests: unchanged": f"{asked[1]:,} ({asked[1] / asked[0]:.1%})",
        "requests: 1 % of users changed": f"{asked[2]:,} ({asked[2] / asked[0]:.1%})",
        "resource units: full": f"{full['seen']['resourceUnits']:,}",
        "resource units: unchanged": f"{unchanged['seen']['resourceUnits']:,}",
        "resource units: 1 % changed": f"{changed['seen']['resourceUnits']:,}",
        "segments: full, unchanged, 1 %": f"{full['segments']}, {unchanged['segments']}, {changed['segments']}",
        "rules of Graph broken": str(sum(len(one["seen"]["violations"]) for one in (full, unchanged, changed))),
    }


def _speed(full: Any, own: Any, read: Any) -> Column:
    return {
        "full backup, wall seconds": f"{full['wall_seconds']:.1f}",
        "CPU seconds per 1,000 objects, whole process": f"{1000 * full['cpu_seconds'] / full['objects']:.3f}",
        "own work, objects per second and core": f"{own['objects'] / own['cpu_seconds']:,.0f}",
        "peak memory, MiB": f"{full['peak_mib']:.0f}",
        "one object read back, cold and warm, ms": f"{read['cold_ms']:.1f}, {read['warm_ms']:.2f}",
        "verify --all-data, records per second": f"{read['verified'] / read['verify_seconds']:,.0f}",
    }


def _bytes(cloud: SimulatedCloud, data: Path, folder: Path, full: Any) -> Column:
    plain = folder / "json"
    count = asyncio.run(write_json_files(data, TenantId(cloud.tenant_id), 1, plain))
    ours, files = full["segment_bytes"], stored_in(plain).content
    column = {
        "bytes per object: Reentra": f"{ours / count:,.0f}",
        "bytes per object: plain JSON": f"{files / count:,.0f} ({files / ours:.1f} times ours)",
    }
    if not Restic.is_installed():
        return {**column, "bytes per object: restic": "restic is not installed"}
    theirs = Restic(folder / "restic").back_up(plain).content
    return {**column, "bytes per object: restic": f"{theirs / count:,.0f} ({theirs / ours:.1f} times ours)"}


def _run(module: str, *words: str) -> Any:
    done = subprocess.run([sys.executable, "-m", module, *words], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    sizes = parser.parse_args().users
    columns = []
    for users in sizes:
        print(f"measuring {users:,} users", file=sys.stderr, flush=True)
        columns.append(measured(users))
    print(f"{os.cpu_count()} cores; each step in a process of its own\n")
    width = max(len(name) for name in columns[0])
    print(f"{'users':<{width}}  " + "  ".join(f"{users:>26,}" for users in sizes))
    for name in columns[0]:
        print(f"{name:<{width}}  " + "  ".join(f"{column[name]:>26}" for column in columns))


if __name__ == "__main__":
    main()
