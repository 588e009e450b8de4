"""Settings, organization, domains and licences through Graph's writing side."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import TENANT, Writer

pytestmark = pytest.mark.unit
UNIFIED, GUEST = "62375ab9-6b52-47ed-826b-58e47e0e304b", "08d542b9-071f-4e16-94b0-74abb372e3d9"
SKU, PLAN = "05e9a617-0261-4cee-bb44-138d3ef5d965", "9aaf7827-d63c-4b61-89c3-182f06f82e5c"


def templates(writer: Writer) -> None:
    for template_id, name, setting in (
        (UNIFIED, "Group.Unified", "EnableMIPLabels"),
        (GUEST, "Group.Unified.Guest", "AllowToAddGuests"),
    ):
        values = [{"name": setting, "type": "System.Boolean", "defaultValue": "true"}]
        writer.directory.create("groupSettingTemplate", {"id": template_id, "displayName": name, "values": values})


def sku(writer: Writer, *, enabled: int = 1) -> str:
    item = writer.directory.create(
        "subscribedSku",
        {
            "skuId": SKU,
            "consumedUnits": 0,
            "prepaidUnits": {"enabled": enabled},
            "servicePlans": [{"servicePlanId": PLAN, "servicePlanName": "EXCHANGE_S_ENTERPRISE"}],
        },
    )
    return str(item["id"])


def licence(*disabled: str) -> dict[str, Any]:
    return {"addLicenses": [{"skuId": SKU, "disabledPlans": list(disabled)}], "removeLicenses": []}


async def test_a_tenant_setting_exists_once_per_template(writer: Writer) -> None:
    templates(writer)
    body = {"templateId": UNIFIED, "values": [{"name": "EnableMIPLabels", "value": "true"}]}

    setting = await writer.post("/groupSettings", body)

    assert setting["displayName"] == "Group.Unified"
    assert (await writer.refused("POST", "/groupSettings", body))[0] == 400
    path = f"/groupSettings/{setting['id']}"
    await writer.patch(path, {"values": [{"name": "EnableMIPLabels", "value": "false"}]})
    assert (await writer.get(path))["values"][0]["value"] == "false"
    await writer.delete(path)


@pytest.mark.parametrize(
    "body",
    [
        {"templateId": GUEST, "values": []},
        {"templateId": "99999999-0000-0000-0000-000000000000", "values": []},
        {"templateId": UNIFIED, "values": [{"name": "Unknown", "value": "x"}]},
        {"templateId": UNIFIED, "values": [{"name": "EnableMIPLabels", "value": True}]},
        {"templateId": UNIFIED, "values": [{"name": "EnableMIPLabels", "value": "perhaps"}]},
        {"templateId": UNIFIED},
    ],
)
async def test_what_a_tenant_setting_refuses(writer: Writer, body: dict[str, object]) -> None:
    templates(writer)
    assert (await writer.refused("POST", "/groupSettings", body))[0] == 400


async def test_a_group_has_settings_of_its_own(writer: Writer) -> None:
    templates(writer)
    group, other = await writer.group(), await writer.group("other")
    body = {"templateId": GUEST, "values": [{"name": "AllowToAddGuests", "value": "false"}]}

    setting = await writer.post(f"/groups/{group}/settings", body)

    assert [row["id"] for row in (await writer.get(f"/groups/{group}/settings"))["value"]] == [setting["id"]]
    assert (await writer.refused("POST", f"/groups/{group}/settings", body))[0] == 400
    await writer.post(f"/groups/{other}/settings", body)
    assert (await writer.refused("DELETE", f"/groups/{other}/settings/{setting['id']}"))[0] == 404
    await writer.patch(f"/groups/{group}/settings/{setting['id']}", {"values": []})
    await writer.delete(f"/groups/{group}/settings/{setting['id']}")


async def test_an_organization_changes_its_contacts_only(writer: Writer) -> None:
    path = f"/organization/{TENANT}"
    await writer.patch(path, {"technicalNotificationMails": ["it@contoso.com"]})

    assert (await writer.refused("PATCH", path, {"displayName": "Fabrikam"}))[0] == 400
    item = writer.directory.get(TENANT)
    assert item is not None
    assert item["technicalNotificationMails"] == ["it@contoso.com"]


async def test_a_domain_is_made_by_name_and_changes_when_verified(writer: Writer) -> None:
    assert (await writer.refused("POST", "/domains", {"id": "a.com", "supportedServices": []}))[0] == 400
    await writer.post("/domains", {"id": "a.com"})
    assert (await writer.refused("PATCH", "/domains/a.com", {"isDefault": True}))[0] == 400

    writer.directory.patch("a.com", {"isVerified": True})
    await writer.patch("/domains/a.com", {"isDefault": True})
    assert (await writer.get("/domains/contoso.com"))["isDefault"] is False
    assert (await writer.refused("DELETE", "/domains/a.com"))[0] == 400


async def test_a_licence_is_assigned_consumed_and_taken_away(writer: Writer) -> None:
    unit, user = sku(writer), await writer.user(usageLocation="DE")
    path = f"/users/{user}/assignLicense"

    await writer.post(path, licence(PLAN), status=200)

    item, units = writer.directory.get(user), writer.directory.get(unit)
    assert item is not None
    assert units is not None
    assert item["assignedLicenses"] == [{"disabledPlans": [PLAN], "skuId": SKU}]
    assert item["assignedPlans"] == []
    assert (item["licenseAssignmentStates"][0]["assignedByGroup"], units["consumedUnits"]) == (None, 1)
    other = await writer.user("ben", usageLocation="DE")
    status, message = await writer.refused("POST", f"/users/{other}/assignLicense", licence())
    assert (status, "available licenses" in message) == (400, True)

    await writer.post(path, {"addLicenses": [], "removeLicenses": [SKU]}, status=200)
    units = writer.directory.get(unit)
    assert units is not None
    assert units["consumedUnits"] == 0
    assert (await writer.refused("POST", path, {"addLicenses": [], "removeLicenses": [SKU]}))[0] == 400


async def test_a_licence_needs_a_location_a_sku_and_both_arrays(writer: Writer) -> None:
    sku(writer)
    user = await writer.user()
    path = f"/users/{user}/assignLicense"

    status, message = await writer.refused("POST", path, licence())
    assert (status, "invalid usage location" in message) == (400, True)
    await writer.patch(f"/users/{user}", {"usageLocation": "DE"})
    for body in (
        {"addLicenses": licence()["addLicenses"]},
        {"addLicenses": [{"skuId": PLAN}], "removeLicenses": []},
        licence("11111111-0000-0000-0000-000000000000"),
    ):
        assert (await writer.refused("POST", path, body))[0] == 400


async def test_an_inherited_licence_cannot_be_removed_from_the_user(writer: Writer) -> None:
    sku(writer)
    user, group = await writer.user(usageLocation="DE"), await writer.group()
    state = {"skuId": SKU, "assignedByGroup": group, "disabledPlans": [], "state": "Active"}
    licences = [{"skuId": SKU, "disabledPlans": []}]
    writer.directory.patch(user, {"assignedLicenses": licences, "licenseAssignmentStates": [state]})

    body = {"addLicenses": [], "removeLicenses": [SKU]}
    status, message = await writer.refused("POST", f"/users/{user}/assignLicense", body)
    assert (status, "inherited from a group" in message) == (400, True)


async def test_a_group_accepts_a_licence(writer: Writer) -> None:
    sku(writer)
    group = await writer.group()
    await writer.post(f"/groups/{group}/assignLicense", licence(), status=202)
    item = writer.directory.get(group)
    assert item is not None
    assert item["assignedLicenses"] == [{"disabledPlans": [], "skuId": SKU}]
