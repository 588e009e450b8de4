"""Restores break no rule of Graph, whatever a backup holds and whatever becomes of the answers."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from tests.strict.restoring import StrictRestores, strict_restores
from tests.strict.traffic import Request, items_of
from tests.strict.weather import MoreNames, Storm, Weather

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


def writes(request: Request) -> bool:
    items = items_of(request).values()
    return any(item.method != "GET" for item in items) if items else request.method != "GET"


STORMS: dict[str, Callable[[], Sequence[Weather]]] = {
    "504 after the work": lambda: [Storm(2, 504, after=True, matching=writes, most=4, code="GatewayTimeout")],
    "504 before it": lambda: [Storm(2, 504, matching=writes, most=4, code="GatewayTimeout")],
    "half bodies": lambda: [Storm(2, 0, half=True, matching=writes, most=4)],
    "resets": lambda: [Storm(2, 0, matching=writes, most=4)],
    "503 of items": lambda: [Storm(2, 503, items=True, matching=writes, most=4, code="ServiceUnavailable")],
    "429 with Retry-After": lambda: [Storm(2, 429, matching=writes, retry_after=1, most=3)],
    "429 of items": lambda: [Storm(2, 429, items=True, matching=writes, retry_after=1, most=3)],
}


@pytest.mark.parametrize("storm", STORMS)
async def test_no_write_is_repeated_before_it_was_looked_for(restores: StrictRestores, storm: str) -> None:
    """Creates, undeletes, changes, links in bulk and one by one, links taken away, a manager, an assignment."""
    bench = restores.bench
    await bench.back_up(types=[*QUICK_TYPES, "roleAssignment"])
    directory = bench.directory
    free = [
        u["id"] for u in directory.objects("user")
        if not u.get("onPremisesSyncEnabled") and not directory.joined("roleAssignments", u["id"])
    ]  # fmt: skip
    group = bench.plain_group()
    members = bench.links("members", group)
    managed = next(u for u in free if bench.links("manager", u))
    assignment = next(a for a in directory.objects("roleAssignment") if a["id"] != "writer-role")
    directory.hard_delete(group)
    directory.hard_delete(assignment["id"])
    directory.soft_delete(next(u for u in reversed(free) if u != managed))
    directory.patch(managed, {"jobTitle": "Changed"})
    directory.remove_link("manager", managed, next(iter(bench.links("manager", managed))))
    other = next(
        g["id"] for g in directory.objects("group")
        if not g["groupTypes"] and not g["mailEnabled"] and not g.get("onPremisesSyncEnabled")
        and not g.get("isAssignableToRole")
    )  # fmt: skip
    stranger = next(u for u in free if u not in bench.links("members", other))
    directory.add_link("members", other, stranger)

    for object_type in ("user", "group", "roleAssignment"):
        plan = await bench.plan(object_type)
        restores.weather(*STORMS[storm]())
        job = await bench.apply(plan)
        restores.weather()
        assert job.status == "succeeded", (job.result["failures"], job.result["differences"])
        assert (await bench.plan(object_type)).is_identical
    made = [g for g in directory.objects("group") if bench.links("members", g["id"]) == members]
    assert len(made) == 1
    assert restores.violations == []


async def test_what_cannot_be_found_out_is_unknown_and_not_refused(restores: StrictRestores) -> None:
    bench = restores.bench
    group = bench.plain_group()
    await bench.back_up(types=["group"])
    bench.directory.hard_delete(group)
    plan = await bench.plan("group", group)
    lost = Storm(1, 504, matching=lambda r: writes(r) and "/groups" in str(r.body), code="GatewayTimeout")
    restores.weather(lost)
    job = await bench.apply(plan)
    restores.weather()
    create = job.result["failures"][0]
    assert (create["state"], job.result["failed"], job.result["unknown"]) == ("unknown", 0, 1)
    assert "could not be found out" in create["message"]
    again = await bench.apply(plan)
    assert again.status == "succeeded", again.result["failures"]
    assert restores.violations == []
