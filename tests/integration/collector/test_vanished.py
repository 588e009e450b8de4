"""Objects that are stored by a pass that broke off, and gone before their type is read from its first page again."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.collector.conftest import Bench
from tests.integration.collector.test_backup import differences

from reentra.collector.operations.backup import run_backup
from reentra.collector.settings import CollectorSettings
from reentra.common.clock import SystemClock
from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import ObjectTypeName
from reentra.common.jobs.job import Job, NewJob
from reentra.common.stores.embedded import open_stores
from reentra.simulator.data.joins import JOINS
from reentra.simulator.graph import listing
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.truth import whole_truth
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify

LIST = "namedLocation"
PATHS = {"user": "/users/delta$", "group": "/groups/delta$", LIST: "/identity/conditionalAccess/namedLocations$"}
LINKS = {relationship.name for row in CATALOG.values() for relationship in row.relationships}
ENDS = {relation for joins in JOINS.values() for relation in joins}
DELETABLE = list(PATHS)


class Crash(Exception):
    """The process ends here."""


class WatchedCatalogue:
    """Does something behind the `passes`-th rows of a type, before the checkpoint that tells of them; given are the ids
    of all that was stored so far."""

    def __init__(self, catalogue: Any, object_type: str, then: Callable[[list[str]], None], passes: int = 1) -> None:
        self._catalogue = catalogue
        self._object_type = object_type
        self._then = then
        self._left = passes
        self._told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)

    async def stage(self, *args: Any) -> None:
        await self._catalogue.stage(*args)
        rows, marks = args[4], args[5]
        of_type = [r.object_id for r in rows if r.object_type == self._object_type]
        of_type += [object_id for name, object_id in marks if name == self._object_type]
        if of_type:
            self._told.extend(of_type)
            self._left -= 1
            if self._left == 0:
                self._then(self._told)


async def killed(bench: Bench, object_type: str, passes: int = 1) -> list[str]:
    """A process that dies there; the ids whose rows or marks it has stored."""
    stored: list[str] = []

    def die(told: list[str]) -> None:
        stored.extend(told)
        raise Crash

    lease = await bench.jobs.claim(["backup"], "killed")
    assert lease is not None
    with pytest.raises(Crash):
        await run_backup(lease, replace(bench.tools, catalogue=watched(bench, object_type, die, passes)))
    await bench.jobs.release_all()
    return stored


def watched(bench: Bench, object_type: str, then: Callable[[list[str]], None], passes: int = 1) -> Any:
    return WatchedCatalogue(bench.stores.catalogue, object_type, then, passes)


async def goes_on(bench: Bench) -> Job:
    lease = await bench.jobs.claim(["backup"], "next")
    assert lease is not None
    await run_backup(lease, bench.tools)
    return await bench.jobs.get(lease.job.id)


async def submit(bench: Bench, *object_types: str) -> None:
    """Of all types unless some are named."""
    params = {"object_types": list(object_types)} if object_types else {}
    await bench.jobs.submit(NewJob("backup", bench.tenant_id, params, "test"))


def delete(bench: Bench, ids: list[str]) -> str:
    """The first of them, gone for good."""
    bench.directory.hard_delete(ids[0])
    return ids[0]


async def must_be_the_tenant(bench: Bench, job: Job, object_type: str, gone: str) -> None:
    """What is stored, what is counted, and what a rebuild makes of it."""
    assert job.status in ("succeeded", "partial"), job.error
    snapshot = await bench.snapshot(job)
    number, truth, types = snapshot.number, whole_truth(bench.directory), snapshot.types
    assert [d for d in differences(truth, await bench.state(number)) if d.split()[0] in types] == []
    counts = {name: len(truth["objects"].get(name, ())) for name in types}
    assert {name: facts["objects"] for name, facts in types.items()} == counts
    found = await bench.stores.catalogue.objects(bench.tenant_id, ObjectTypeName(object_type), number, removed=True)
    assert gone in {version.object_id for version in found if version.removed == "absent"}
    assert (await verify(bench.stores, bench.installation, all_data=True)).findings == ()
    if number == 1:
        assert types[object_type]["added"] == counts[object_type]
    folder = bench.folder / "again"
    shutil.copytree(bench.folder / "objects", folder / "objects")
    async with open_stores(folder) as stores:
        await rebuild(stores, bench.installation, SystemClock())
        for name in types:
            versions = [
                await of.catalogue.objects(bench.tenant_id, ObjectTypeName(name), number, limit=10_000)
                for of in (stores, bench.stores)
            ]
            assert versions[0] == versions[1], name


@pytest.fixture(autouse=True)
def alone(bench: Bench) -> None:
    """No other object names the first ones of each type, so that none has to be read again when they are gone. There
    are named locations for several pages."""
    directory = bench.directory
    for object_id in [i for name in PATHS for i in list(directory.ids(name))[:2]]:
        for relation in LINKS:
            for source in directory.sources(relation, object_id):
                directory.remove_link(relation, source, object_id)
        for joining in [i for relation in ENDS for i in list(directory.joined(relation, object_id))]:
            directory.hard_delete(joining)
    like = next(iter(directory.objects(LIST)))
    for number in range(6):
        directory.create(LIST, {**like, "id": f"00000000-0000-4000-8000-00000000000{number}"})


@pytest.fixture
def small_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Of two rows, each stored for itself."""
    bench.tools = replace(bench.tools, settings=CollectorSettings(commit_rows=2))
    bench.served.cloud.settings.delta_page_size = 2
    bench.served.cloud.settings.throttle_scale = None
    monkeypatch.setattr(listing, "PAGE", 2)
    return bench


