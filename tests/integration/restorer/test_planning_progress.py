"""A plan of many objects tells how far it has come, and hears on its way that nobody wants it any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reentra.common.jobs.documents import JOBS
from reentra.common.stores.documents import Collection, Document, Json
from reentra.restorer.operations import comparing, links, scene, sifting

from .conftest import Bench


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "_SECONDS", 0.0)
    monkeypatch.setattr(scene, "PORTION", 10)
    monkeypatch.setattr(links, "PORTION", 10)
    monkeypatch.setattr(sifting, "_CHUNK", 10)


def listen(bench: Bench, monkeypatch: pytest.MonkeyPatch, heard: Callable[[Json], None]) -> None:
    """To what is stored of planning jobs."""
    documents = type(bench.stores.documents)
    replace = documents.replace

    async def replaced(self: Any, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        if collection is JOBS and body["kind"] == "restore_plan":
            heard(body)
        return await replace(self, collection, id, body, revision=revision)

    monkeypatch.setattr(documents, "replace", replaced)


async def told(bench: Bench, monkeypatch: pytest.MonkeyPatch, *ids: str) -> list[Json]:
    """The progress of one plan, each once, while it compares."""
    progress: list[Json] = []
    listen(bench, monkeypatch, lambda body: progress.append(body["progress"]))
    plan = await (bench.plan("user", *ids) if ids else bench.plan_all())
    assert plan.is_identical
    comparisons = [one for one in progress if one.get("phase") == comparing.PHASE]
    return [one for i, one in enumerate(comparisons) if i == 0 or one != comparisons[i - 1]]


def rises_to_the_end(progress: list[Json], total: int) -> None:
    assert len(progress) > 4
    assert progress[0] == {"phase": comparing.PHASE, "done": 0, "total": total, "percent": 0}
    assert progress[-1] == {"phase": comparing.PHASE, "done": total, "total": total, "percent": 99}
    assert [p["done"] for p in progress] == sorted(p["done"] for p in progress)


async def test_chosen_objects_are_counted_from_none_to_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.back_up()
    people = sorted(bench.directory.ids("user"))
    rises_to_the_end(await told(bench, monkeypatch, *people), len(people))


async def test_chosen_objects_that_have_no_links_or_are_gone_count_as_much(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last answer of Graph, not with the end of the plan."""
    await bench.back_up()
    devices = sorted(bench.directory.ids("device"))
    gone = devices[: len(devices) // 2]
    for device in gone:
        bench.directory.hard_delete(device)
    progress: list[Json] = []
    listen(bench, monkeypatch, lambda body: progress.append(body["progress"]))
    plan = await bench.plan("device", *devices)
    assert len(plan.blockers) == len(gone)
    last = [one for one in progress if one.get("phase") == comparing.PHASE][-1]
    assert last == {"phase": comparing.PHASE, "done": len(devices), "total": len(devices), "percent": 99}


async def test_a_whole_tenant_is_counted_from_none_to_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = await bench.back_up()
    counts = await bench.stores.catalogue.counts(bench.tenant_id, snapshot)
    rises_to_the_end(await told(bench, monkeypatch), sum(count.live for count in counts.values()))


async def test_a_plan_that_nobody_wants_any_more_ends_in_its_middle(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.back_up()
    dones: list[int] = []

    def give_up(body: Json) -> None:
        dones.append(int(body["progress"].get("done") or 0))
        if dones[-1]:
            body["cancel_requested"] = True

    listen(bench, monkeypatch, give_up)
    job = await bench.run("restore_plan", {"snapshot": 1})
    assert job.status == "cancelled"
    assert 0 < max(dones) < sum(map(len, map(bench.directory.ids, ("user", "group"))))
