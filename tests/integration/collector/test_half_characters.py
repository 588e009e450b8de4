"""Text that JSON can say and nothing can store (half of a surrogate pair): the object is kept, and the type says so."""

import pytest
from tests.integration.collector.conftest import Bench

HALF = "Ann\ud800a"
KEPT = "Ann\ufffda"
pytestmark = pytest.mark.usefixtures("columns_by")


@pytest.mark.parametrize("object_type", ["user", "group", "roleDefinition"])
async def test_one_object_with_such_text_costs_nothing_but_that_text(bench: Bench, object_type: str) -> None:
    odd, *others = list(bench.directory.ids(object_type))
    whole = bench.directory.get(odd)
    assert whole is not None
    kept_name = {"description": "é", "displayName": HALF}
    bench.directory.patch(odd, kept_name)
    job = await bench.back_up()
    assert job.status == "partial"
    facts = (await bench.snapshot(job)).types[object_type]
    assert facts["status"] == "partial"
    assert (
        f"1 object has text that is no Unicode, which is kept with U+FFFD in its place: {odd} (displayName)"
        in (facts["reason"])
    )
    types = (await bench.snapshot(job)).types
    assert [name for name, t in types.items() if t["status"] != "complete"] == [object_type]
    stored = (await bench.state(1))[object_type]
    assert stored.keys() == {odd, *others}
    assert stored[odd].properties["displayName"] == KEPT
    found = await bench.stores.catalogue.objects(
        bench.tenant_id, stored[odd].object_type, 1, search="ann\ufffda", limit=9
    )
    assert [version.object_id for version in found] == [odd]


async def test_it_is_said_until_the_text_is_whole(bench: Bench) -> None:
    odd = next(iter(bench.directory.ids("group")))
    await bench.back_up()
    for change, says in (
        ({"displayName": HALF}, True),
        ({"description": "another"}, True),
        ({}, True),
        ({"displayName": "Anna"}, False),
        ({}, False),
    ):
        bench.directory.patch(odd, change) if change else None
        job = await bench.back_up()
        facts = (await bench.snapshot(job)).types["group"]
        assert facts["mode"] == "incremental"
        assert (facts["status"] == "partial") is says
        assert ("U+FFFD" in (facts["reason"] or "")) is says
        assert (await bench.state(job.result["snapshot"]))["group"][odd].properties["displayName"] == (
            KEPT if says else "Anna"
        )


async def test_names_in_assignments_are_kept_alike(bench: Bench) -> None:
    assignment = next(iter(bench.directory.ids("appRoleAssignment")))
    bench.directory.patch(assignment, {"principalDisplayName": HALF})
    job = await bench.back_up()
    types = (await bench.snapshot(job)).types
    assert [name for name, t in types.items() if t["status"] != "complete"] == ["appRoleAssignment"]
    assert f"{assignment} (principalDisplayName)" in types["appRoleAssignment"]["reason"]
