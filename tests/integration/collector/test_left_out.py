"""Properties that this Graph refuses to give: the rest of the type is read, and what is missing is said."""

from tests.integration.collector.conftest import Bench
from tests.integration.collector.test_backup import differences

from reentra.simulator.truth import whole_truth

TAGGED = {"extensionAttribute1": "Finance"}


def tag_a_device(bench: Bench) -> str:
    device = next(iter(bench.directory.ids("device")))
    bench.directory.patch(device, {"extensionAttributes": TAGGED})
    return device


async def test_extension_attributes_of_devices_are_backed_up_and_followed(bench: Bench) -> None:
    first, second = list(bench.directory.ids("device"))[:2]
    bench.directory.patch(first, {"extensionAttributes": TAGGED})
    await bench.back_up()
    bench.directory.patch(second, {"extensionAttributes": TAGGED})
    job = await bench.back_up()
    assert (await bench.snapshot(job)).types["device"]["mode"] == "incremental"
    devices = (await bench.state(2))["device"]
    assert [devices[d].properties["extensionAttributes"] for d in (first, second)] == [TAGGED, TAGGED]


async def test_a_property_that_graph_does_not_know_is_left_out_with_a_warning(bench: Bench) -> None:
    bench.served.cloud.settings.unoffered_properties = ("extensionAttributes", "authorizationInfo")
    job = await bench.back_up()
    assert job.status == "succeeded"
    types = (await bench.snapshot(job)).types
    assert types["device"]["status"] == types["user"]["status"] == "complete"
    assert "extensionAttributes" in types["device"]["warning"]
    assert "authorizationInfo" in types["user"]["warning"]
    assert "extensionAttributes" in job.result["message"]
    stored = await bench.state(1)
    assert len(stored["device"]) == len(list(bench.directory.ids("device")))
    assert len(stored["user"]) == len(list(bench.directory.ids("user")))


async def test_a_property_refused_without_its_name_makes_the_type_partial(bench: Bench) -> None:
    settings = bench.served.cloud.settings
    settings.unoffered_properties, settings.names_unoffered_properties = ("extensionAttributes",), False
    tag_a_device(bench)
    job = await bench.back_up()
    assert job.status == "partial"
    snapshot = await bench.snapshot(job)
    assert (snapshot.result, snapshot.types["device"]["status"]) == ("partial", "partial")
    assert "extensionAttributes" in snapshot.types["device"]["reason"]
    assert len((await bench.state(1))["device"]) == len(list(bench.directory.ids("device")))


async def test_what_was_left_out_is_said_by_every_backup_until_a_full_read_has_it(bench: Bench) -> None:
    settings = bench.served.cloud.settings
    settings.unoffered_properties, settings.names_unoffered_properties = ("extensionAttributes",), False
    tag_a_device(bench)
    await bench.back_up()
    settings.unoffered_properties = ()
    job = await bench.back_up()
    snapshot = await bench.snapshot(job)
    assert (snapshot.types["device"]["mode"], snapshot.types["device"]["status"]) == ("incremental", "partial")
    bench.served.cloud.expire_delta_tokens(bench.tenant_id)
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert differences(whole_truth(bench.directory), await bench.state(3)) == []


async def test_a_refusal_that_has_nothing_to_do_with_properties_remains_one(bench: Bench) -> None:
    bench.served.cloud.settings.unoffered_properties = ("id",)
    job = await bench.back_up()
    snapshot = await bench.snapshot(job)
    assert snapshot.types["user"]["status"] == "failed"
    assert snapshot.types["domain"]["status"] == "complete"
