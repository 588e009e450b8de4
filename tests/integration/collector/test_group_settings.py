"""Settings of single groups: backed up with the group, asked of Microsoft 365 groups only, and not each time."""

from dataclasses import replace

from tests.integration.collector.conftest import Bench

from reentra.collector.settings import CollectorSettings
from reentra.simulator.graph.faults import FaultRule

GUESTS_ONLY = "08d542b9-071f-4e16-94b0-74abb372e3d9"
ASKED = "/groups/{id}/settings"


def teams(bench: Bench) -> list[str]:
    return [g["id"] for g in bench.directory.objects("group") if "Unified" in g["groupTypes"]]


def set_guests(bench: Bench, group: str, allowed: str) -> None:
    held = list(bench.directory.joined("settings", group))
    values = [{"name": "AllowToAddGuests", "value": allowed}]
    if held:
        bench.directory.patch(held[0], {"values": values})
    else:
        body = {"displayName": "Group.Unified.Guest", "templateId": GUESTS_ONLY, "values": values, "_groupId": group}
        bench.directory.create("groupOwnSetting", body)


async def stored(bench: Bench, number: int, group: str) -> list[dict[str, str]]:
    settings = (await bench.state(number))["group"][group].links.get("settings", [])
    return [value for setting in settings for value in setting["values"]]


async def test_settings_of_a_group_are_backed_up_and_followed(bench: Bench) -> None:
    first, second = teams(bench)[:2]
    set_guests(bench, first, "false")
    set_guests(bench, second, "true")
    await bench.back_up()
    assert await stored(bench, 1, first) == [{"name": "AllowToAddGuests", "value": "false"}]
    asked = [e for e in bench.served.cloud.counters.log if e.template == ASKED]
    assert len(asked) == len(teams(bench))
    set_guests(bench, first, "true")
    set_guests(bench, second, "false")
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert await stored(bench, 2, first) == [{"name": "AllowToAddGuests", "value": "true"}]
    assert await stored(bench, 2, second) == [{"name": "AllowToAddGuests", "value": "false"}]
    assert (await bench.snapshot(job)).types["group"]["changed"] == 2


async def test_a_larger_tenant_does_not_ask_for_them_each_time(bench: Bench) -> None:
    bench.tools = replace(bench.tools, settings=CollectorSettings(sweep_always_pages=0))
    await bench.back_up()
    bench.served.cloud.counters.reset()
    job = await bench.back_up()
    assert bench.served.cloud.counters.by_template[ASKED] == 0
    first, second = await bench.snapshot(job), await bench.stores.catalogue.snapshots(bench.tenant_id)
    assert first.types["group"]["sweeps"]["settings"] == second[-1].types["group"]["sweeps"]["settings"]


async def test_without_their_permission_the_groups_are_there_and_the_gap_is_said(bench: Bench) -> None:
    cloud, group = bench.served.cloud, teams(bench)[0]
    set_guests(bench, group, "false")
    cloud.faults.set(
        [FaultRule("status", path="^/groups/[^/]+/settings$", status=403, code="Authorization_RequestDenied")]
    )
    job = await bench.back_up()
    facts = (await bench.snapshot(job)).types["group"]
    assert facts["status"] == "partial"
    assert "refused to give settings" in facts["reason"]
    assert "GroupSettings.Read.All" in facts["reason"]
    assert len((await bench.state(1))["group"]) == len(list(bench.directory.ids("group")))
    cloud.faults.set([])
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert await stored(bench, 2, group) == [{"name": "AllowToAddGuests", "value": "false"}]


async def test_more_groups_than_is_set_are_a_warning_and_no_endless_bill(bench: Bench) -> None:
    bench.tools = replace(bench.tools, settings=CollectorSettings(most_singles=1))
    job = await bench.back_up()
    assert "settings" in (await bench.snapshot(job)).types["group"]["warning"]
    bench.served.cloud.counters.reset()
    job = await bench.back_up()
    assert bench.served.cloud.counters.by_template[ASKED] == 0
    assert "settings" in (await bench.snapshot(job)).types["group"]["warning"]
