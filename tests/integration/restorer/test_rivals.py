"""What changed hands since the snapshot: names, addresses, kinds of groups. One clear outcome each, nothing guessed."""

from __future__ import annotations

from typing import Any

from .conftest import Bench, told


def free_users(bench: Bench) -> list[str]:
    return [
        str(u["id"]) for u in bench.directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled")
        and not bench.directory.joined("roleAssignments", u["id"])
    ]  # fmt: skip


def newcomer(bench: Bench, **properties: Any) -> str:
    person = {"displayName": "New", "accountEnabled": True, "userType": "Member", "mailNickname": "new", **properties}
    return str(bench.directory.create("user", {"id": "55555555-0000-4000-8000-000000000001", **person})["id"])


async def test_a_sign_in_name_that_somebody_else_has_now_is_a_blocker(bench: Bench) -> None:
    user = free_users(bench)[0]
    name = bench.get(user)["userPrincipalName"]
    await bench.back_up()
    bench.directory.hard_delete(user)
    rival = newcomer(bench, userPrincipalName=name.upper())
    plan = await bench.plan("user", user)
    assert [b["code"] for b in plan.blockers] == ["name_taken"]
    assert rival in plan.blockers[0]["reason"]
    assert (await bench.apply(plan)).status == "partial"
    assert bench.get(rival)["displayName"] == "New"


async def test_an_address_that_somebody_else_has_now_is_a_refusal_in_graphs_words(bench: Bench) -> None:
    user = next(u for u in free_users(bench) if bench.get(u).get("mail"))
    mail = bench.get(user)["mail"]
    await bench.back_up()
    bench.directory.hard_delete(user)
    rival = newcomer(
        bench, userPrincipalName=f"new@{bench.directory.domain}", mail=mail, proxyAddresses=[f"SMTP:{mail}"]
    )
    job = await bench.apply(await bench.plan("user", user))
    create = told(job, "failures")[0]
    assert (create["state"], job.result["unknown"]) == ("failed", 0)
    assert "proxyAddresses" in create["message"]
    assert bench.get(rival)["displayName"] == "New"


async def test_the_bin_may_hold_another_one_of_the_same_name(bench: Bench) -> None:
    user = free_users(bench)[0]
    name = bench.get(user)["userPrincipalName"]
    await bench.back_up()
    bench.directory.hard_delete(user)
    rival = newcomer(bench, userPrincipalName=name)
    bench.directory.soft_delete(rival)
    job = await bench.restore("user", user)
    assert job.result["objects"][0]["new_id"] != rival
    assert not bench.directory.is_live(rival)


async def test_an_undeleted_person_whose_name_was_taken_meanwhile_is_refused_and_stays_in_the_bin(bench: Bench) -> None:
    user = free_users(bench)[0]
    name = bench.get(user)["userPrincipalName"]
    await bench.back_up()
    bench.directory.soft_delete(user)
    rival = newcomer(bench, userPrincipalName=name)
    job = await bench.apply(await bench.plan("user", user))
    assert job.status == "failed"
    assert told(job, "failures")[0]["state"] == "failed"
    assert "userPrincipalName" in told(job, "failures")[0]["message"]
    assert not bench.directory.is_live(user)
    assert bench.get(rival)["userPrincipalName"] == name


async def test_a_group_that_became_dynamic_is_assigned_again_with_its_members(bench: Bench) -> None:
    group = bench.plain_group()
    before = bench.links("members", group)
    await bench.back_up()
    for member in before:
        bench.directory.remove_link("members", group, member)
    rule = {"groupTypes": ["DynamicMembership"], "membershipRule": '(user.city -eq "X")'}
    bench.directory.patch(group, {**rule, "membershipRuleProcessingState": "On"})
    await bench.restore("group", group)
    assert bench.get(group)["groupTypes"] == []
    assert bench.links("members", group) == before
