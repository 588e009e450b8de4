"""The suite of the document port. Inherit, and give a fixture `documents` with an empty store."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reentra.common.errors import Conflict, Stale
from reentra.common.stores.documents import Above, AnyOf, Below, Collection, Documents, Index, Query
from reentra.common.testing.contracts import SHARED_SUITE

JOBS = Collection(
    "contract_jobs",
    (Index(("active_key",), unique=True), Index(("status", "priority")), Index(("lease.expires",))),
)
PAIRS = Collection("contract_pairs", (Index(("tenant", "slot"), unique=True),))
_VALUES = st.one_of(st.none(), st.integers(-5, 5), st.text("aZé~ ", max_size=3))


class DocumentsContract:
    async def test_an_inserted_document_comes_back_with_revision_one(self, documents: Documents) -> None:
        body = {"name": "Zoë 東京", "nested": {"list": [1, None, {"a": True}]}, "number": 2**53}
        inserted = await documents.insert(JOBS, "a", body)
        assert inserted.revision == 1
        found = await documents.get(JOBS, "a")
        assert found is not None
        assert (found.id, found.revision, found.body) == ("a", 1, body)

    async def test_what_is_not_there_is_none(self, documents: Documents) -> None:
        assert await documents.get(JOBS, "nobody") is None

    async def test_an_id_is_taken_once(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"n": 1})
        with pytest.raises(Conflict) as caught:
            await documents.insert(JOBS, "a", {"n": 2})
        assert caught.value.fields["index"] == "id"
        assert not isinstance(caught.value, Stale)
        found = await documents.get(JOBS, "a")
        assert found is not None
        assert found.body == {"n": 1}

    async def test_a_unique_index_refuses_and_is_named(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"active_key": "backup:1"})
        with pytest.raises(Conflict) as caught:
            await documents.insert(JOBS, "b", {"active_key": "backup:1"})
        assert caught.value.fields["index"] == "active_key"
        assert await documents.get(JOBS, "b") is None

    async def test_a_unique_index_of_two_fields_looks_at_both(self, documents: Documents) -> None:
        await documents.insert(PAIRS, "a", {"tenant": "t", "slot": 1})
        await documents.insert(PAIRS, "b", {"tenant": "t", "slot": 2})
        with pytest.raises(Conflict) as caught:
            await documents.insert(PAIRS, "c", {"tenant": "t", "slot": 1})
        assert caught.value.fields["index"] == "tenant,slot"

    async def test_missing_and_null_fields_never_collide(self, documents: Documents) -> None:
        for number, body in enumerate([{}, {}, {"active_key": None}, {"active_key": None}]):
            await documents.insert(JOBS, str(number), body)
        for number in range(2):
            await documents.insert(PAIRS, str(number), {"tenant": "t"})
        assert await documents.count(JOBS, {}) == 4
        assert await documents.count(PAIRS, {"slot": None}) == 2

    async def test_replace_counts_revisions_and_refuses_old_ones(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"n": 1})
        second = await documents.replace(JOBS, "a", {"n": 2}, revision=1)
        assert second.revision == 2
        with pytest.raises(Stale):
            await documents.replace(JOBS, "a", {"n": 3}, revision=1)
        found = await documents.get(JOBS, "a")
        assert found is not None
        assert (found.revision, found.body) == (2, {"n": 2})

    async def test_replacing_what_is_gone_is_stale(self, documents: Documents) -> None:
        with pytest.raises(Stale):
            await documents.replace(JOBS, "nobody", {}, revision=1)

    async def test_replace_into_a_taken_unique_value_conflicts_and_changes_nothing(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"active_key": "k"})
        await documents.insert(JOBS, "b", {"n": 1})
        with pytest.raises(Conflict) as caught:
            await documents.replace(JOBS, "b", {"active_key": "k"}, revision=1)
        assert not isinstance(caught.value, Stale)
        found = await documents.get(JOBS, "b")
        assert found is not None
        assert (found.revision, found.body) == (1, {"n": 1})

    async def test_a_released_unique_value_is_free_again(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"active_key": "k"})
        await documents.replace(JOBS, "a", {"active_key": None}, revision=1)
        await documents.insert(JOBS, "b", {"active_key": "k"})
        await documents.delete(JOBS, "b")
        await documents.insert(JOBS, "c", {"active_key": "k"})

    async def test_of_many_writers_of_one_revision_one_wins(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {})
        writes = [documents.replace(JOBS, "a", {"by": n}, revision=1) for n in range(8)]
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert sum(not isinstance(result, BaseException) for result in results) == 1
        assert sum(isinstance(result, Stale) for result in results) == 7

    async def test_delete_is_repeatable_but_conditional_with_a_revision(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {})
        with pytest.raises(Stale):
            await documents.delete(JOBS, "a", revision=2)
        assert await documents.get(JOBS, "a") is not None
        await documents.delete(JOBS, "a", revision=1)
        await documents.delete(JOBS, "a")
        with pytest.raises(Stale):
            await documents.delete(JOBS, "a", revision=1)

    async def test_conditions_select_by_dotted_paths(self, documents: Documents) -> None:
        await documents.insert(JOBS, "a", {"status": "queued", "lease": {"expires": "2026-01-01T00:00:00Z"}})
        await documents.insert(JOBS, "b", {"status": "running", "lease": {"expires": "2026-02-01T00:00:00Z"}})
        await documents.insert(JOBS, "c", {"status": "running", "lease": None})

        async def ids(**where: object) -> list[str]:
            conditions = {path.replace("__", "."): condition for path, condition in where.items()}
            return [found.id for found in await documents.find(JOBS, Query(conditions))]  # type: ignore[arg-type]

        assert await ids(status="running") == ["b", "c"]
        assert await ids(status=AnyOf(("queued", "running"))) == ["a", "b", "c"]
        assert await ids(status=AnyOf(())) == []
        assert await ids(lease__expires=Below("2026-02-01T00:00:00Z")) == ["a"]
        assert await ids(lease__expires=Above("2026-01-01T00:00:00Z")) == ["b"]
        assert await ids(lease__expires=None) == ["c"]
        assert await ids(lease__expires=AnyOf((None, "2026-01-01T00:00:00Z"))) == ["a", "c"]

    async def test_numbers_are_compared_with_numbers_and_text_with_text(self, documents: Documents) -> None:
        await documents.insert(JOBS, "number", {"v": 5})
        await documents.insert(JOBS, "text", {"v": "5"})
        await documents.insert(JOBS, "null", {"v": None})
        for condition, expected in (
            (Below(6), "number"),
            (Above(4), "number"),
            (Below("6"), "text"),
            (Above("4"), "text"),
        ):
            assert [found.id for found in await documents.find(JOBS, Query({"v": condition}))] == [expected]

    @settings(max_examples=40, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(values=st.lists(_VALUES, max_size=12), descending=st.booleans(), limit=st.integers(1, 4))
    async def test_pages_meet_every_document_once_in_order(
        self, documents: Documents, values: list[int | str | None], descending: bool, limit: int
    ) -> None:
        for found in await documents.find(JOBS, Query(limit=1000)):
            await documents.delete(JOBS, found.id)
        for number, value in enumerate(values):
            await documents.insert(JOBS, f"{number:02}", {"priority": value, "status": "queued"})
        seen: list[tuple[int | str | None, str]] = []
        query = Query({"status": "queued"}, order_by="priority", descending=descending, limit=limit)
        while page := await documents.find(JOBS, query):
            seen += [(found.body["priority"], found.id) for found in page]
            query = Query(query.where, query.order_by, query.descending, after=seen[-1], limit=limit)
        expected = [(value, f"{number:02}") for number, value in enumerate(values)]
        expected.sort(key=lambda row: (_rank(row[0]), row[1]), reverse=descending)
        assert seen == expected

    async def test_without_an_order_pages_go_by_id(self, documents: Documents) -> None:
        for id in ("b", "a", "c"):
            await documents.insert(JOBS, id, {})
        assert [found.id for found in await documents.find(JOBS, Query(limit=2))] == ["a", "b"]
        assert [found.id for found in await documents.find(JOBS, Query(after=(None, "b")))] == ["c"]

    async def test_numbers_are_given_out_once_per_name(self, documents: Documents) -> None:
        given_out = await asyncio.gather(*(documents.next_number("contract") for _ in range(20)))
        assert sorted(given_out) == list(range(1, 21))
        assert await documents.next_number("another") == 1

    async def test_the_clock_is_in_utc_and_does_not_go_back(self, documents: Documents) -> None:
        first = await documents.now()
        assert first.utcoffset() == timedelta(0)
        assert await documents.now() >= first


def _rank(value: int | str | None) -> tuple[int, int | str]:
    """Null, then numbers, then text."""
    if value is None:
        return 0, 0
    return (1, value) if isinstance(value, int) else (2, value)
