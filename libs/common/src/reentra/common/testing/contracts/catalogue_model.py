"""Random backups played on a catalogue and on a plain dictionary; afterwards both must tell the same story.

A run is one backup: batches of rows (with duplicates, removals, older epochs), and how it ends: sealed, abandoned, or
left open, so that the next job sweeps it.
"""

from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import strategies as st

from reentra.common.errors import Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import (
    Catalogue,
    ObjectVersion,
    Place,
    Removed,
    Snapshot,
    TypeCount,
    VersionRow,
)

Key = tuple[ObjectTypeName, ObjectId]
State = dict[Key, tuple[SnapshotNumber, VersionRow]]
_TYPES = [ObjectTypeName("group"), ObjectTypeName("user")]
_IDS = [ObjectId(id) for id in ("00000000-0000-4000-8000-000000000001", "contoso.example", "b", "a")]
_STARTED = "2026-01-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Batch:
    rows: tuple[VersionRow, ...]
    late: bool
    """Comes from a worker that lost its lease."""


@dataclass(frozen=True, slots=True)
class Run:
    batches: tuple[Batch, ...]
    end: Literal["sealed", "abandoned", "left"]
    resumed: bool
    """The worker starts again in between: it asks for its snapshot a second time."""


def _row(
    object_type: ObjectTypeName, object_id: ObjectId, content: int, removed: Removed | None, place: Place
) -> VersionRow:
    name = f"Name {content}"
    content_hash = "" if removed else f"{content:064x}"
    return VersionRow(object_type, object_id, content_hash, place, removed, name, name.lower(), {"n": name})


_PLACES = st.builds(
    Place,
    st.sampled_from([SegmentId("s1"), SegmentId("s2")]),
    st.sampled_from([0, 100]),
    st.just(50),
    st.integers(0, 3),
)
_ROWS = st.builds(
    _row,
    st.sampled_from(_TYPES),
    st.sampled_from(_IDS),
    st.integers(0, 3),
    st.sampled_from([None, None, None, "changed", "deleted", "absent"]),
    _PLACES,
)
_BATCHES = st.builds(Batch, st.lists(_ROWS, max_size=6).map(tuple), st.sampled_from([False, False, False, True]))
_ENDS = st.sampled_from(["sealed", "sealed", "abandoned", "left"])
RUNS = st.lists(st.builds(Run, st.lists(_BATCHES, max_size=3).map(tuple), _ENDS, st.booleans()), max_size=6)


async def play(catalogue: Catalogue, tenant: TenantId, runs: list[Run]) -> None:
    await catalogue.forget_tenant(tenant)
    current: State = {}
    told: dict[SnapshotNumber, State] = {}
    for index, run in enumerate(runs):
        number, state = await _run(catalogue, tenant, f"job-{index}", run, current)
        if run.end == "sealed":
            current = told[number] = state
        await _compare_all(catalogue, tenant, told)


async def _run(
    catalogue: Catalogue, tenant: TenantId, job: str, run: Run, before: State
) -> tuple[SnapshotNumber, State]:
    number = await catalogue.begin(tenant, job, _STARTED)
    await catalogue.stage(tenant, number, 5, None, [])
    state = dict(before)
    for batch in run.batches:
        if batch.late:
            with pytest.raises(Stale):
                await catalogue.stage(tenant, number, 4, None, batch.rows)
            continue
        await catalogue.stage(tenant, number, 5, None, batch.rows)
        state |= {(row.object_type, row.object_id): (number, row) for row in batch.rows}
        await _compare_heads(catalogue, tenant, state)
    if run.resumed:
        assert await catalogue.begin(tenant, job, _STARTED) == number
    if run.end == "sealed":
        await catalogue.seal(_snapshot(tenant, number, job))
    elif run.end == "abandoned":
        await catalogue.abandon(tenant, number)
        await _compare_heads(catalogue, tenant, before)
    return number, state


async def _compare_heads(catalogue: Catalogue, tenant: TenantId, state: State) -> None:
    for object_type in _TYPES:
        heads = await catalogue.heads(tenant, object_type, _IDS)
        assert {id: _told(head) for id, head in heads.items()} == {
            id: row for (its_type, id), row in state.items() if its_type == object_type
        }


async def _compare_all(catalogue: Catalogue, tenant: TenantId, told: dict[SnapshotNumber, State]) -> None:
    assert [snapshot.number for snapshot in await catalogue.snapshots(tenant)] == sorted(told, reverse=True)
    for number, state in told.items():
        await _compare_snapshot(catalogue, tenant, number, state)
    for object_type in _TYPES:
        for object_id in _IDS:
            await _compare_history(catalogue, tenant, (object_type, object_id), told)


async def _compare_snapshot(catalogue: Catalogue, tenant: TenantId, number: SnapshotNumber, state: State) -> None:
    live = {key: value for key, value in state.items() if value[1].removed is None}
    gone = {key: value for key, value in state.items() if key not in live}
    scanned = [version async for batch in catalogue.scan(tenant, number) for version in batch]
    assert len(scanned) == len(live)
    assert {(version.object_type, version.object_id): _told(version) for version in scanned} == live
    assert [_key(version) for version in await catalogue.find(tenant, _IDS, number)] == sorted(state)
    assert [_key(version) for version in await catalogue.changes(tenant, number)] == sorted(
        key for key, value in state.items() if value[0] == number
    )
    for object_type in _TYPES:
        for wanted, removed in ((live, False), (gone, True)):
            listed = await catalogue.objects(tenant, object_type, number, removed=removed)
            assert {_key(version): _told(version) for version in listed} == {
                key: value for key, value in wanted.items() if key[0] == object_type
            }
            order = [(version.display_name, version.object_id) for version in listed]
            assert order == sorted(order)
    counts = await catalogue.counts(tenant, number)
    assert counts == {
        object_type: TypeCount(sum(key[0] == object_type for key in live), sum(key[0] == object_type for key in gone))
        for object_type in _TYPES
        if any(key[0] == object_type for key in state)
    }


async def _compare_history(catalogue: Catalogue, tenant: TenantId, key: Key, told: dict[SnapshotNumber, State]) -> None:
    expected = dict.fromkeys(state[key][0] for _, state in sorted(told.items()) if key in state)
    history = await catalogue.history(tenant, *key)
    assert [version.first for version in history] == list(expected)
    assert [version.last for version in history] == [*list(expected)[1:], None][: len(history)]
    for number, state in told.items():
        found = await catalogue.object(tenant, *key, number)
        assert (_told(found) if found else None) == state.get(key)


def _told(version: ObjectVersion) -> tuple[SnapshotNumber, VersionRow]:
    """The version as the row it was staged as; search text is not given back."""
    return version.first, VersionRow(
        version.object_type,
        version.object_id,
        version.content_hash,
        version.place,
        version.removed,
        version.display_name,
        version.display_name.lower(),
        version.facets,
    )


def _key(version: ObjectVersion) -> Key:
    return version.object_type, version.object_id


def _snapshot(tenant: TenantId, number: SnapshotNumber, job: str) -> Snapshot:
    return Snapshot(tenant, number, "sealed", "complete", job, _STARTED, _STARTED, {}, f"k{number}", f"m{number}", {})
