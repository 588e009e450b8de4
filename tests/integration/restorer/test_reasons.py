"""Why a plan does what it does, said exactly."""

from __future__ import annotations

from .conftest import Bench
from .furniture import furnished_group, own_application


async def test_what_returns_with_a_service_principal_is_not_told_to_be_gone(bench: Bench) -> None:
    application, principal = own_application(bench)
    name = bench.get(principal)["displayName"]
    await bench.back_up()
    bench.directory.soft_delete(principal)
    bench.directory.soft_delete(application)
    joined = [step for step in await bench.steps(await bench.plan_all()) if step.kind in ("assign", "grant")]
    assert joined
    assert {step.why for step in joined} == {
        f"it returns with {name} from the recycle bin; it is made only if it does not"
    }


async def test_what_has_no_recycle_bin_is_not_looked_for_in_it(bench: Bench) -> None:
    group, *_ = furnished_group(bench)
    await bench.back_up()
    for assignment in ("leads-role", "leads-app"):
        bench.directory.hard_delete(assignment)
    steps = await bench.steps(await bench.plan_all())
    assert {(step.object_type, step.why) for step in steps} == {
        ("roleAssignment", "it is gone, and there is no recycle bin for role assignments: it is made anew"),
        ("appRoleAssignment", "it is gone, and there is no recycle bin for app role assignments: it is made anew"),
    }
    bench.directory.hard_delete(group)
    made = next(step for step in await bench.steps(await bench.plan_all()) if step.object_id == group)
    assert made.why == "it is gone for good, also from the recycle bin, and is made anew"
