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
from bench.least import DELTA_PAGE, Volume, least_requests
from bench.stored import Restic, Stored, stored_in, write_json_files
from reentra.common.ids import TenantId

Column = dict[str, str]
_OWN_WORK_PAGES = (DELTA_PAGE, 999)


def measured(users: int) -> Column:
    with tempfile.TemporaryDirectory(prefix="reentra-bench-") as name, simulated_cloud(users) as cloud:
        folder = Path(name)
        data = folder / "data"
        full = _back_up(cloud, data)
        unchanged = _back_up(cloud, data)
        first_night = stored_in(data / "objects")
        cloud.mutate("user", 1)
        changed = _back_up(cloud, data)
        speed = {**_speed(full), **_own_work(cloud, folder), **_reading(cloud, data)}
        nights = (first_night, stored_in(data / "objects"))
        return {**_requests(full, unchanged, changed), **speed, **_bytes(cloud, data, folder, nights)}


def _back_up(cloud: SimulatedCloud, data: Path) -> Any:
    data.mkdir(exist_ok=True)
    cloud.reset()
    found = _run("bench.worker", json.dumps(asdict(cloud)), str(data))
    return {**found, "seen": cloud.counters()}


def _requests(full: Any, unchanged: Any, changed: Any) -> Column:
    asked = [one["stats"]["requests"] for one in (full, unchanged, changed)]
    least = [
        least_requests(Volume(full["types"], None, full["singles"])),
        least_requests(Volume(unchanged["types"], unchanged["changed"], unchanged["singles"])),
        least_requests(Volume(changed["types"], changed["changed"], changed["singles"])),
    ]
    return {
        "objects": f"{full['objects']:,}",
        "requests: full": _beside_least(asked[0], least[0]),
        "requests: unchanged": f"{_beside_least(asked[1], least[1])} {asked[1] / asked[0]:.1%}",
        "requests: 1 % of users changed": f"{_beside_least(asked[2], least[2])} {asked[2] / asked[0]:.1%}",
        "resource units: full": f"{full['seen']['resourceUnits']:,}",
        "resource units: unchanged": f"{unchanged['seen']['resourceUnits']:,}",
        "resource units: 1 % changed": f"{changed['seen']['resourceUnits']:,}",
        "segments: full, unchanged, 1 %": f"{full['segments']}, {unchanged['segments']}, {changed['segments']}",
        "rules of Graph broken": str(sum(len(one["seen"]["violations"]) for one in (full, unchanged, changed))),
    }


def _beside_least(asked: int, least: int) -> str:
    return f"{asked:,} (least {least:,}: {asked / least - 1:+.0%})"


def _speed(full: Any) -> Column:
    return {
        "full backup, wall seconds": f"{full['wall_seconds']:.1f}",
        "full backup, objects per second": f"{full['objects'] / full['wall_seconds']:,.0f}",
        "CPU seconds per 1,000 objects, whole process": f"{1000 * full['cpu_seconds'] / full['objects']:.3f}",
        "peak memory, MiB": f"{full['peak_mib']:.0f}",
    }


def _own_work(cloud: SimulatedCloud, folder: Path) -> Column:
    column: Column = {}
    for entries in _OWN_WORK_PAGES:
        cloud.page_deltas_by(entries)
        own = _run("bench.own_work", json.dumps(asdict(cloud)), str(folder / f"own-{entries}"))
        speed, megabytes = own["objects"] / own["cpu_seconds"], own["page_bytes"] / own["cpu_seconds"] / 1e6
        column[f"own work, pages of {entries}: objects/s and core"] = f"{speed:,.0f} ({megabytes:.0f} MB/s)"
    return column


def _reading(cloud: SimulatedCloud, data: Path) -> Column:
    read = _run("bench.reading", str(data), cloud.tenant_id)
    return {
        "one object read back, cold (worst) and warm, ms": (
            f"{read['cold_ms']:.1f} ({read['cold_worst_ms']:.1f}), {read['warm_ms']:.2f}"
        ),
        "verify --all-data, records per second": f"{read['verified'] / read['verify_seconds']:,.0f}",
    }


def _bytes(cloud: SimulatedCloud, data: Path, folder: Path, nights: tuple[Stored, Stored]) -> Column:
    """The first night holds everything, the second 1 % of the users."""
    plain, tenant_id = folder / "json", TenantId(cloud.tenant_id)
    count = asyncio.run(write_json_files(data, tenant_id, 1, plain))
    first, second = (night.content for night in nights)
    files = stored_in(plain)
    column = {
        "bytes per object: Reentra's objects": f"{first / count:,.0f}",
        "bytes per object: its database, an index": f"{stored_in(data / 'reentra.db').content / count:,.0f}",
        "bytes per object: plain JSON, and on disk": (
            f"{files.content / count:,.0f}, {files.on_disk / count:,.0f} ({files.content / first:.1f} times)"
        ),
        "second night, KB: Reentra": f"{(second - first) / 1000:,.0f}",
    }
    if not Restic.is_installed():
        return {**column, "bytes per object: restic": "restic is not installed"}
    restic = Restic(folder / "restic")
    theirs = restic.back_up(plain).content
    raw = restic.raw_data()
    asyncio.run(write_json_files(data, tenant_id, 3, plain))
    grown = restic.back_up(plain).content - theirs
    return {
        **column,
        "bytes per object: restic, and its raw data": (
            f"{theirs / count:,.0f}, {raw / count:,.0f} ({theirs / first:.1f} times)"
        ),
        "second night, KB: restic": f"{grown / 1000:,.0f} ({grown / (second - first):.1f} times)",
    }


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
    print(f"{'users':<{width}}  " + "  ".join(f"{users:>32,}" for users in sizes))
    for name in columns[0]:
        print(f"{name:<{width}}  " + "  ".join(f"{column[name]:>32}" for column in columns))


if __name__ == "__main__":
    main()
