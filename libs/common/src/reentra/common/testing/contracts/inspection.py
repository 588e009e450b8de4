"""The suite of the inspection port. Inherit, and give fixtures `documents`, `catalogue`, `inspection` over one empty
database, and `harm`, which changes what is stored behind their backs."""

from collections.abc import Sequence
from typing import Protocol

import pytest

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.documents import Collection, Documents
from reentra.common.stores.inspection import Damage, InspectedRow, Inspection
from reentra.common.testing.contracts.catalogue import OTHER, STARTED, TENANT, USER, backup, row, sealed, segment

NOTES = Collection("notes")


class Harm(Protocol):
    async def body(self, collection: Collection, id: str) -> None:
        """Another value under the name `word`."""

    async def revision(self, collection: Collection, id: str) -> None: ...

    async def counter(self, name: str, value: int) -> None: ...

    async def name(self, tenant_id: TenantId, object_id: ObjectId) -> None:
        """Of the object's first version."""

    async def end(self, tenant_id: TenantId, object_id: ObjectId, last: int | None) -> None:
        """Of the object's first version."""

    async def started(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        """When the snapshot was begun."""

    async def status(self, tenant_id: TenantId, number: SnapshotNumber, status: str) -> None: ...

    async def number(self, tenant_id: TenantId, last: int) -> None:
        """The highest number of a snapshot that was given out."""


class InspectionContract:
    async def test_an_empty_database_is_whole(self, inspection: Inspection) -> None:
        assert await inspection.structure() == []
        assert await inspection.damage(all_rows=True) == []
        assert await inspection.drop_damaged_documents() == []

    async def test_what_backups_and_services_wrote_is_whole(
        self, catalogue: Catalogue, documents: Documents, inspection: Inspection
    ) -> None:
        await _two_backups(catalogue)
        await catalogue.begin(TENANT, "given up", STARTED)
        three = await catalogue.begin(TENANT, "running", STARTED)
        await catalogue.stage(TENANT, three, 1, segment("s", 1), [row("a", "3"), row("d")])
        await documents.insert(NOTES, "a", {"word": "one", "more": [1, 2.5, None, {"é": True}]})
        await documents.replace(NOTES, "a", {"word": "two"}, revision=1)
        assert await documents.next_number("notes") == 1
        assert await inspection.structure() == []
        for all_rows in (False, True):
            assert await inspection.damage(all_rows=all_rows) == []

    async def test_rows_are_what_begins_in_a_snapshot(self, catalogue: Catalogue, inspection: Inspection) -> None:
        one, two = await _two_backups(catalogue)
        found = await _rows(inspection, one)
        assert sorted(found) == ["a", "b", "c"]
        assert found["a"].version.display_name == "Anna"
        assert found["a"].search == "anna"
        found = await _rows(inspection, two)
        assert sorted(found) == ["a", "b"]
        assert found["b"].version.removed == "deleted"
        assert found["b"].kept == ("Bert", {"displayName": "Bert"})
        assert await _rows(inspection, two, OTHER) == {}

    async def test_rows_of_an_open_snapshot_are_what_was_staged_last(
        self, catalogue: Catalogue, inspection: Inspection
    ) -> None:
        await _two_backups(catalogue)
        three = await catalogue.begin(TENANT, "running", STARTED)
        await catalogue.stage(TENANT, three, 1, segment("s", 1), [row("a", "3"), row("c", removed="deleted")])
        await catalogue.stage(TENANT, three, 1, segment("t", 2), [row("a", "4")])
        found = await _rows(inspection, three)
        assert {id: row.version.content_hash[:1] for id, row in found.items()} == {"a": "4", "c": ""}
        assert found["c"].kept == ("Clea", {"displayName": "Clea"})
        assert found["a"].version.first == three

    async def test_a_changed_document_is_named_refused_and_taken_out(
        self, documents: Documents, inspection: Inspection, harm: Harm
    ) -> None:
        for id in ("a", "b", "c"):
            await documents.insert(NOTES, id, {"word": id})
        await harm.body(NOTES, "a")
        await harm.revision(NOTES, "c")
        assert [damage.where for damage in await inspection.damage(all_rows=False)] == ["notes/a", "notes/c"]
        with pytest.raises(Unreadable, match="notes"):
            await documents.get(NOTES, "a")
        assert await inspection.drop_damaged_documents() == [("notes", "a"), ("notes", "c")]
        assert await inspection.damage(all_rows=True) == []
        assert await documents.get(NOTES, "a") is None
        assert await documents.get(NOTES, "b") is not None

    async def test_a_changed_counter_is_named_and_goes_on_from_the_highest_number(
        self, documents: Documents, inspection: Inspection, harm: Harm
    ) -> None:
        for name in ("notes", "others"):
            assert [await documents.next_number(name) for _ in range(3)] == [1, 2, 3]
            await documents.insert(Collection(name), "a", {"number": 3})
        await harm.counter("notes", 1)
        assert [damage.where for damage in await inspection.damage(all_rows=False)] == ["counters/notes"]
        with pytest.raises(Unreadable, match="notes"):
            await documents.next_number("notes")
        assert await inspection.drop_damaged_documents() == [("counters", "notes")]
        assert [await documents.next_number(name) for name in ("notes", "others")] == [4, 4]

    async def test_a_changed_version_is_named_and_refused(
        self, catalogue: Catalogue, inspection: Inspection, harm: Harm
    ) -> None:
        one, _ = await _two_backups(catalogue)
        await harm.name(TENANT, ObjectId("c"))
        found = [found async for found in inspection.rows(TENANT, one)]
        assert [damage.where for inspected in found for damage in inspected.damage] == ["versions/user"]
        assert sorted(id for inspected in found for id in inspected.rows) == ["a", "b"]
        with pytest.raises(Unreadable, match="rebuild"):
            await catalogue.object(TENANT, USER, ObjectId("c"), one)

    @pytest.mark.parametrize(("object_id", "last"), [("a", None), ("a", 7), ("c", 2)])
    async def test_a_state_that_ends_when_no_other_begins_is_found_with_all_rows(
        self, catalogue: Catalogue, inspection: Inspection, harm: Harm, object_id: str, last: int | None
    ) -> None:
        await _two_backups(catalogue)
        await harm.end(TENANT, ObjectId(object_id), last)
        assert await inspection.damage(all_rows=False) == []
        assert _tables(await inspection.damage(all_rows=True)) == {"catalogue/versions"}

    async def test_a_changed_snapshot_is_named(self, catalogue: Catalogue, inspection: Inspection, harm: Harm) -> None:
        one, _ = await _two_backups(catalogue)
        await harm.started(TENANT, one)
        assert "catalogue/snapshots" in _tables(await inspection.damage(all_rows=False))
        with pytest.raises(Unreadable, match="rebuild"):
            await catalogue.snapshot(TENANT, one)

    @pytest.mark.parametrize("status", ["open", "abandoned", "sealee"])
    async def test_a_snapshot_in_another_state_is_named(
        self, catalogue: Catalogue, inspection: Inspection, harm: Harm, status: str
    ) -> None:
        _, two = await _two_backups(catalogue)
        await harm.status(TENANT, two, status)
        assert "catalogue/snapshots" in _tables(await inspection.damage(all_rows=False))

    async def test_a_count_below_the_newest_snapshot_is_named(
        self, catalogue: Catalogue, inspection: Inspection, harm: Harm
    ) -> None:
        await _two_backups(catalogue)
        await harm.number(TENANT, 1)
        assert [damage.tenant_id for damage in await inspection.damage(all_rows=False)] == [TENANT]

    async def test_a_cleared_catalogue_is_a_new_one_and_documents_stay(
        self, catalogue: Catalogue, documents: Documents, inspection: Inspection
    ) -> None:
        await _two_backups(catalogue)
        await documents.insert(NOTES, "a", {"word": "a"})
        await inspection.clear_catalogue()
        assert await catalogue.latest(TENANT) is None
        assert await _rows(inspection, SnapshotNumber(1)) == {}
        assert await backup(catalogue, [row("a", name="Anna")]) == 1
        assert await inspection.damage(all_rows=True) == []
        assert await documents.get(NOTES, "a") is not None


async def _two_backups(catalogue: Catalogue) -> tuple[SnapshotNumber, SnapshotNumber]:
    await backup(catalogue, [row("z", name="Zoe")], tenant=OTHER)
    one = await backup(catalogue, [row("a", name="Anna"), row("b", name="Bert"), row("c", name="Clea")])
    two = await catalogue.begin(TENANT, "job", STARTED)
    await catalogue.stage(TENANT, two, 1, None, [row("a", "2", name="Anna"), row("b", removed="deleted", name="Bert")])
    await catalogue.seal(sealed(two))
    return one, two


async def _rows(
    inspection: Inspection, number: SnapshotNumber, tenant_id: TenantId = TENANT
) -> dict[str, InspectedRow]:
    found: dict[str, InspectedRow] = {}
    async for inspected in inspection.rows(tenant_id, number):
        assert inspected.damage == []
        assert all(row.version.object_type == inspected.object_type for row in inspected.rows.values())
        found |= {str(id): row for id, row in inspected.rows.items()}
    return found


def _tables(damage: Sequence[Damage]) -> set[str]:
    return {found.where for found in damage}
