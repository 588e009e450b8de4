"""What hangs on people and groups besides properties and links: settings, identities, licences."""

from __future__ import annotations

from typing import Any

from .conftest import Bench, told

LOCAL = {"signInType": "emailAddress", "issuer": "contoso.onmicrosoft.com", "issuerAssignedId": "ada@example.org"}
SOCIAL = {"signInType": "federated", "issuer": "facebook.com", "issuerAssignedId": "5eecb0cd"}


async def test_settings_of_a_group_are_put_right_and_come_back(bench: Bench) -> None:
    setting = next(iter(bench.directory.objects("groupOwnSetting")))
    group, before = setting["_groupId"], values_of(bench, setting["_groupId"])
    await bench.back_up()
    other = "true" if before[0]["value"] == "false" else "false"
    bench.directory.patch(setting["id"], {"values": [{**before[0], "value": other}, *before[1:]]})
    await bench.restore("group", group)
    assert values_of(bench, group) == before

    bench.directory.hard_delete(setting["id"])
    await bench.restore("group", group)
    assert values_of(bench, group) == before

    bench.directory.hard_delete(group)
    job = await bench.restore("group", group)
    assert values_of(bench, told(job, "objects")[0]["new_id"]) == before


async def test_settings_are_found_by_a_restore_of_everything_and_can_be_left_alone(bench: Bench) -> None:
    setting = next(iter(bench.directory.objects("groupOwnSetting")))
    await bench.back_up()
    bench.directory.hard_delete(setting["id"])
    plan = await bench.plan("group")
    assert [(s.kind, s.object_id) for s in await bench.steps(plan)] == [("add_part", setting["_groupId"])]
    assert plan.counts["relationships"] == {"settings": 1}
    assert (await bench.plan("group", only=["members"])).is_identical


async def test_identities_come_back_with_and_without_their_person(bench: Bench) -> None:
    person = cloud_member(bench)
    own = bench.get(person)["identities"]
    bench.directory.patch(person, {"identities": [*own, SOCIAL, LOCAL]})
    await bench.back_up()
    bench.directory.patch(person, {"identities": own})
    await bench.restore("user", person)
    assert others(bench, person) == [LOCAL, SOCIAL]

    bench.directory.hard_delete(person)
    job = await bench.restore("user", person)
    new = told(job, "objects")[0]["new_id"]
    assert others(bench, new) == [LOCAL, SOCIAL]
    assert bench.get(new)["identities"][0]["issuerAssignedId"] == own[0]["issuerAssignedId"]


async def test_licences_that_are_too_many_go_only_when_the_plan_is_asked_to(bench: Bench) -> None:
    person = cloud_member(bench)
    sku = next(s for s in bench.directory.objects("subscribedSku") if s["skuId"] not in skus(bench, person))
    await bench.back_up()
    state = {"skuId": sku["skuId"], "disabledPlans": [], "assignedByGroup": None, "state": "Active", "error": "None"}
    held = bench.get(person)
    bench.directory.patch(
        person,
        {
            "usageLocation": held.get("usageLocation"),
            "assignedLicenses": [*held["assignedLicenses"], {"skuId": sku["skuId"], "disabledPlans": []}],
            "licenseAssignmentStates": [*held["licenseAssignmentStates"], state],
        },
    )
    plan = await bench.plan("user", person)
    assert (plan.is_identical, [s["code"] for s in plan.skipped]) == (True, ["licence_kept"])
    assert sku["skuId"] in plan.skipped[0]["reason"]

    await bench.restore("user", person, licences="replace")
    assert sku["skuId"] not in skus(bench, person)
    assert skus(bench, person) == {licence["skuId"] for licence in held["assignedLicenses"]}


def values_of(bench: Bench, group: str) -> list[dict[str, Any]]:
    found = [s for s in bench.directory.objects("groupOwnSetting") if s["_groupId"] == group]
    return [dict(row) for setting in found for row in setting["values"]]


def cloud_member(bench: Bench) -> str:
    return next(
        str(u["id"]) for u in bench.directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled") and u["identities"]
        and not bench.directory.joined("roleAssignments", u["id"])
    )  # fmt: skip


def others(bench: Bench, person: str) -> list[dict[str, Any]]:
    listed = bench.get(person)["identities"]
    return [one for one in listed if one["signInType"] != "userPrincipalName"]


def skus(bench: Bench, person: str) -> set[str]:
    return {licence["skuId"] for licence in bench.get(person)["assignedLicenses"]}
