"""A tenant over time through the API: what backups found, when a type changed last, what the recycle bin holds."""

import pytest
from tests.unit.gateway.conftest import TENANT, World

from reentra.common.testing.backups import removal, user

BASE = f"/api/v1/tenants/{TENANT}"
BOB, EVE = user(2, displayName="Bob"), user(3, displayName="Eve")


@pytest.fixture
async def backed_up(world: World) -> World:
    """Four snapshots, a minute apart. Bob is removed in the second and back in the fourth, Eve goes in the third."""
    await world.back_up_twice()
    await world.writer.backup([removal(EVE, "changed")])
    await world.writer.backup([BOB])
    return world


async def test_timeline_tells_what_each_backup_found_newest_first(backed_up: World) -> None:
    everything = (await backed_up.admin.get(f"{BASE}/timeline")).json()["value"]
    some = await backed_up.admin.get(
        f"{BASE}/timeline", params={"since": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:03:30Z"}
    )

    assert [(one["number"], one["changed"], one["removed"]) for one in everything] == [
        (4, 1, 0),
        (3, 0, 1),
        (2, 2, 1),
        (1, 4, 0),
    ]
    assert [one["number"] for one in some.json()["value"]] == [3, 2]
    assert (await backed_up.admin.get(f"{BASE}/timeline?until=2020-01-01T00:00:00Z")).json()["value"] == []


async def test_types_tell_when_they_changed_last_and_whether_they_have_a_recycle_bin(backed_up: World) -> None:
    rows = {row["object_type"]: row for row in (await backed_up.admin.get(f"{BASE}/types?snapshot=3")).json()["value"]}

    assert rows["user"]["last_change_snapshot"] == 3
    assert rows["group"]["last_change_snapshot"] == 1
    assert rows["device"]["last_change_snapshot"] is None
    assert (rows["user"]["has_recycle_bin"], rows["device"]["has_recycle_bin"]) == (True, False)


async def test_recycle_bin_holds_what_had_not_come_back_with_its_end(backed_up: World) -> None:
    early = (await backed_up.admin.get(f"{BASE}/recycle-bin?snapshot=3&limit=1")).json()
    rest = (await backed_up.admin.get(early["next_link"])).json()
    bob, eve = [*early["value"], *rest["value"]]

    assert (bob["display_name"], bob["found_removed_at"][:16]) == ("Bob", "2026-11-23T10:02")
    assert bob["kept_until"][:16] == "2026-12-23T10:01", "thirty days after it was seen last"
    assert (eve["display_name"], eve["kept_until"][:16]) == ("Eve", "2026-12-23T10:02")


async def test_removed_objects_show_until_when_they_are_kept(backed_up: World) -> None:
    (eve,) = (await backed_up.admin.get(f"{BASE}/objects?type=user&deleted=true")).json()["value"]
    shown = (await backed_up.admin.get(f"{BASE}/objects/user/{eve['id']}")).json()

    assert eve["kept_until"] == shown["kept_until"] == "2026-12-23T10:02:00.000000Z"
