"""Applications that require one another, whatever became of each: gone for good, in the recycle bin, or there."""

from __future__ import annotations

from .conftest import Bench


def required(bench: Bench, application: str) -> set[str]:
    return {one["resourceAppId"] for one in bench.get(application)["requiredResourceAccess"]}


async def test_applications_require_each_other_again_under_their_new_ids(bench: Bench) -> None:
    like = next(iter(bench.directory.objects("application")))
    app_ids = {f"99999999-0000-4000-8000-00000000020{n}": f"99999999-0000-4000-8000-00000000030{n}" for n in range(4)}
    first, second, binned, there = app_ids
    for application, app_id in app_ids.items():
        named = [{"resourceAppId": app_ids[i], "resourceAccess": []} for i in (first, second)]
        fields = {"id": application, "appId": app_id, "displayName": f"App {app_id[-1]}", "identifierUris": []}
        bench.directory.create("application", {**like, **fields, "requiredResourceAccess": named})
    await bench.back_up()
    for application in (first, second):
        bench.directory.hard_delete(application)
    bench.directory.soft_delete(binned)
    bench.directory.patch(there, {"requiredResourceAccess": []})

    job = await bench.restore("application", first, second, binned, there)

    made = {row["object_id"]: str(row["new_id"]) for row in job.result["objects"] if row["new_id"]}
    new_app_ids = {bench.get(made[i])["appId"] for i in (first, second)}
    assert new_app_ids.isdisjoint(app_ids.values())
    for application in (made[first], made[second], binned, there):
        assert required(bench, application) == new_app_ids
    assert (await bench.plan("application", first, second, binned, there)).is_identical
