"""Answers that are JSON and yet no page of objects: the type says so in the result, and every other type is whole."""

from typing import Any

import pytest
from tests.integration.collector.conftest import Bench

from reentra.simulator.graph.faults import FaultRule

_ODD: dict[str, Any] = {
    "an array": [],
    "no value": {"@odata.context": "x"},
    "a null value": {"value": None},
    "rows that are no objects": {"value": ["x", 1, None]},
    "a row without an id": {"value": [{"displayName": "Nobody"}]},
    "a row whose id is a number": {"value": [{"id": 7, "displayName": "Seven"}]},
    "a row whose id is empty": {"value": [{"id": "", "displayName": "Nobody"}]},
    "a link that is a number": {"value": [], "@odata.nextLink": 7},
    "a link to another host": {"value": [], "@odata.nextLink": "https://example.invalid/v1.0/users"},
}


@pytest.mark.parametrize("name", _ODD)
@pytest.mark.parametrize(
    ("path", "object_type"),
    [("/groups/delta$", "group"), ("/roleManagement/directory/roleDefinitions$", "roleDefinition")],
)
async def test_an_odd_answer_makes_the_type_fail_with_a_reason(
    bench: Bench, path: str, object_type: str, name: str
) -> None:
    bench.served.cloud.faults.add(FaultRule("status", path=path, status=200, body=_ODD[name]))
    job = await bench.back_up()
    assert job.status == "partial", job.error
    types = (await bench.snapshot(job)).types
    failed = {n: t["reason"] for n, t in types.items() if t["status"] != "complete"}
    assert list(failed) == [object_type], failed
    assert "Graph" in failed[object_type]


async def test_a_delta_that_ends_without_a_link_is_not_taken_for_the_whole(bench: Bench) -> None:
    await bench.back_up()
    groups = len(list(bench.directory.ids("group")))
    bench.served.cloud.faults.add(FaultRule("status", path="/groups/delta$", status=200, body={"value": []}))
    job = await bench.back_up()
    assert job.status == "partial", job.error
    snapshot = await bench.snapshot(job)
    assert snapshot.types["group"]["status"] == "failed"
    assert snapshot.types["group"]["objects"] == groups
    bench.served.cloud.faults.set(())
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert (await bench.snapshot(job)).types["group"]["removed"] == 0
