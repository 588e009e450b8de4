import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reentra.common.errors import Unreadable
from reentra.common.ids import SegmentId, TenantId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import KeyVersion, TenantKeys
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import (
    FRAME_BYTES,
    OpenSegment,
    SegmentWriter,
    StoredSegment,
    build_segment,
    store_segment,
)
from reentra.common.stores.folder import FolderBlobs

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER = TenantId("22222222-2222-4222-8222-222222222222")
KEYS = TenantKeys(TENANT, {1: KeyVersion(b"c" * 32, b"i" * 32)})


def open_all(keys: TenantKeys, segment: SegmentId, data: bytes, kind: str = "records") -> list[bytes]:
    opened = OpenSegment(keys, segment, data, kind)
    opened.check_name()
    return [line for _, line in opened.lines()]


def small() -> tuple[list[bytes], StoredSegment]:
    lines = [b'{"id":"a","type":"user"}', b'{"id":"b","type":"user"}', b'{"id":"c","type":"user"}']
    writer = SegmentWriter(KEYS, frame_bytes=20)
    for line in lines:
        writer.add(line)
    return lines, writer.finish()


@given(st.lists(st.binary(max_size=300).map(lambda b: b.replace(b"\n", b"")), max_size=40), st.integers(1, 500))
def test_lines_come_back_at_their_places(lines: list[bytes], frame_bytes: int) -> None:
    writer = SegmentWriter(KEYS, frame_bytes=frame_bytes)
    slots = [writer.add(line) for line in lines]
    stored = writer.finish()

    read = list(OpenSegment(KEYS, stored.id, stored.data).lines())

    assert [line for _, line in read] == lines
    assert [place for place, _ in read] == [stored.places[slot] for slot in slots]


def test_every_flipped_bit_is_detected() -> None:
    lines, stored = small()
    assert open_all(KEYS, stored.id, stored.data) == lines
    for bit in range(len(stored.data) * 8):
        damaged = bytearray(stored.data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable, match=f"{segment_blob(TENANT, stored.id)}, a segment of tenant {TENANT}"):
            open_all(KEYS, stored.id, bytes(damaged))


def test_a_flipped_bit_in_any_byte_of_columns_is_detected(records: list[ObjectRecord]) -> None:
    stored = build_segment(KEYS, [record.to_line() for record in records])
    for place in range(len(stored.data)):
        damaged = bytearray(stored.data)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(Unreadable):
            open_all(KEYS, stored.id, bytes(damaged))


def test_every_truncation_and_any_addition_is_detected() -> None:
    _, stored = small()
    altered = [stored.data[:length] for length in range(len(stored.data))]
    altered += [stored.data + b"\0", b"\0" + stored.data, stored.data * 2]
    for data in altered:
        with pytest.raises(Unreadable):
            open_all(KEYS, stored.id, data)


def test_another_tenants_segment_does_not_open_even_with_the_same_keys() -> None:
    _, stored = small()
    with pytest.raises(Unreadable):
        open_all(TenantKeys(OTHER, KEYS.versions), stored.id, stored.data)


def test_a_segment_does_not_open_under_another_name_or_kind() -> None:
    _, stored = small()
    other = build_segment(KEYS, [b"x"])
    with pytest.raises(Unreadable):
        open_all(KEYS, other.id, stored.data)
    with pytest.raises(Unreadable):
        open_all(KEYS, stored.id, stored.data, kind="photos")


def test_frames_cannot_change_places() -> None:
    _, stored = small()
    opened = OpenSegment(KEYS, stored.id, stored.data)
    first, second = opened.frames[0], opened.frames[1]
    assert first.length == second.length
    swapped = stored.data[second.offset : second.offset + second.length] + stored.data[: first.length]
    with pytest.raises(Unreadable, match="not in its place"):
        open_all(KEYS, stored.id, swapped + stored.data[len(swapped) :])


def test_the_same_content_has_the_same_name_but_never_the_same_key() -> None:
    (_, one), (_, two) = small(), small()
    assert one.id == two.id
    assert one.places == two.places
    assert one.data != two.data


def test_a_missing_key_version_and_an_unknown_format_are_named() -> None:
    _, stored = small()
    with pytest.raises(Unreadable, match="no key version 1"):
        open_all(TenantKeys(TENANT, {2: KEYS.versions[1]}), stored.id, stored.data)
    opened = OpenSegment(KEYS, stored.id, stored.data)
    newer = bytearray(stored.data)
    newer[opened.frames[-1].offset + opened.frames[-1].length + 3] = 3
    with pytest.raises(Unreadable, match="format version is 3"):
        open_all(KEYS, stored.id, bytes(newer))


def test_old_segments_open_after_a_new_key_version() -> None:
    lines, stored = small()
    rotated = TenantKeys(TENANT, {1: KEYS.versions[1], 2: KeyVersion(b"n" * 32, b"m" * 32)})
    assert open_all(rotated, stored.id, stored.data) == lines
    assert build_segment(rotated, lines).id != stored.id


def test_random_lines_larger_than_a_frame_come_back() -> None:
    lines = [os.urandom(FRAME_BYTES // 2).hex().encode(), b"{}"]
    stored = build_segment(KEYS, lines)
    assert open_all(KEYS, stored.id, stored.data) == lines
    assert len({place.offset for place in stored.places}) == 2


async def test_storing_the_same_content_again_adopts_what_is_there(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    lines = [record.to_line() for record in records]
    first = await store_segment(blobs, keys, build_segment(keys, lines))

    again = build_segment(keys, lines)
    assert again.sha256 != first.sha256
    second = await store_segment(blobs, keys, again)

    assert second == first


async def test_what_is_there_is_checked_before_it_is_adopted(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    built = build_segment(keys, [record.to_line() for record in records])
    await blobs.create(segment_blob(keys.tenant_id, built.id), built.data[:-1] + b"?")
    with pytest.raises(Unreadable):
        await store_segment(blobs, keys, built)
