"""Asking for work: backups, downloads, restores; repeated requests; cancelling."""

import hashlib

import pytest
from tests.unit.gateway.conftest import TENANT, World, lettered

from reentra.common.ids import JobId
from reentra.common.jobs.job import NewJob
from reentra.common.stores.restores import RESTORE_PLANS, RESTORE_STEPS
from reentra.common.testing.backups import user

BASE = f"/api/v1/tenants/{TENANT}"
ADA = user(1).object_id
BOB = user(2).object_id


async def test_backup_becomes_a_job_that_says_who_asked(world: World) -> None:
    answer = await world.admin.post(f"{BASE}/backups")

    assert answer.status_code == 202
    job = await world.jobs.get(JobId(answer.json()["id"]))
    assert (job.kind, job.tenant_id, job.status) == ("backup", TENANT, "queued")
    assert job.created_by.startswith("admin")


async def test_backup_that_runs_already_is_the_answer(world: World) -> None:
    first = await world.admin.post(f"{BASE}/backups")
    second = await world.admin.post(f"{BASE}/backups")

    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["id"] == second.json()["id"]


async def test_repeated_request_with_the_same_key_gets_the_same_answer(world: World) -> None:
    await world.back_up_twice()
    headers = {"Idempotency-Key": "one"}
    first = await world.admin.post(f"{BASE}/downloads", json={"object_types": ["user"]}, headers=headers)
    again = await world.admin.post(f"{BASE}/downloads", json={"object_types": ["user"]}, headers=headers)
    fresh = await world.admin.post(f"{BASE}/downloads", json={"object_types": ["user"]})

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert fresh.json()["id"] != first.json()["id"]


async def test_key_with_another_body_is_refused(world: World) -> None:
    await world.back_up_twice()
    headers = {"Idempotency-Key": "one"}
    await world.admin.post(f"{BASE}/downloads", json={"object_types": ["user"]}, headers=headers)

    answer = await world.admin.post(f"{BASE}/downloads", json={"object_types": ["group"]}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_refused_request_leaves_its_key_free(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    refused = await world.admin.post(f"{BASE}/downloads", json={}, headers=headers)
    await world.back_up_twice()
    mended = await world.admin.post(f"{BASE}/downloads", json={"snapshot": "1"}, headers=headers)

    assert (refused.status_code, mended.status_code) == (404, 202)


async def test_misspelt_property_of_a_request_does_not_mean_everything(world: World) -> None:
    for path in ("downloads", "restore-plans"):
        answer = await world.admin.post(f"{BASE}/{path}", json={"object_type": ["user"]})

        assert answer.status_code == 422
        assert answer.json()["detail"] == "The request is not valid: body.object_type: There is no such property."


async def test_keys_of_different_callers_do_not_meet(world: World) -> None:
    await world.auth.people.add("second", "a-long-enough-password", "admin")
    token = await world.bearer("second", "admin")
    await world.back_up_twice()
    headers = {"Idempotency-Key": "one"}
    first = await world.admin.post(f"{BASE}/downloads", json={}, headers=headers)
    async with world.anybody(Authorization=f"Bearer {token}") as other:
        second = await other.post(f"{BASE}/downloads", json={}, headers=headers)

    assert first.json()["id"] != second.json()["id"]


async def test_download_names_its_snapshot_and_types_exactly(world: World) -> None:
    await world.back_up_twice()
    body = {"object_types": ["USER"], "ids": [ADA, ADA], "snapshot": "2026-11-23T10:01:00Z"}

    job = (await world.admin.post(f"{BASE}/downloads", json=body)).json()

    assert job["params"] == {"object_types": ["user"], "ids": [ADA], "snapshot": 1}


@pytest.mark.parametrize("path", ["downloads", "restore-plans"])
@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"object_types": ["user"], "ids": []}, 422, "empty"),
        ({"ids": [ADA]}, 422, "exactly one object type"),
        ({"object_types": ["user", "group"], "ids": [ADA]}, 422, "exactly one object type"),
        ({"object_types": ["user"], "ids": ["nonsense"]}, 404, "no user 'nonsense'"),
        ({"object_types": ["group"], "ids": [ADA]}, 404, "no group"),
        ({"object_types": ["user"], "ids": [BOB]}, 404, "no user"),
        ({"object_types": ["spaceship"]}, 404, "no object type"),
        ({"snapshot": "7"}, 404, "no snapshot 7"),
        ({"object_types": "user"}, 422, "object_types"),
    ],
)
async def test_selection_that_means_nothing_starts_no_job(
    world: World, path: str, body: dict[str, object], status: int, sentence: str
) -> None:
    await world.back_up_twice()

    answer = await world.admin.post(f"{BASE}/{path}", json=body)

    assert answer.status_code == status, answer.text
    assert sentence in answer.json()["detail"]
    assert (await world.admin.get("/api/v1/jobs")).json()["value"] == []


