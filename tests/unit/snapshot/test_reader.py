from collections.abc import AsyncIterator

import pytest

from reentra.common.errors import Unreadable
from reentra.common.ids import SegmentId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import SegmentWriter, StoredSegment, build_segment, store_segment
from reentra.common.stores.blobs import BlobInfo
from reentra.common.stores.catalogue import Place
from reentra.common.stores.folder import FolderBlobs


class CountingBlobs:
    """Counts the reads that reach the store."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs
        self.reads: list[tuple[int, int | None]] = []

    async def read(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        self.reads.append((offset, length))
        return await self._blobs.read(key, offset=offset, length=length)

    async def create(self, key: str, data: bytes) -> None:
        await self._blobs.create(key, data)

    async def create_stream(self, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        return await self._blobs.create_stream(key, chunks)

    def stream(self, key: str, *, offset: int = 0, chunk_bytes: int = 1 << 20) -> AsyncIterator[bytes]:
        return self._blobs.stream(key, offset=offset, chunk_bytes=chunk_bytes)

    async def info(self, key: str) -> BlobInfo | None:
        return await self._blobs.info(key)

    def list(self, prefix: str) -> AsyncIterator[str]:
        return self._blobs.list(prefix)

    async def delete(self, key: str) -> None:
        await self._blobs.delete(key)


async def stored(blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]) -> StoredSegment:
    writer = SegmentWriter(keys, frame_bytes=4096)
    for record in records:
        writer.add(record.to_line())
    return await store_segment(blobs, keys, writer.finish())


async def test_one_object_is_one_ranged_read_and_its_neighbours_are_none(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    segment = await stored(blobs, keys, records)
    counting = CountingBlobs(blobs)
    reader = RecordReader(counting, keys)

    assert await reader.read(segment.places[7]) == records[7]
    assert await reader.read(segment.places[8]) == records[8]

    assert counting.reads == [(segment.places[7].offset, segment.places[7].length)]


async def test_many_come_back_in_the_order_asked_for_with_one_read_per_frame(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    segment = await stored(blobs, keys, records)
    counting = CountingBlobs(blobs)
    wanted = [250, 3, 3, 299, 0, 120]

    found = await RecordReader(counting, keys, cache_bytes=1).read_many([segment.places[n] for n in wanted])

    assert found == [records[n] for n in wanted]
    assert len(counting.reads) == len({segment.places[n].offset for n in wanted})


async def test_a_whole_segment_is_read_without_the_catalogue(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    segment = await stored(blobs, keys, records)
    read = [item async for item in RecordReader(blobs, keys).iterate(segment.id)]
    assert read == list(zip(segment.places, records, strict=True))


async def test_the_cache_keeps_to_its_bound(blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]) -> None:
    segment = await stored(blobs, keys, records)
    counting = CountingBlobs(blobs)
    reader = RecordReader(counting, keys, cache_bytes=9000)
    frames = sorted({place.offset for place in segment.places})
    firsts = [next(place for place in segment.places if place.offset == offset) for offset in frames[:3]]

    for place in [*firsts, firsts[0], firsts[2]]:
        await reader.read(place)

    assert [offset for offset, _ in counting.reads] == [*frames[:3], frames[0]]


async def test_a_missing_segment_a_wrong_place_and_a_strange_line_are_unreadable(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    segment = await stored(blobs, keys, records)
    reader = RecordReader(blobs, keys)
    place = segment.places[0]
    with pytest.raises(Unreadable, match="is missing"):
        await reader.read(Place(SegmentId("ab" * 32), 0, 100, 0))
    with pytest.raises(Unreadable, match="not line 10000"):
        await reader.read(Place(place.segment, place.offset, place.length, 10_000))
    with pytest.raises(Unreadable):
        await reader.read(Place(place.segment, place.offset + 1, place.length, 0))
    strange = await store_segment(blobs, keys, build_segment(keys, [b'["no record"]']))
    with pytest.raises(Unreadable, match="no record"):
        await reader.read(strange.places[0])


async def test_a_segment_renamed_in_the_store_is_unreadable(
    blobs: FolderBlobs, keys: TenantKeys, records: list[ObjectRecord]
) -> None:
    one = await stored(blobs, keys, records)
    other = build_segment(keys, [b"{}"])
    await blobs.create(segment_blob(keys.tenant_id, other.id), one.data)
    place = one.places[0]
    with pytest.raises(Unreadable, match=other.id):
        await RecordReader(blobs, keys).read(Place(other.id, place.offset, place.length, 0))
