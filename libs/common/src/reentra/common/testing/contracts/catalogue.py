"""The suite of the catalogue port. Inherit, and give a fixture `catalogue` with an empty store.

`catalogue_model.py` beside it plays random backups against a plain dictionary.
"""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reentra.common.errors import Conflict, NotFound, Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import (
    Catalogue,
    ObjectVersion,
    Place,
    Removed,
    SegmentEntry,
    Snapshot,
    TypeCount,
    VersionRow,
)
from reentra.common.testing.contracts import SHARED_SUITE
from reentra.common.testing.contracts.catalogue_model import RUNS, Run, play

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER = TenantId("22222222-2222-4222-8222-222222222222")
USER = ObjectTypeName("user")
GROUP = ObjectTypeName("group")
STARTED = "2026-01-01T00:00:00.000000Z"


def row(
    id: str,
    content: str = "1",
    *,
    object_type: ObjectTypeName = USER,
    name: str = "",
    removed: Removed | None = None,
    place: Place | None = None,
) -> VersionRow:
    where = place or Place(SegmentId("segment"), 0, 10, 0)
    facets = {"displayName": name} if name else {}
    content_hash = "" if removed else content * 32
    return VersionRow(object_type, ObjectId(id), content_hash, where, removed, name, name.lower(), facets)


def segment(name: str, ordinal: int) -> SegmentEntry:
    return SegmentEntry(SegmentId(name), USER, ordinal, 1000, "ab" * 32, 10)


def sealed(number: SnapshotNumber, *, manifest: str = "m", tenant: TenantId = TENANT) -> Snapshot:
    return Snapshot(
        tenant_id=tenant,
        number=number,
        status="sealed",
        result="partial",
        job_id="job",
        started_at=STARTED,
        sealed_at="2026-01-01T00:05:00.000000Z",
        types={"user": {"status": "done", "objects": 3}},
        manifest_key=f"snapshots/{number:08}.json",
        manifest_sha256=manifest,
        stats={"requests": 7},
    )


async def backup(
    catalogue: Catalogue, rows: Sequence[VersionRow], *, job: str = "job", tenant: TenantId = TENANT
) -> SnapshotNumber:
    number = await catalogue.begin(tenant, job, STARTED)
    await catalogue.stage(tenant, number, 1, None, rows)
    await catalogue.seal(sealed(number, tenant=tenant))
    return number


def ids(versions: Sequence[ObjectVersion]) -> list[str]:
    return [str(version.object_id) for version in versions]


