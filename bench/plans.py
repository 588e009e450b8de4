"""Planning a whole tenant's restore: memory and time by size. `python -m bench.plans [USERS ...]`

Three plans each: nothing changed; 1 % of the users changed; every twentieth user in the recycle bin.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.cloud import SimulatedCloud, simulated_cloud


def measure(module: str, cloud: SimulatedCloud, data: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", module, json.dumps(asdict(cloud)), str(data)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    for users in [int(word) for word in sys.argv[1:]] or [20_000]:
        with simulated_cloud(users) as cloud, tempfile.TemporaryDirectory(prefix="bench-plans-") as folder:
            data = Path(folder)
            measure("bench.worker", cloud, data)
            print(f"{users} users, unchanged:", measure("bench.plan_worker", cloud, data), flush=True)
            cloud.mutate("user", 1)
            print(f"{users} users, 1 % changed:", measure("bench.plan_worker", cloud, data), flush=True)
            for user in list(cloud.control("GET", f"/tenants/{cloud.tenant_id}/objects/user"))[::20]:
                cloud.control("DELETE", f"/tenants/{cloud.tenant_id}/object/{user}")
            print(f"{users} users, 5 % in the bin:", measure("bench.plan_worker", cloud, data), flush=True)


if __name__ == "__main__":
    main()
