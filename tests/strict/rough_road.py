"""The whole road in bad weather: `python -m tests.strict.rough_road`. Lost answers to writes, 504 and 429 in batches
and beside them, Retry-After. Prints what struck and what the examiner counted; exit status 0 only when the road holds.
"""

import sys
import tempfile
from pathlib import Path

from tests.e2e.smoke import walk_the_road
from tests.e2e.world import Simulator, installation
from tests.strict.serving import strict_cloud
from tests.strict.traffic import Request, items_of
from tests.strict.weather import Packed, Storm


def writes(request: Request) -> bool:
    items = items_of(request).values()
    return any(item.method != "GET" for item in items) if items else request.method != "GET"


def main() -> int:
    storms = [
        Storm(3, 0, half=True, matching=writes, most=4),
        Storm(4, 504, matching=writes, most=3, code="GatewayTimeout"),
        Storm(9, 429, retry_after=1, most=6),
        Storm(7, 429, retry_after=1, items=True, most=4),
    ]
    with tempfile.TemporaryDirectory(prefix="rough-road-") as name:
        folder = Path(name)
        with strict_cloud(users=30, seed=5, ca_folder=folder / "ca") as strict:
            cloud = Simulator(strict.facts)
            strict.examiner.weather = [*storms, Packed()]
            try:
                with installation(folder, cloud) as reentra:
                    walk_the_road(cloud, reentra, folder, print)
            finally:
                print("struck:", [storm.struck for storm in storms])
                print("counted:", *strict.examiner.violations or ["nothing"], sep="\n  ")
    return 1 if strict.examiner.violations else 0


if __name__ == "__main__":
    sys.exit(main())