class CatalogueContract:
    async def test_a_job_finds_its_open_snapshot_again_and_numbers_are_never_reused(self, catalogue: Catalogue) -> None:
        first = await catalogue.begin(TENANT, "job-1", STARTED)
        assert first == 1
        assert await catalogue.begin(TENANT, "job-1", STARTED) == 1
        assert await catalogue.begin(OTHER, "job-9", STARTED) == 1
        assert await catalogue.begin(TENANT, "job-2", STARTED) == 2
        left = await catalogue.snapshot(TENANT, first)
        assert left is not None
        assert left.status == "abandoned"
        await catalogue.abandon(TENANT, SnapshotNumber(2))
        assert await catalogue.begin(TENANT, "job-2", STARTED) == 3

    async def test_rebuild_names_its_number_and_it_must_be_new(self, catalogue: Catalogue) -> None:
        assert await catalogue.begin(TENANT, "rebuild-4", STARTED, number=SnapshotNumber(4)) == 4
        await catalogue.seal(sealed(SnapshotNumber(4)))
        with pytest.raises(Conflict):
            await catalogue.begin(TENANT, "rebuild-4", STARTED, number=SnapshotNumber(4))
        assert await catalogue.begin(TENANT, "job", STARTED) == 5

    async def test_nothing_of_an_open_snapshot_is_visible(self, catalogue: Catalogue) -> None:
        one = await backup(catalogue, [row("a", "1", name="Anna"), row("b", "1", name="Bert")])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        changes = [row("a", "2", name="Zoe"), row("b", removed="changed"), row("c", name="New")]
        await catalogue.stage(TENANT, two, 1, None, changes)
        assert ids(await catalogue.objects(TENANT, USER, one)) == ["a", "b"]
        assert [version.last for version in await catalogue.objects(TENANT, USER, one)] == [None, None]
        assert len(await catalogue.history(TENANT, USER, ObjectId("a"))) == 1
        latest = await catalogue.latest(TENANT)
        assert latest is not None
        assert latest.number == one
        assert await catalogue.counts(TENANT, one) == {USER: TypeCount(2, 0)}
        assert await catalogue.counts(TENANT, two) == {USER: TypeCount(2, 1)}
        for reading in (
            catalogue.objects(TENANT, USER, two),
            catalogue.object(TENANT, USER, ObjectId("a"), two),
            catalogue.find(TENANT, [ObjectId("a")], two),
            catalogue.changes(TENANT, two),
        ):
            with pytest.raises(NotFound):
                await reading
        with pytest.raises(NotFound):
            [batch async for batch in catalogue.scan(TENANT, two, USER)]

    async def test_heads_include_what_is_staged(self, catalogue: Catalogue) -> None:
        await backup(catalogue, [row("a", "1"), row("b", "1")])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        await catalogue.stage(TENANT, two, 1, None, [row("b", "2"), row("c", "2"), row("d", object_type=GROUP)])
        found = await catalogue.heads(TENANT, USER, [ObjectId(id) for id in "abcdz"])
        assert {id: head.content_hash[0] for id, head in found.items()} == {"a": "1", "b": "2", "c": "2"}

    async def test_a_sealed_snapshot_comes_back_whole(self, catalogue: Catalogue) -> None:
        number = await backup(catalogue, [])
        assert await catalogue.snapshot(TENANT, number) == sealed(number)
        assert await catalogue.latest(TENANT) == sealed(number)
        assert await catalogue.snapshots(TENANT) == [sealed(number)]
        assert await catalogue.latest(OTHER) is None

    async def test_sealing_again_is_harmless_with_the_same_manifest_only(self, catalogue: Catalogue) -> None:
        number = await backup(catalogue, [row("a")])
        await catalogue.seal(sealed(number))
        with pytest.raises(Stale):
            await catalogue.seal(sealed(number, manifest="other"))
        with pytest.raises(Stale):
            await catalogue.seal(sealed(SnapshotNumber(9)))
        with pytest.raises(Stale):
            await catalogue.stage(TENANT, number, 1, None, [row("b")])
        with pytest.raises(Stale):
            await catalogue.abandon(TENANT, number)
        assert ids(await catalogue.objects(TENANT, USER, number)) == ["a"]

    async def test_a_writer_with_an_older_epoch_is_turned_away_whole(self, catalogue: Catalogue) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        await catalogue.stage(TENANT, number, 1, segment("one", 0), [row("a", "1")])
        await catalogue.stage(TENANT, number, 2, segment("two", 1), [row("a", "2")])
        with pytest.raises(Stale):
            await catalogue.stage(TENANT, number, 1, segment("three", 2), [row("a", "3"), row("b", "3")])
        found = await catalogue.heads(TENANT, USER, [ObjectId("a"), ObjectId("b")])
        assert {id: head.content_hash[0] for id, head in found.items()} == {"a": "2"}
        assert [entry.segment for entry in await catalogue.segments(TENANT, number)] == ["one", "two"]

    async def test_segments_are_recorded_once_in_the_order_of_their_last_staging(self, catalogue: Catalogue) -> None:
        number = await catalogue.begin(TENANT, "job", STARTED)
        for name, ordinal in (("c", 0), ("a", 1), ("b", 1), ("a", 1)):
            await catalogue.stage(TENANT, number, 1, segment(name, ordinal), [])
        assert await catalogue.segments(TENANT, number) == [segment("c", 0), segment("b", 1), segment("a", 1)]
        assert await catalogue.segments(OTHER, number) == []

    async def test_objects_are_listed_by_name_and_id_page_by_page(self, catalogue: Catalogue) -> None:
        names = ["Zoë", "anna", "Anna", "Anna", "", "東京"]
        rows = [row(f"{index}", name=name) for index, name in enumerate(names)]
        number = await backup(catalogue, [*rows, row("g", object_type=GROUP, name="Group")])
        seen: list[tuple[str, ObjectId]] = []
        while page := await catalogue.objects(TENANT, USER, number, after=seen[-1] if seen else None, limit=2):
            seen += [(version.display_name, version.object_id) for version in page]
        assert seen == sorted((name, str(index)) for index, name in enumerate(names))

    async def test_search_wants_every_word_somewhere(self, catalogue: Catalogue) -> None:
        rows = [row("a", name="Anna Smith"), row("b", name="Smithson, ANNA"), row("c", name="Bert Smith 100%_")]
        number = await backup(catalogue, rows)

        async def search(text: str) -> list[str]:
            return ids(await catalogue.objects(TENANT, USER, number, search=text))

        assert await search("smith anna") == ["a", "b"]
        assert await search("SMITH") == ["a", "c", "b"]
        assert await search("%_") == ["c"]
        assert await search("x%") == []
        assert await search("  ") == ["a", "c", "b"]

    async def test_search_looks_through_name_and_id_as_well(self, catalogue: Catalogue) -> None:
        found = VersionRow(
            USER, ObjectId("Id-7"), "11" * 16, Place(SegmentId("s"), 0, 10, 0), None, "Åsa BERG", "åsa x@y"
        )
        number = await backup(catalogue, [found])
        for words in ("berg", "id-7", "åsa", "X@Y", "berg id-7 x@y"):
            assert ids(await catalogue.objects(TENANT, USER, number, search=words)) == ["Id-7"], words
        assert ids(await catalogue.objects(TENANT, USER, number, search="berg id-8")) == []

    async def test_objects_are_filtered_by_their_facets(self, catalogue: Catalogue) -> None:
        number = await backup(
            catalogue, [row("a", name="Anna"), row("b", name="Anna"), row("c", name="Bert"), row("d")]
        )
        wanted = {"displayName": "Anna"}
        assert ids(await catalogue.objects(TENANT, USER, number, facets=wanted)) == ["a", "b"]
        after = ("Anna", ObjectId("a"))
        assert ids(await catalogue.objects(TENANT, USER, number, facets=wanted, search="ANN", after=after)) == ["b"]
        assert await catalogue.objects(TENANT, USER, number, facets={"displayName": "anna"}) == []
        assert await catalogue.objects(TENANT, USER, number, facets=wanted | {"mail": "x"}) == []

    async def test_the_values_of_facets_are_counted_as_of_a_snapshot(self, catalogue: Catalogue) -> None:
        gone = replace(row("d", removed="changed", name="Anna"), facets={"displayName": "Anna", "a.b": "2"})
        one = await backup(catalogue, [row("a", name="Anna"), row("b", name="Anna"), row("c", name="Ben")])
        more = replace(row("c", "2", name="Anna"), facets={"displayName": "Anna", "a.b": "1"})
        two = await backup(catalogue, [more, row("e"), gone, row("x", object_type=GROUP, name="Anna")])
        names = ["displayName", "a.b"]
        found = await catalogue.facet_values(TENANT, USER, one, names)
        assert found == {"displayName": {"Anna": 2, "Ben": 1}, "a.b": {}}
        found = await catalogue.facet_values(TENANT, USER, two, names)
        assert found == {"displayName": {"Anna": 3}, "a.b": {"1": 1}}
        found = await catalogue.facet_values(TENANT, USER, two, names, removed=True)
        assert found == {"displayName": {"Anna": 1}, "a.b": {"2": 1}}
        assert await catalogue.facet_values(TENANT, USER, two, []) == {}
        with pytest.raises(NotFound):
            await catalogue.facet_values(TENANT, USER, SnapshotNumber(two + 1), names)

    async def test_removed_objects_are_listed_apart(self, catalogue: Catalogue) -> None:
        one = await backup(catalogue, [row("a", name="Anna"), row("b", name="Bert")])
        two = await backup(catalogue, [row("a", name="Anna", removed="deleted")], job="job-2")
        assert ids(await catalogue.objects(TENANT, USER, two)) == ["b"]
        (gone,) = await catalogue.objects(TENANT, USER, two, removed=True)
        assert (gone.object_id, gone.removed, gone.first, gone.content_hash) == ("a", "deleted", two, "")
        assert await catalogue.objects(TENANT, USER, one, removed=True) == []
        assert await catalogue.counts(TENANT, two) == {USER: TypeCount(1, 1)}

    async def test_untouched_objects_are_the_live_ones_nobody_saw(self, catalogue: Catalogue) -> None:
        gone = row("e", removed="absent")
        await backup(catalogue, [row("a"), row("b"), row("c"), row("d"), gone, row("g", object_type=GROUP)])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        await catalogue.stage(TENANT, two, 1, None, [row("b", "2")], touched=[(USER, ObjectId("c"))])
        left = await catalogue.untouched(TENANT, USER, two, 10)
        assert sorted(ids(left)) == ["a", "d"]
        assert len(await catalogue.untouched(TENANT, USER, two, 1)) == 1
        await catalogue.stage(TENANT, two, 1, None, [row(str(version.object_id), removed="absent") for version in left])
        assert await catalogue.untouched(TENANT, USER, two, 10) == []
        await catalogue.seal(sealed(two))
        three = await catalogue.begin(TENANT, "job-3", STARTED)
        assert sorted(ids(await catalogue.untouched(TENANT, USER, three, 10))) == ["b", "c"]

    async def test_seen_objects_are_those_staged_or_touched_in_the_open_snapshot(self, catalogue: Catalogue) -> None:
        await backup(catalogue, [row("a"), row("b"), row("c"), row("d"), row("g", object_type=GROUP)])
        two = await catalogue.begin(TENANT, "job-2", STARTED)
        assert list(await catalogue.seen(TENANT, USER, two)) == []
        marks = [(USER, ObjectId("c")), (USER, ObjectId("b")), (GROUP, ObjectId("g"))]
        await catalogue.stage(TENANT, two, 1, None, [row("b", "2"), row("n"), row("m", object_type=GROUP)], marks)
        await catalogue.stage(
            TENANT, two, 1, None, [row("n", removed="absent"), row("b", "3")], [(USER, ObjectId("c"))]
        )
        assert sorted(await catalogue.seen(TENANT, USER, two)) == ["b", "c", "n"]
        assert sorted(await catalogue.seen(TENANT, GROUP, two)) == ["g", "m"]
        assert list(await catalogue.seen(OTHER, USER, two)) == []
        await catalogue.seal(sealed(two))
        three = await catalogue.begin(TENANT, "job-3", STARTED)
        assert list(await catalogue.seen(TENANT, USER, three)) == []

    async def test_scan_meets_every_frame_once(self, catalogue: Catalogue) -> None:
        places = [Place(SegmentId(name), offset, 10, line) for name in "ba" for offset in (0, 10) for line in (1, 0)]
        rows = [row(f"{index}", place=place) for index, place in enumerate(places)]
        number = await backup(catalogue, rows)
        batches = [batch async for batch in catalogue.scan(TENANT, number)]
        found = [version.place for batch in batches for version in batch]
        assert sorted(found, key=str) == sorted(places, key=str)
        frames = [(place.segment, place.offset) for place in found]
        assert [frame for index, frame in enumerate(frames) if index == 0 or frames[index - 1] != frame] == list(
            dict.fromkeys(frames)
        )

    async def test_find_looks_through_all_types(self, catalogue: Catalogue) -> None:
        number = await backup(catalogue, [row("a"), row("a", object_type=GROUP), row("b"), row("c", removed="changed")])
        found = await catalogue.find(TENANT, [ObjectId(id) for id in "acz"], number)
        assert [(version.object_type, version.object_id) for version in found] == [
            (GROUP, "a"),
            (USER, "a"),
            (USER, "c"),
        ]

    async def test_changes_are_what_begins_in_a_snapshot(self, catalogue: Catalogue) -> None:
        await backup(catalogue, [row("a"), row("b"), row("c")])
        two = await backup(catalogue, [row("b", "2"), row("d"), row("a", object_type=GROUP)], job="job-2")
        everything = await catalogue.changes(TENANT, two)
        assert [(version.object_type, version.object_id) for version in everything] == [
            (GROUP, "a"),
            (USER, "b"),
            (USER, "d"),
        ]
        assert ids(await catalogue.changes(TENANT, two, after=(GROUP, ObjectId("a")), limit=1)) == ["b"]
        assert ids(await catalogue.changes(TENANT, two, after=(USER, ObjectId("b")))) == ["d"]

    async def test_a_type_tells_when_it_changed_last(self, catalogue: Catalogue) -> None:
        one = await backup(catalogue, [row("a"), row("a", object_type=GROUP)])
        two = await backup(catalogue, [row("a", "2")], job="job-2")
        three = await backup(catalogue, [row("a", removed="deleted")], job="job-3")
        assert await catalogue.last_changes(TENANT, one) == {GROUP: one, USER: one}
        assert await catalogue.last_changes(TENANT, two) == {GROUP: one, USER: two}
        assert await catalogue.last_changes(TENANT, three) == {GROUP: one, USER: three}

    async def test_a_forgotten_tenant_is_gone_and_its_numbers_are_not_reused(self, catalogue: Catalogue) -> None:
        await backup(catalogue, [row("a")])
        other = await backup(catalogue, [row("a")], tenant=OTHER)
        await catalogue.forget_tenant(TENANT)
        assert await catalogue.latest(TENANT) is None
        assert await catalogue.heads(TENANT, USER, [ObjectId("a")]) == {}
        assert await catalogue.begin(TENANT, "job", STARTED) == 2
        assert ids(await catalogue.objects(OTHER, USER, other)) == ["a"]

    @settings(suppress_health_check=SHARED_SUITE)
    @given(runs=RUNS, number=st.integers(0, 2**48))
    async def test_random_backups_read_like_a_dictionary(
        self, catalogue: Catalogue, runs: list[Run], number: int
    ) -> None:
        """Every example plays on a tenant of its own, so that one store serves them all."""
        await play(catalogue, TenantId(f"00000000-0000-4000-8000-{number:012x}"), runs)
