"""Restores before the examiner: the restorer's own bench, in Graph's own time, behind another party's Graph."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.restorer.conftest import Bench, cloud_of, give_role
from tests.integration.restorer.station import opened
from tests.strict.examiner import Examiner
from tests.strict.serving import strict_cloud
from tests.strict.weather import Weather

from reentra.common.clients.graph.pace import Pace
from reentra.common.ids import TenantId
from reentra.restorer.settings import RestorerSettings

_SETTINGS = RestorerSettings(first_pause_seconds=0.25, probe_patience_seconds=1.0, glance_seconds=0.5)


@dataclass(slots=True)
class StrictRestores:
    bench: Bench
    examiner: Examiner

    def weather(self, *parts: Weather) -> None:
        self.examiner.weather = parts

    @property
    def violations(self) -> list[str]:
        return [*self.examiner.violations, *self.bench.violations()]


@asynccontextmanager
async def strict_restores(folder: Path, *, users: int = 30, seed: int = 3) -> AsyncIterator[StrictRestores]:
    with strict_cloud(users=users, seed=seed) as strict:
        give_role(strict.served)
        cloud = cloud_of(strict.served)
        async with opened(cloud, folder, pace=Pace(), settings=_SETTINGS) as station:
            bench = Bench(strict.served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)
            yield StrictRestores(bench, strict.examiner)
