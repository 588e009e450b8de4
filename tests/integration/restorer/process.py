"""A process that a test can kill: goes on with the unfinished jobs of its data folder until none is left.

python -m tests.integration.restorer.process '<json of station.Cloud>' DATA
"""

import asyncio
import json
import sys
from pathlib import Path

from reentra.common.jobs.job import JobFilter

from .station import Cloud, opened


async def main(cloud: Cloud, data: Path) -> None:
    async with opened(cloud, data) as station:
        while await station.jobs.list(JobFilter(statuses=("queued", "running"))):
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(Cloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))
