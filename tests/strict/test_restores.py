"""Restores break no rule of Graph, whatever a backup holds and whatever becomes of the answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.strict.restoring import StrictRestores, strict_restores
from tests.strict.weather import MoreNames

QUICK_TYPES = ["user", "group", "application", "servicePrincipal", "administrativeUnit", "device"]


@pytest.fixture
async def restores(tmp_path: Path) -> AsyncIterator[StrictRestores]:
    async with strict_restores(tmp_path) as found:
        yield found


async def test_properties_that_nobody_documents_are_left_out_and_told(restores: StrictRestores) -> None:
    bench = restores.bench
    restores.weather(MoreNames())
    await bench.back_up(types=QUICK_TYPES)
    restores.weather()
    people = [u["id"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")]
    group = bench.plain_group()
    unit = next(u["id"] for u in bench.directory.objects("administrativeUnit"))
    extension = "extension_0123456789abcdef0123456789abcdef_costs"
    bench.directory.hard_delete(people[-1])
    bench.directory.hard_delete(group)
    bench.directory.patch(people[0], {"jobTitle": "Astronaut", extension: "x"})
    bench.directory.patch(unit, {"description": "Changed"})

    for object_type, object_id in (
        ("user", people[-1]),
        ("group", group),
        ("user", people[0]),
        ("administrativeUnit", unit),
    ):
        plan = await bench.plan(object_type, object_id)
        told = [remark for remark in plan.skipped if remark["code"] == "unknown_property"]
        assert [remark["object_id"] for remark in told][:1] == [object_id]
        assert "futureProperty" in told[0]["reason"]
        job = await bench.apply(plan)
        assert job.status == "succeeded", (
            job.result["failures"],
            [d["why"] for d in job.result["differences"]],
            [s.body for s in await bench.steps(plan)],
        )
        assert (await bench.plan(object_type, object_id)).is_identical
    assert restores.violations == []