async def test_chosen_ids_are_the_same_in_capital_letters(world: World) -> None:
    await world.writer.backup([lettered()])
    small = lettered().object_id
    body = {"object_types": ["user"], "ids": [small.upper(), small], "snapshot": "latest"}

    download = await world.admin.post(f"{BASE}/downloads", json=body)
    only_of = {small.upper(): ["jobTitle"]}
    plan = await world.admin.post(f"{BASE}/restore-plans", json={**body, "only_of": only_of})

    assert download.json()["params"]["ids"] == plan.json()["params"]["ids"] == [small]
    assert plan.json()["params"]["only_of"] == {small: ["jobTitle"]}


async def test_restore_plan_carries_the_selection_and_the_mode(world: World) -> None:
    await world.back_up_twice()
    manner = {"links": "merge", "missing": "leave_out", "licences": "replace"}
    body = {"object_types": ["user"], "ids": [BOB], "snapshot": "1", **manner}

    answer = await world.admin.post(f"{BASE}/restore-plans", json=body)

    assert answer.status_code == 202
    assert answer.json()["params"] == {"object_types": ["user"], "ids": [BOB], "snapshot": 1, **manner}


async def test_restore_plan_carries_what_was_chosen_of_the_objects(world: World) -> None:
    await world.back_up_twice()
    choice = {"only": ["jobTitle"], "only_of": {BOB: ["manager"]}}
    body = {"object_types": ["user"], "ids": [ADA, BOB], "snapshot": "1", **choice}

    planned = await world.admin.post(f"{BASE}/restore-plans", json=body)
    stranger = await world.admin.post(f"{BASE}/restore-plans", json={**body, "ids": [ADA]})

    assert {name: planned.json()["params"][name] for name in choice} == choice
    assert stranger.status_code == 422
    assert BOB in stranger.json()["detail"]


async def test_all_that_a_search_finds_is_selected_beyond_the_rows_of_a_page(world: World) -> None:
    await world.back_up_twice()
    body = {"object_types": ["user"], "snapshot": "1", "search": "b"}

    found = await world.admin.post(f"{BASE}/downloads", json=body)
    none = await world.admin.post(f"{BASE}/downloads", json={**body, "search": "nobody at all"})
    vague = await world.admin.post(f"{BASE}/downloads", json={"search": "b"})

    assert found.json()["params"]["ids"] == [BOB]
    assert (none.status_code, vague.status_code) == (422, 422)


async def test_unknown_plan_cannot_be_applied(world: World) -> None:
    answer = await world.admin.post("/api/v1/restore-plans/nonsense/apply")

    assert answer.status_code == 404
    assert "nonsense" in answer.json()["detail"]


async def test_restore_tells_what_of_which_snapshot_it_brings_back(world: World) -> None:
    step = {"number": 1, "kind": "update", "object_type": "user", "object_id": ADA, "display_name": "Ada"}
    step |= {"method": "PATCH", "path": f"/users/{ADA}", "body": {}, "before": {}, "why": ""}
    steps = {"plan_id": "the-plan", "last": 1, "steps": [step], "outcomes": [{"state": "planned"}]}
    plan = {"tenant_id": TENANT, "snapshot": 7, "selection": {}, "created_at": "", "created_by": "", "sha256": ""}
    plan |= {"counts": {"steps": 1, "objects": 1, "types": {"user": 1}}, "estimate": {}}
    plan |= {"blockers": [], "skipped": [], "credentials": []}
    await world.stores.documents.insert(RESTORE_PLANS, "the-plan", plan)
    await world.stores.documents.insert(RESTORE_STEPS, "the-plan.1", steps)

    restore = (await world.admin.post("/api/v1/restore-plans/the-plan/apply")).json()

    assert (restore["tenant_id"], restore["kind"]) == (TENANT, "restore_apply")
    told = {"snapshot": 7, "object_types": ["user"], "objects": 1, "display_name": "Ada", "undoes": None}
    assert restore["params"] == {"plan_id": "the-plan", **told}


