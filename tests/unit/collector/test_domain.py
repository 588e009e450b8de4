"""Merging what delta says, choosing what to read, judging the result."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reentra.collector.domain.choices import TypeMemory, choose_mode, first_request, is_sweep_due, sweep_request
from reentra.collector.domain.merge import is_fragment, merge, merge_links, read_entry
from reentra.collector.domain.verdict import TypeOutcome, judge, shrink_warning
from reentra.collector.settings import CollectorSettings
from reentra.common.clock import to_text
from reentra.common.directory.catalog import object_type
from reentra.common.ids import ObjectId
from reentra.common.snapshot.record import ObjectRecord

GROUP, USER = object_type("group"), object_type("user")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
SETTINGS = CollectorSettings()


def member(name: str, *, removed: bool = False) -> dict[str, object]:
    entry: dict[str, object] = {"@odata.type": "#microsoft.graph.user", "id": name}
    return {**entry, "@removed": {"reason": "deleted"}} if removed else entry


def test_an_entry_is_taken_apart_into_properties_links_and_removal() -> None:
    entry = read_entry({"id": "g", "displayName": "G", "members@delta": [member("a")], "@odata.etag": "x"})
    assert entry.properties == {"id": "g", "displayName": "G"}
    assert entry.link_changes == {"members": [member("a")]}
    assert read_entry({"id": "g", "@removed": {"reason": "changed"}}).removed == "changed"


def test_a_later_page_with_members_only_keeps_the_properties() -> None:
    base = ObjectRecord(GROUP.name, ObjectId("g"), {"id": "g", "displayName": "G"}, {"members": [member("a")]})
    entry = read_entry({"id": "g", "members@delta": [member("b"), member("a", removed=True)]})
    assert is_fragment(entry)
    merged = merge(GROUP, entry, base, overlay=True)
    assert merged.properties == {"id": "g", "displayName": "G"}
    assert merged.links == {"members": [member("b")]}


def test_a_full_read_drops_what_is_no_longer_said_and_carries_over_what_delta_never_says() -> None:
    links = {"members": [member("a")], "owners": [member("o")]}
    base = ObjectRecord(GROUP.name, ObjectId("g"), {"id": "g", "description": "old"}, links)
    merged = merge(GROUP, read_entry({"id": "g", "members@delta": [member("b")]} | {"mail": "m"}), base, overlay=False)
    assert merged.properties == {"id": "g", "mail": "m"}
    assert merged.links == {"members": [member("b")], "owners": [member("o")]}


def test_a_manager_is_replaced_and_taken_away() -> None:
    base = ObjectRecord(USER.name, ObjectId("u"), {"id": "u"}, {"manager": [member("m1")]})
    replaced = merge(USER, read_entry({"id": "u", "manager@delta": [member("m2")]}), base, overlay=True)
    assert replaced.links == {"manager": [member("m2")]}
    gone = merge(USER, read_entry({"id": "u", "manager@delta": [member("m1", removed=True)]}), base, overlay=True)
    assert gone.links == {}


def test_an_object_that_comes_back_from_the_bin_does_not_inherit_its_removal() -> None:
    base = ObjectRecord(USER.name, ObjectId("u"), removed="changed")
    merged = merge(USER, read_entry({"id": "u", "displayName": "U"}), base, overlay=True)
    assert merged.record.removed is None
    assert merged.properties == {"id": "u", "displayName": "U"}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=20))
def test_link_changes_add_up_to_the_last_word_on_each_link_however_they_are_split(
    changes: list[tuple[str, bool]],
) -> None:
    entries = [member(name, removed=removed) for name, removed in changes]
    expected = sorted({n for i, (n, r) in enumerate(changes) if not r and n not in {m for m, _ in changes[i + 1 :]}})
    for cut in range(len(entries) + 1):
        merged = merge_links(merge_links([], entries[:cut]), entries[cut:])
        assert [m["id"] for m in merged] == expected
        again = merge_links(merged, entries[cut:])
        assert [m["id"] for m in again] == expected, "a page that is delivered twice changes nothing"


def test_a_delta_link_makes_a_backup_incremental_until_it_is_a_week_old() -> None:
    fresh = TypeMemory("link", to_text(NOW - timedelta(days=6)), 5)
    assert choose_mode(USER, fresh, NOW, SETTINGS) == "incremental"
    assert choose_mode(USER, TypeMemory("link", to_text(NOW - timedelta(days=7)), 5), NOW, SETTINGS) == "full"
    assert choose_mode(USER, TypeMemory(), NOW, SETTINGS) == "full"
    assert choose_mode(object_type("domain"), fresh, NOW, SETTINGS) == "full"


def test_cheap_sweeps_always_run_and_dear_ones_when_the_last_is_old() -> None:
    recently = TypeMemory("l", to_text(NOW), 0, {"owners": to_text(NOW - timedelta(hours=1))})
    long_ago = TypeMemory("l", to_text(NOW), 0, {"owners": to_text(NOW - timedelta(hours=13))})
    assert is_sweep_due(GROUP, "owners", 2000, recently, NOW, SETTINGS)
    assert not is_sweep_due(GROUP, "owners", 20_000, recently, NOW, SETTINGS)
    assert is_sweep_due(GROUP, "owners", 20_000, long_ago, NOW, SETTINGS)
    assert is_sweep_due(GROUP, "owners", 20_000, TypeMemory(), NOW, SETTINGS)


def test_requests_name_links_in_delta_and_never_set_top_there() -> None:
    path, params = first_request(GROUP)
    assert path == "/groups/delta"
    assert params["$select"].endswith(",members")
    assert "$top" not in params
    assert first_request(object_type("roleDefinition")) == ("/roleManagement/directory/roleDefinitions", {})
    assert sweep_request(GROUP, "owners") == ("/groups", {"$select": "id", "$expand": "owners", "$top": "999"})


def test_a_type_that_vanishes_or_halves_is_suspicious_and_a_missing_one_partial() -> None:
    assert shrink_warning(TypeOutcome(3, 0)) == "fell from 3 objects to none"
    assert shrink_warning(TypeOutcome(40, 20)) is not None
    assert shrink_warning(TypeOutcome(40, 21)) is None
    assert shrink_warning(TypeOutcome(4, 2)) is None
    assert judge({"a": TypeOutcome(3, 3)}) == "complete"
    assert judge({"a": TypeOutcome(3, 3), "b": TypeOutcome(3, 0, "no permission")}) == "partial"
    assert judge({"a": TypeOutcome(3, 0), "b": TypeOutcome(3, 0, "no permission")}) == "suspicious"
