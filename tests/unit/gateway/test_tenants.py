"""Tenants as the portal shows them: added, activated, backed up; when the next backup is due."""

from datetime import UTC, datetime

from tests.unit.gateway.conftest import OTHER, TENANT, World

from reentra.common.clock import to_text
from reentra.common.stores.schedules import SCHEDULES

BASE = "/api/v1/tenants"


async def test_added_tenant_stands_in_the_list_and_waits_for_its_activation(world: World) -> None:
    answer = await world.admin.post(f"{BASE}/added", json={"name": "Fabrikam", "organization": OTHER.upper()})

    assert answer.status_code == 201, answer.text
    assert (answer.json()["id"], answer.json()["state"]) == (OTHER, "needs_activation")
    listed = (await world.admin.get(BASE)).json()["value"]
    assert [tenant["name"] for tenant in listed] == ["Contoso", "Fabrikam"]


async def test_tenant_that_is_there_already_is_not_added_again(world: World) -> None:
    answer = await world.admin.post(f"{BASE}/added", json={"name": "Another name", "organization": TENANT})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "Contoso" in answer.json()["detail"]


async def test_name_of_another_tenant_is_refused(world: World) -> None:
    answer = await world.admin.post(f"{BASE}/added", json={"name": "contoso", "organization": OTHER})

    assert answer.status_code == 409


async def test_neither_tenant_id_nor_domain_is_refused_with_what_is_wanted(world: World) -> None:
    answer = await world.admin.post(f"{BASE}/added", json={"name": "Fabrikam", "organization": "fabrikam"})

    assert answer.status_code == 422
    assert "domain" in answer.json()["detail"]


async def test_disconnected_tenant_may_be_added_again(world: World) -> None:
    await world.admin.delete(f"{BASE}/{TENANT}")

    answer = await world.admin.post(f"{BASE}/added", json={"name": "Contoso", "organization": TENANT})

    assert (answer.status_code, answer.json()["state"]) == (201, "needs_activation")


async def test_name_of_a_disconnected_tenant_is_still_told(world: World) -> None:
    await world.admin.post(f"{BASE}/added", json={"name": "Fabrikam", "organization": OTHER})
    await world.admin.delete(f"{BASE}/{OTHER}")

    names = (await world.admin.get(f"{BASE}/names")).json()["value"]

    told = {one["id"]: (one["name"], one["is_connected"]) for one in names}
    assert told[OTHER] == ("Fabrikam", False)
    assert told[TENANT][1]


async def test_backup_before_activation_is_refused_with_what_to_do(world: World) -> None:
    await world.admin.post(f"{BASE}/added", json={"name": "Fabrikam", "organization": OTHER})

    answer = await world.admin.post(f"{BASE}/{OTHER}/backups")

    assert answer.status_code == 422
    assert "Sign in with Microsoft" in answer.json()["detail"]


async def test_tenant_tells_its_counts_its_last_and_its_next_backup(world: World) -> None:
    await world.back_up_twice()
    job = (await world.admin.post(f"{BASE}/{TENANT}/backups")).json()
    next_at = to_text(datetime(2030, 1, 1, tzinfo=UTC))
    await world.stores.documents.insert(SCHEDULES, TENANT, {"enabled": True, "next_at": next_at})

    tenant = (await world.admin.get(f"{BASE}/{TENANT}")).json()

    assert tenant["next_backup_at"] == next_at
    assert (tenant["last_backup"]["job_id"], tenant["last_backup"]["status"]) == (job["id"], "queued")
    counts = {row["label"]: row["objects"] for row in tenant["last_snapshot"]["types"]}
    assert counts["Users"] == 3
    assert counts["Groups"] == 1


async def test_nothing_is_due_for_a_tenant_without_a_schedule(world: World) -> None:
    tenant = (await world.admin.get(f"{BASE}/{TENANT}")).json()

    assert (tenant["next_backup_at"], tenant["last_backup"], tenant["last_snapshot"]) == (None, None, None)


async def test_clouds_tell_where_microsofts_sign_in_can_be_used(world: World) -> None:
    answer = await world.admin.get("/api/v1/clouds")

    assert {"name": "global", "purposes": []} in answer.json()["value"]


async def test_permissions_tell_what_they_are_for(world: World) -> None:
    asked = (await world.admin.get("/api/v1/permissions")).json()["value"]

    reading = {row["name"]: row["object_types"] for row in asked if row["purpose"] == "backup"}
    assert "Users" in reading["User.Read.All"]
    assert not [name for name in reading if "Write" in name]
    assert "User.ReadWrite.All" in {row["name"] for row in asked if row["purpose"] == "restore"}
