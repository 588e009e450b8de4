"""Backups of a simulated tenant: what is stored is what the tenant has, and what did not change costs nothing."""

from typing import Any

import pytest
from tests.integration.collector.conftest import READER, Bench

from reentra.collector.operations.links import EXPAND_LIMIT
from reentra.common.directory.catalog import CATALOG
from reentra.common.directory.normalise import strip_annotations, without_empty
from reentra.common.ids import ObjectTypeName
from reentra.common.snapshot.record import ObjectRecord
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.truth import whole_truth


def differences(truth: dict[str, Any], stored: dict[str, dict[str, ObjectRecord]]) -> list[str]:
    problems = []
    for name, row in CATALOG.items():
        expected, found = truth["objects"].get(name, {}), stored.get(name, {})
        problems += [f"{name} {i} missing" for i in expected.keys() - found.keys()]
        problems += [f"{name} {i} too many" for i in found.keys() - expected.keys()]
        for object_id in expected.keys() & found.keys():
            then, now = expected[object_id], found[object_id]
            known, kept = without_empty(strip_annotations(then)), without_empty(now.properties)
            names = set(row.select) if row.select else known.keys()
            problems += [
                f"{name} {object_id} {n}: {kept.get(n)!r} != {known.get(n)!r}"
                for n in names
                if known.get(n) != kept.get(n) and n != "consumedUnits"
            ]
            for relationship in row.relationships:
                if relationship.name in truth["links"]:
                    wanted = set(truth["links"][relationship.name].get(object_id, []))
                    # a soft-deleted member stays a member until it is gone for good (delta-query-overview)
                    in_bin = truth["deleted"].get("user", {}).keys()
                    has = {e["id"] for e in now.links.get(relationship.name, [])} - in_bin
                    if wanted != has:
                        problems.append(f"{name} {object_id} {relationship.name}: {wanted ^ has}")
    return problems


async def test_a_first_backup_stores_the_whole_tenant(bench: Bench) -> None:
    job = await bench.back_up()
    assert job.error is None
    assert job.status == "succeeded"
    assert differences(whole_truth(bench.directory), await bench.state(1)) == []
    assert bench.served.cloud.counters.violations == []


@pytest.mark.parametrize("expands", ["refused", "ignored"])
async def test_where_graph_does_not_expand_relationships_are_read_object_by_object(bench: Bench, expands: Any) -> None:
    bench.served.cloud.settings.expands = expands
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert differences(whole_truth(bench.directory), await bench.state(1)) == []
    user, group = next(iter(bench.directory.ids("user"))), next(iter(bench.directory.ids("group")))
    bench.directory.add_link("owners", group, user)
    await bench.back_up()
    assert differences(whole_truth(bench.directory), await bench.state(2)) == []


async def test_an_unchanged_tenant_writes_nothing_but_a_manifest(bench: Bench) -> None:
    await bench.back_up()
    job = await bench.back_up()
    assert job.status == "succeeded"
    assert not await bench.stores.catalogue.segments(bench.tenant_id, (await bench.snapshot(job)).number)
    assert await bench.state(2) == await bench.state(1)


async def test_an_unchanged_tenant_costs_one_request_per_type_and_one_batch_of_sweeps(bench: Bench) -> None:
    popular = bench.directory.ids("servicePrincipal")
    crowded = sum(len(bench.directory.joined("appRoleAssignedTo", p)) >= EXPAND_LIMIT for p in popular)
    await bench.back_up()
    bench.served.cloud.counters.reset()
    job = await bench.back_up()
    log = bench.served.cloud.counters.log
    assert sorted(entry.template for entry in log if not entry.in_batch) == sorted(
        row.delta or row.collection for row in CATALOG.values() if row.parent_type is None
    )
    stats = job.result["stats"]
    assert stats["requests"] - stats["batches"] == len(CATALOG) - 1
    assert stats["batches"] == 1 + bool(crowded)
    snapshot = await bench.snapshot(job)
    assert snapshot.types["group"]["sweeps"]["owners"] == snapshot.started_at


async def test_sweeps_that_cannot_be_gathered_are_made_one_by_one(bench: Bench) -> None:
    await bench.back_up()
    group, user = next(iter(bench.directory.ids("group"))), list(bench.directory.ids("user"))[11]
    bench.directory.add_link("owners", group, user)
    refusal = FaultRule("status", path=r"^/\$batch$", nth=(1,), status=400, code="BadRequest", message="No.")
    bench.served.cloud.faults.set([refusal])
    assert (await bench.back_up()).status == "succeeded"
    assert differences(whole_truth(bench.directory), await bench.state(2)) == []


async def test_an_incremental_backup_stores_what_changed_and_nothing_else(bench: Bench) -> None:
    await bench.back_up()
    directory = bench.directory
    users, groups = list(directory.ids("user")), list(directory.ids("group"))
    policy = next(iter(directory.ids("conditionalAccessPolicy")))
    group = next(g for g in groups if len(directory.targets("members", g)) > 2)
    directory.patch(users[3], {"jobTitle": "Astronaut", "department": None})
    dismissed = next(
        u for u in users[7:] if not any(a["principalId"] == u for a in directory.objects("roleAssignment"))
    )
    directory.soft_delete(dismissed)
    directory.hard_delete(groups[-1])
    directory.patch(policy, {"displayName": "Renamed"})
    directory.remove_link("members", group, next(iter(directory.targets("members", group))))
    directory.add_link("owners", group, users[4])
    directory.set_single_link("manager", users[5], users[6])
    job = await bench.back_up()
    assert differences(whole_truth(directory), await bench.state(2)) == []
    changes = await bench.stores.catalogue.changes(bench.tenant_id, (await bench.snapshot(job)).number, limit=500)
    by_id = {v.object_id: v for v in changes}
    assert by_id[dismissed].removed == "changed"
    assert by_id[groups[-1]].removed == "deleted"
    assert {users[3], policy, group, users[5]} <= by_id.keys()
    segments = await bench.stores.catalogue.segments(bench.tenant_id, (await bench.snapshot(job)).number)
    assert sum(s.records for s in segments) == len(changes), "nothing unchanged was written"


