"""A process that a test can kill: goes on with the unfinished jobs of its data folder until none is left.

python -m tests.integration.restorer.process '<json of station.Cloud>' DATA [BUG]
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reentra.common.jobs.job import JobFilter
from reentra.restorer.operations.plans import Chunk, Plans
from reentra.restorer.operations.probing import Prober

from .station import Cloud, opened


def _store_no_intents() -> None:
    stored = Plans.save

    async def save(plans: Plans, chunk: Chunk) -> None:
        if not any(outcome["state"] == "sent" for outcome in chunk.outcomes):
            await stored(plans, chunk)

    Plans.save = save  # type: ignore[method-assign]


def _look_for_nothing() -> None:
    async def find(*_: Any) -> None:
        return None

    Prober.find = find  # type: ignore[method-assign]


BUGS: Mapping[str, Callable[[], None]] = {"no-intents": _store_no_intents, "no-looking": _look_for_nothing}


async def main(cloud: Cloud, data: Path) -> None:
    async with opened(cloud, data) as station:
        while await station.jobs.list(JobFilter(statuses=("queued", "running"))):
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    for word in sys.argv[3:]:
        BUGS[word]()
    asyncio.run(main(Cloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))
