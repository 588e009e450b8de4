"""Large objects are put together like small ones are merged, in a fraction of the memory."""

import tracemalloc
from collections.abc import Sequence
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reentra.collector.domain.assembly import Assembly
from reentra.collector.domain.merge import Entry, State, join, merge
from reentra.common.directory.catalog import ObjectType, object_type
from reentra.common.directory.normalise import canonical
from reentra.common.ids import ObjectId, SegmentId, TenantId
from reentra.common.snapshot.frame import Origin
from reentra.common.snapshot.raw import RawRecord, parse_raw
from reentra.common.snapshot.record import ObjectRecord, from_line

GROUP, USER = object_type("group"), object_type("user")
ORIGIN = Origin(TenantId("t"), "records", SegmentId("s"))
OBJECT = ObjectId("o")
Links = dict[str, list[dict[str, Any]]]

ids = st.sampled_from(["a", "b", "é", "\U0001f600", 'q"', "back\\slash", "{", "00000000-0000-0000-0000-000000000001"])
types = st.sampled_from([{}, {"@odata.type": "#microsoft.graph.user"}, {"@odata.type": '#odd"'}, {"more": [1, {}]}])
removals = st.sampled_from([{}, {}, {"@removed": {"reason": "deleted"}}, {"@removed": {"odd": {}}}])


def references(relationship: str) -> st.SearchStrategy[Links]:
    entry = st.builds(lambda id, *more: reduce(dict.__or__, more, {"id": id}), ids, types, removals)
    return st.lists(entry, max_size=6).map(lambda entries: {relationship: entries})


def properties() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["id", "mail", "proxies"]), st.sampled_from(["x", None, [], {"k": 1}]))


def known(relationship: str) -> st.SearchStrategy[ObjectRecord]:
    """Links as they are kept: in order, once each, none of them removed."""
    live = references(relationship).map(
        lambda links: {n: merged({}, e) for n, e in links.items() if merged({}, e)} | {"owners": [{"id": "kept"}]}
    )
    kept = st.builds(lambda p, links: ObjectRecord(GROUP.name, OBJECT, p, links), properties(), live)
    return st.one_of(kept, st.just(ObjectRecord(GROUP.name, OBJECT, removed="changed")))


def merged(_: dict[str, Any], entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {entry["id"]: entry for entry in entries if "@removed" not in entry}
    return [by_id[id] for id in sorted(by_id)]


def pieces(relationship: str) -> st.SearchStrategy[list[ObjectRecord]]:
    piece = st.builds(
        lambda p, links: ObjectRecord(GROUP.name, OBJECT, p, links, part=True), properties(), references(relationship)
    )
    return st.lists(piece, min_size=1, max_size=4)


def stored(record: ObjectRecord) -> RawRecord:
    return parse_raw(ORIGIN, record.to_line())


def assembled(row: ObjectType, base: ObjectRecord, parts: Sequence[ObjectRecord]) -> State | None:
    assembly = Assembly(row, stored(base))
    for part in parts:
        assembly.add(stored(part))
    return assembly.finish()


def merged_whole(row: ObjectType, base: ObjectRecord, parts: Sequence[ObjectRecord]) -> State:
    read = [from_line(part.to_line()) for part in parts]
    entries = [Entry(p.object_id, canonical(p.properties), {n: canonical(e) for n, e in p.links.items()}) for p in read]
    return merge(row, reduce(join, entries), from_line(base.to_line()), overlay=True)


@given(known("members"), pieces("members"))
def test_pieces_make_what_merging_makes_of_them(base: ObjectRecord, parts: list[ObjectRecord]) -> None:
    found, wanted = assembled(GROUP, base, parts), merged_whole(GROUP, base, parts)
    if found is None:
        found = State(GROUP.name, OBJECT, canonical(base.properties), {n: canonical(e) for n, e in base.links.items()})
        assert found.encoded_links == wanted.encoded_links
    else:
        assert found == wanted


def test_the_last_one_of_a_single_valued_relationship_counts() -> None:
    base = ObjectRecord(USER.name, OBJECT, {"id": "o"}, {"manager": [{"id": "first"}]})
    parts = [ObjectRecord(USER.name, OBJECT, {}, {"manager": [{"id": id}]}, part=True) for id in ("second", "third")]
    found = assembled(USER, base, parts)
    assert found == merged_whole(USER, base, parts)
    assert found.links == {"manager": [{"id": "third"}]}


def test_pieces_that_say_what_is_known_make_nothing() -> None:
    links = {"members": [{"id": "a"}, {"id": "b"}]}
    base = ObjectRecord(GROUP.name, OBJECT, {"id": "o", "mail": None}, links)
    assert assembled(GROUP, base, [ObjectRecord(GROUP.name, OBJECT, {}, {"members": [{"id": "b"}]}, part=True)]) is None
    assert assembled(GROUP, base, [ObjectRecord(GROUP.name, OBJECT, {"mail": "m"}, {}, part=True)]) is not None
    gone = [{"id": "b", "@removed": {"reason": "deleted"}}]
    assert assembled(GROUP, base, [ObjectRecord(GROUP.name, OBJECT, {}, {"members": gone}, part=True)]) is not None


def test_a_large_group_is_put_together_in_a_few_times_its_own_size() -> None:
    count, pieces_ = 20_000, 20
    members = [
        {"@odata.type": "#microsoft.graph.user", "id": f"{number:08x}-0000-4000-8000-{number * 7919:012x}"}
        for number in range(count)
    ]
    parts = [
        ObjectRecord(GROUP.name, OBJECT, {}, {"members": members[start::pieces_]}, part=True).to_line()
        for start in range(1, pieces_)
    ]
    base = ObjectRecord(GROUP.name, OBJECT, {"id": "o"}, {"members": members[::pieces_]}).to_line()
    tracemalloc.start()
    try:
        assembly = Assembly(GROUP, parse_raw(ORIGIN, base))
        for part in parts:
            assembly.add(parse_raw(ORIGIN, part))
        found = assembly.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found is not None
    assert found.links["members"] == members
    assert peak < 4 * len(found.encoded_links["members"])