async def test_a_user_that_comes_back_from_the_bin_is_live_again(bench: Bench) -> None:
    await bench.back_up()
    user = list(bench.directory.ids("user"))[9]
    bench.directory.soft_delete(user)
    await bench.back_up()
    assert user not in (await bench.state(2))["user"]
    bench.directory.restore(user)
    await bench.back_up()
    assert differences(whole_truth(bench.directory), await bench.state(3)) == []
    history = await bench.stores.catalogue.history(bench.tenant_id, ObjectTypeName("user"), user)
    assert [v.removed for v in history] == [None, "changed", None]


async def test_an_expired_delta_token_leads_to_a_full_read_by_itself(bench: Bench) -> None:
    await bench.back_up()
    gone, kept = list(bench.directory.ids("user"))[10:12]
    bench.directory.hard_delete(gone)
    bench.directory.patch(kept, {"jobTitle": "Diver"})
    bench.served.cloud.expire_delta_tokens(bench.tenant_id)
    job = await bench.back_up()
    assert job.status == "succeeded"
    snapshot = await bench.snapshot(job)
    assert snapshot.types["user"]["mode"] == "full"
    assert differences(whole_truth(bench.directory), await bench.state(2)) == []
    changes = await bench.stores.catalogue.changes(bench.tenant_id, snapshot.number, limit=500)
    users = {v.object_id: v.removed for v in changes if v.object_type == "user"}
    assert users.keys() >= {gone, kept}
    assert users[gone] == "absent"
    assert len(users) < 10, "a full read that finds the same states writes nothing"


async def test_a_missing_permission_makes_the_snapshot_partial_with_its_reason(bench: Bench) -> None:
    bench.served.cloud.remove_permission(bench.tenant_id, READER, "Policy.Read.All")
    job = await bench.back_up()
    assert job.status == "partial"
    snapshot = await bench.snapshot(job)
    assert snapshot.result == "partial"
    assert snapshot.types["conditionalAccessPolicy"]["status"] == "failed"
    for name in ("conditionalAccessPolicy", "namedLocation"):
        assert "lacks the application permission Policy.Read.All:" in snapshot.types[name]["reason"]
        assert "grant admin consent" in snapshot.types[name]["reason"]
    assert "Policy.Read.All" in job.result["message"]
    assert "Conditional Access policies" in job.result["message"]
    assert snapshot.types["user"]["status"] == "complete"
    bench.served.cloud.consent(
        bench.tenant_id, READER, [*bench.served.cloud.roles(bench.tenant_id, READER), "Policy.Read.All"]
    )
    assert (await bench.back_up()).status == "succeeded"
    assert differences(whole_truth(bench.directory), await bench.state(2)) == []


async def test_an_app_that_may_read_nothing_fails_and_shows_no_snapshot(bench: Bench) -> None:
    bench.served.cloud.consent(bench.tenant_id, READER, [])
    job = await bench.back_up()
    assert job.status == "failed"
    assert job.error is not None
    assert await bench.stores.catalogue.latest(bench.tenant_id) is None


async def test_a_type_that_vanishes_is_suspicious_and_never_green(bench: Bench) -> None:
    await bench.back_up()
    for policy in list(bench.directory.ids("conditionalAccessPolicy")):
        bench.directory.hard_delete(policy)
    job = await bench.back_up()
    assert job.status == "partial"
    assert (await bench.snapshot(job)).result == "suspicious"
    assert "fell from" in job.result["message"]


async def test_another_tenants_answer_ends_the_job_before_anything_is_written(bench: Bench) -> None:
    organization = next(iter(bench.directory.ids("organization")))
    bench.directory.hard_delete(organization)
    bench.directory.create("organization", {"id": "99999999-0000-4000-8000-000000000000", "displayName": "Else"})
    job = await bench.back_up()
    assert job.status == "failed"
    assert "99999999" in str(job.error)
    assert await bench.stores.catalogue.latest(bench.tenant_id) is None


async def test_a_huge_group_that_comes_in_pieces_is_put_together(bench: Bench) -> None:
    group = bench.directory.create("group", {"displayName": "Everyone", "groupTypes": [], "securityEnabled": True})[
        "id"
    ]
    people = [bench.directory.create("user", {"displayName": f"P{i}"})["id"] for i in range(3000)]
    for person in people:
        bench.directory.add_link("members", group, person)
    await bench.back_up()
    stored = (await bench.state(1))["group"][group]
    assert {m["id"] for m in stored.links["members"]} == set(people)
    bench.directory.remove_link("members", group, people[0])
    await bench.back_up()
    assert {m["id"] for m in (await bench.state(2))["group"][group].links["members"]} == set(people[1:])