async def test_undo_of_a_restore_becomes_a_plan_once_the_restore_is_over(world: World) -> None:
    new = NewJob("restore_apply", TENANT, {"plan_id": "the-plan"}, "test")
    restore = await world.jobs.submit(new)
    path, headers = f"/api/v1/restores/{restore.id}/undo", {"Idempotency-Key": "one"}

    early = await world.admin.post(path)
    await world.admin.post(f"/api/v1/jobs/{restore.id}/cancel")
    planned = await world.admin.post(path, headers=headers)
    again = await world.admin.post(path, headers=headers)
    await world.jobs.submit(new)
    busy = await world.admin.post(path)

    assert [a.status_code for a in (early, planned, again, busy)] == [409, 202, 202, 409]
    assert "not over yet" in early.json()["detail"]
    assert again.json()["id"] == planned.json()["id"]
    assert planned.json()["kind"] == "restore_plan"
    assert planned.json()["params"] == {"undo_of": "the-plan", "restore": restore.id}


async def test_only_a_restore_can_be_undone(world: World) -> None:
    backup = (await world.admin.post(f"{BASE}/backups")).json()

    assert (await world.admin.post(f"/api/v1/restores/{backup['id']}/undo")).status_code == 404
    unknown = await world.admin.post("/api/v1/restores/nonsense/undo")
    assert unknown.status_code == 404
    assert "Restores of before a `reentra rebuild` cannot be undone" in unknown.json()["detail"]


async def test_queued_job_is_cancelled_and_can_be_tried_again(world: World) -> None:
    job = (await world.admin.post(f"{BASE}/backups")).json()
    cancelled = await world.admin.post(f"/api/v1/jobs/{job['id']}/cancel")
    again = await world.admin.post(f"/api/v1/jobs/{job['id']}/cancel")
    retried = await world.admin.post(f"/api/v1/jobs/{job['id']}/retry")

    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert again.status_code == 409
    assert retried.status_code == 202
    assert retried.json()["id"] != job["id"]


async def test_jobs_are_filtered_and_paged(world: World) -> None:
    await world.back_up_twice()
    made = [(await world.admin.post(f"{BASE}/downloads", json={})).json()["id"] for _ in range(3)]
    await world.admin.post(f"{BASE}/backups")

    first = (await world.admin.get("/api/v1/jobs?kind=export&limit=2")).json()
    second = (await world.admin.get(first["next_link"])).json()

    assert [job["id"] for job in first["value"] + second["value"]] == made[::-1]
    assert second["next_link"] is None


async def test_download_of_another_kind_of_job_is_not_found(world: World) -> None:
    job = (await world.admin.post(f"{BASE}/backups")).json()

    assert (await world.admin.get(f"/api/v1/downloads/{job['id']}")).status_code == 404
    assert (await world.admin.get(f"/api/v1/restores/{job['id']}")).status_code == 404


async def finished_download(world: World, content: bytes) -> str:
    """As if the exporter had made it."""
    await world.back_up_twice()
    job = (await world.admin.post(f"{BASE}/downloads", json={})).json()
    lease = await world.jobs.claim(["export"], "test")
    assert lease is not None
    key = f"exports/{TENANT}/{job['id']}.zip"
    await world.stores.blobs.create(key, content)
    sha256 = hashlib.sha256(content).hexdigest()
    result = {"key": key, "size": len(content), "sha256": sha256, "objects": 3}
    await lease.finish("succeeded", result=result)
    return str(job["id"])


async def test_content_comes_whole_with_its_hash(world: World) -> None:
    content = bytes(range(256)) * 20
    job_id = await finished_download(world, content)

    answer = await world.admin.get(f"/api/v1/downloads/{job_id}/content")

    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["x-content-sha256"] == hashlib.sha256(content).hexdigest()
    assert answer.headers["content-length"] == str(len(content))
    assert ".zip" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("header", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=90-", 90, 100), ("bytes=-5", 95, 100)]
)
async def test_content_comes_in_ranges(world: World, header: str, start: int, end: int) -> None:
    content = bytes(range(100))
    job_id = await finished_download(world, content)

    answer = await world.admin.get(f"/api/v1/downloads/{job_id}/content", headers={"Range": header})

    assert (answer.status_code, answer.content) == (206, content[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/100"


async def test_range_of_something_else_gives_everything(world: World) -> None:
    job_id = await finished_download(world, b"0123456789")
    headers = {"Range": "bytes=5-", "If-Range": '"another"'}

    assert (await world.admin.get(f"/api/v1/downloads/{job_id}/content", headers=headers)).content == b"0123456789"


async def test_range_outside_is_not_satisfiable(world: World) -> None:
    job_id = await finished_download(world, b"0123456789")

    answer = await world.admin.get(f"/api/v1/downloads/{job_id}/content", headers={"Range": "bytes=10-"})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")


async def test_unfinished_download_has_no_content(world: World) -> None:
    await world.back_up_twice()
    job = (await world.admin.post(f"{BASE}/downloads", json={})).json()

    answer = await world.admin.get(f"/api/v1/downloads/{job['id']}/content")

    assert (answer.status_code, answer.json()["job_id"]) == (409, job["id"])