@pytest.mark.parametrize("object_type", DELETABLE)
async def test_what_a_killed_first_backup_stored_and_nobody_lists_any_more_is_gone(
    bench: Bench, object_type: str
) -> None:
    """All types at the same time: the segments of the next process must come behind those of this one."""
    await submit(bench)
    gone = delete(bench, await killed(bench, object_type))
    await must_be_the_tenant(bench, await goes_on(bench), object_type, gone)


async def test_it_is_gone_too_when_the_next_process_was_killed_behind_a_checkpoint(small_pages: Bench) -> None:
    bench = small_pages
    await submit(bench, "user")
    gone = delete(bench, await killed(bench, "user"))
    await killed(bench, "user", passes=3)
    await must_be_the_tenant(bench, await goes_on(bench), "user", gone)


async def test_a_member_that_left_before_the_group_was_read_again_is_no_member(bench: Bench) -> None:
    await submit(bench)
    group = next(g for g in await killed(bench, "group") if len(bench.directory.targets("members", g)) > 1)
    bench.directory.remove_link("members", group, next(iter(bench.directory.targets("members", group))))
    await goes_on(bench)
    assert differences(whole_truth(bench.directory), await bench.state(1)) == []


async def broken_off(bench: Bench, object_type: str) -> tuple[Job, str]:
    """A backup during which an object of the first stored page goes, and the token of the next page grows too old."""
    gone: list[str] = []

    def expire(told: list[str]) -> None:
        gone.append(delete(bench, told))
        rule = FaultRule("status", path=PATHS[object_type], times=1, status=400, code="Directory_ExpiredPageToken")
        bench.served.cloud.faults.set([rule])

    lease = await bench.jobs.claim(["backup"], "test")
    assert lease is not None
    await run_backup(lease, replace(bench.tools, catalogue=watched(bench, object_type, expire)))
    job = await bench.jobs.get(lease.job.id)
    assert bench.served.cloud.faults.struck == 1
    assert "read in full" in (await bench.snapshot(job)).types[object_type]["warning"]
    return job, gone[0]


@pytest.mark.parametrize("object_type", DELETABLE)
async def test_what_a_pass_with_an_expired_page_token_stored_is_gone_too(small_pages: Bench, object_type: str) -> None:
    await submit(small_pages, object_type)
    job, gone = await broken_off(small_pages, object_type)
    await must_be_the_tenant(small_pages, job, object_type, gone)


@pytest.mark.parametrize("object_type", DELETABLE)
async def test_an_unchanged_object_that_a_killed_full_read_met_is_gone_too(
    small_pages: Bench, object_type: str
) -> None:
    """Unchanged objects are only marked as seen."""
    bench = small_pages
    await bench.back_up(object_types=[object_type])
    bench.served.cloud.expire_delta_tokens(bench.tenant_id)
    await submit(bench, object_type)
    gone = delete(bench, await killed(bench, object_type))
    await must_be_the_tenant(bench, await goes_on(bench), object_type, gone)


class DyingLease:
    """The process ends behind the checkpoint of a type's pages, before that of its end."""

    def __init__(self, lease: Any, object_type: str) -> None:
        self._lease = lease
        self._object_type = object_type

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lease, name)

    async def commit(self, *, state: Any = None, **more: Any) -> None:
        told = (state or {"types": {}})["types"].get(self._object_type, {})
        if told.get("pages_done"):
            told["status"] = "reading"
        await self._lease.commit(state=state, **more)
        if told.get("pages_done"):
            raise Crash


@pytest.mark.parametrize("object_type", DELETABLE)
async def test_only_what_is_gone_is_removed_after_a_full_read_whose_one_page_said_all(
    bench: Bench, object_type: str
) -> None:
    """Nothing is marked as seen then, and who goes on must not take everything for gone."""
    await bench.back_up(object_types=[object_type])
    bench.served.cloud.expire_delta_tokens(bench.tenant_id)
    gone = delete(bench, list(bench.directory.ids(object_type)))
    await submit(bench, object_type)
    lease = await bench.jobs.claim(["backup"], "killed")
    assert lease is not None
    dying: Any = DyingLease(lease, object_type)
    with pytest.raises(Crash):
        await run_backup(dying, bench.tools)
    await bench.jobs.release_all()
    await must_be_the_tenant(bench, await goes_on(bench), object_type, gone)


async def test_an_assignment_that_a_killed_backup_stored_is_gone_too(bench: Bench) -> None:
    await submit(bench)
    gone = delete(bench, await killed(bench, "appRoleAssignment"))
    await must_be_the_tenant(bench, await goes_on(bench), "appRoleAssignment", gone)


async def test_backup_that_was_never_killed_does_not_ask_what_it_has_stored(bench: Bench) -> None:
    class Unasked(WatchedCatalogue):
        async def seen(self, *_: Any) -> Any:
            raise AssertionError("it knows")

    await submit(bench)
    lease = await bench.jobs.claim(["backup"], "test")
    assert lease is not None
    catalogue: Any = Unasked(bench.stores.catalogue, "user", lambda _: None)
    await run_backup(lease, replace(bench.tools, catalogue=catalogue))
    assert (await bench.jobs.get(lease.job.id)).status == "succeeded"
