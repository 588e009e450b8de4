"""Attributes and relationships chosen one by one: what was not chosen stays as it is, and reading back knows it."""

from __future__ import annotations

from .conftest import Bench
from .furniture import largest_group


async def test_only_the_chosen_attribute_of_a_user_comes_back(bench: Bench) -> None:
    user = next(
        u["id"]
        for u in bench.directory.objects("user")
        if u.get("department") and u.get("jobTitle") and not u.get("onPremisesSyncEnabled")
    )
    before = bench.get(user)
    await bench.back_up()
    bench.directory.patch(user, {"department": "Elsewhere", "jobTitle": "Intruder"})

    job = await bench.restore("user", user, only=["department"])

    now = bench.get(user)
    assert (now["department"], now["jobTitle"]) == (before["department"], "Intruder")
    assert "everything chosen" in (await bench.run_plan("user", user, only=["department"])).result["message"]
    assert job.result["message"]
    left = await bench.plan("user", user)
    assert left.counts["properties"] == {"jobTitle": 1}
    # Of the whole tenant nobody asked: it may well differ elsewhere.
    other = next(u["id"] for u in bench.directory.objects("user") if u["id"] != user)
    assert "everything selected is" in (await bench.run_plan("user", other)).result["message"]


async def test_one_object_may_have_a_choice_of_its_own(bench: Bench) -> None:
    one, other = [
        u["id"] for u in bench.directory.objects("user") if u.get("jobTitle") and not u.get("onPremisesSyncEnabled")
    ][:2]
    titles = {user: bench.get(user)["jobTitle"] for user in (one, other)}
    await bench.back_up()
    for user in (one, other):
        bench.directory.patch(user, {"jobTitle": "Intruder", "city": "Nowhere"})

    await bench.restore("user", one, other, only=["jobTitle"], only_of={other.upper(): ["city"]})

    assert (bench.get(one)["jobTitle"], bench.get(one)["city"]) == (titles[one], "Nowhere")
    assert bench.get(other)["jobTitle"] == "Intruder"
    assert bench.get(other).get("city") != "Nowhere"


async def test_chosen_members_come_back_without_the_attributes(bench: Bench) -> None:
    group = largest_group(bench)
    members = bench.links("members", group)
    await bench.back_up()
    bench.directory.patch(group, {"description": "changed"})
    bench.directory.remove_link("members", group, sorted(members)[0])

    await bench.restore("group", group, only=["members"])

    assert bench.links("members", group) == members
    assert bench.get(group)["description"] == "changed"


async def test_taken_out_of_the_bin_and_nothing_else(bench: Bench) -> None:
    user = next(
        u["id"] for u in bench.directory.objects("user") if u.get("jobTitle") and not u.get("onPremisesSyncEnabled")
    )
    await bench.back_up()
    bench.directory.patch(user, {"jobTitle": "Intruder"})
    bench.directory.soft_delete(user)

    job = await bench.apply(await bench.plan("user", user, only=[]))

    assert job.status == "succeeded"
    assert bench.get(user)["jobTitle"] == "Intruder"


async def test_a_whole_type_is_sifted_by_the_chosen_attribute(bench: Bench) -> None:
    users = [u["id"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")][:4]
    await bench.back_up()
    for user in users[:2]:
        bench.directory.patch(user, {"jobTitle": "Intruder"})
    for user in users[2:]:
        bench.directory.patch(user, {"city": "Nowhere"})

    plan = await bench.plan("user", only=["city"])

    assert {step.object_id for step in await bench.steps(plan)} == set(users[2:])


async def test_a_name_that_nothing_is_called_is_refused(bench: Bench) -> None:
    await bench.back_up(["user"])

    job = await bench.run_plan("user", bench.first("user"), only=["jobTitel"])

    assert job.status == "failed"
    assert job.error is not None
    assert "'jobTitel' is neither a property nor a relationship" in job.error["message"]
