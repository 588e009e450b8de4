"""Text that was no Unicode (half of a surrogate pair) is restored with U+FFFD, and the plan says so."""

from __future__ import annotations

from .conftest import Bench


async def test_the_plan_warns_of_text_that_comes_back_nearly_as_it_was(bench: Bench) -> None:
    group = bench.plain_group()
    bench.directory.patch(group, {"displayName": "Ann\ud800a", "description": "whole"})
    assert (await bench.run("backup", {})).status == "partial"
    assert (await bench.plan("group", group)).is_identical
    bench.directory.patch(group, {"description": "broken"})
    assert not (await bench.plan("group", group)).warnings

    bench.directory.patch(group, {"displayName": "another"})
    plan = await bench.plan("group", group)

    [warning] = plan.warnings
    assert (warning["object_id"], warning["code"]) == (group, "text_replaced")
    assert "U+FFFD in displayName" in warning["reason"]
    assert (await bench.apply(plan)).status == "succeeded"
    assert bench.get(group)["displayName"] == "Ann\ufffda"
    assert bench.get(group)["description"] == "whole"
