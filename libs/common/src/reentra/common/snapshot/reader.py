"""Reading records back by their place: one object is one ranged read of one frame.

Decrypted frames are kept, up to a number of bytes, so that neighbours and history cost nothing. Whatever does not
open, or is another line than was asked for, raises Unreadable with the blob's name; nothing doubtful is returned.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

import orjson

from reentra.common.errors import NotFound, Unreadable
from reentra.common.ids import SegmentId, TenantId
from reentra.common.snapshot import frame as frames
from reentra.common.snapshot.frame import Origin
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.packing import lines_of
from reentra.common.snapshot.record import ObjectRecord, from_line
from reentra.common.snapshot.segment import RECORDS, OpenSegment
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Place, SegmentEntry

DEFAULT_CACHE_BYTES = 32 << 20

_Key = tuple[SegmentId, int, int]


class _FrameCache:
    """Least recently used first out, bounded in bytes. One frame may be larger than the bound: it is kept alone."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._frames: OrderedDict[_Key, tuple[list[bytes], int]] = OrderedDict()

    def get(self, key: _Key) -> list[bytes] | None:
        found = self._frames.get(key)
        if found is None:
            return None
        self._frames.move_to_end(key)
        return found[0]

    def put(self, key: _Key, lines: list[bytes], size: int) -> None:
        if key in self._frames:
            return
        self._frames[key] = (lines, size)
        self._bytes += size
        while self._bytes > self._limit and len(self._frames) > 1:
            _, (_, dropped) = self._frames.popitem(last=False)
            self._bytes -= dropped


class RecordReader:
    """One tenant's records."""

    def __init__(self, blobs: Blobs, keys: TenantKeys, *, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._blobs = blobs
        self._keys = keys
        self._cache = _FrameCache(cache_bytes)

    @property
    def tenant_id(self) -> TenantId:
        return self._keys.tenant_id

    async def read(self, place: Place) -> ObjectRecord:
        return parse(self._origin(place.segment), await self.line(place))

    async def read_many(self, places: Sequence[Place]) -> list[ObjectRecord]:
        """In the order asked for; each frame is read once."""
        found: dict[Place, ObjectRecord] = {}
        for place in sorted(set(places), key=lambda p: (p.segment, p.offset, p.line)):
            found[place] = await self.read(place)
        return [found[place] for place in places]

    async def iterate(self, segment: SegmentId) -> AsyncIterator[tuple[Place, ObjectRecord]]:
        """All records of a segment in the order in which they were written, parts included. Not by way of the cache."""
        origin = self._origin(segment)
        opened = OpenSegment(self._keys, segment, await self._read(origin, 0, None))
        for place, line in opened.lines():
            yield place, parse(origin, line)

    async def line(self, place: Place) -> bytes:
        """What `read` makes a record of."""
        lines = await self._frame(place)
        if not 0 <= place.line < len(lines):
            raise frames.damaged(self._origin(place.segment), f"a frame has {len(lines)} lines, not line {place.line}")
        return lines[place.line]

    async def _frame(self, place: Place) -> list[bytes]:
        key = (place.segment, place.offset, place.length)
        lines = self._cache.get(key)
        if lines is None:
            origin = self._origin(place.segment)
            piece = await self._read(origin, place.offset, place.length)
            header = frames.read_header(origin, piece)
            plain = frames.plain_of(frames.cipher_for(self._keys, origin, header), origin, header, piece)
            lines = lines_of(plain)
            self._cache.put(key, lines, len(plain))
        return lines

    async def _read(self, origin: Origin, offset: int, length: int | None) -> bytes:
        try:
            return await self._blobs.read(origin.blob, offset=offset, length=length)
        except NotFound as error:
            raise frames.damaged(origin, "it is missing") from error

    def _origin(self, segment: SegmentId) -> Origin:
        return Origin(self._keys.tenant_id, RECORDS, segment)


async def read_whole(blobs: Blobs, tenant_id: TenantId, entry: SegmentEntry) -> bytes:
    """A segment as its manifest lists it. Raises Unreadable: missing, of another size, or with other bytes."""
    origin = Origin(tenant_id, RECORDS, entry.segment)
    try:
        data = await blobs.read(origin.blob)
    except NotFound as error:
        raise frames.damaged(origin, "it is missing") from error
    if len(data) != entry.size:
        raise frames.damaged(origin, f"it has {len(data)} bytes instead of {entry.size}")
    if sha256(data).hexdigest() != entry.sha256:
        raise frames.damaged(origin, "its bytes are not those that were stored (SHA-256 differs)")
    return data


def parse(origin: Origin, line: bytes) -> ObjectRecord:
    try:
        return from_line(line)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise no_record(origin) from error


def no_record(origin: Origin) -> Unreadable:
    return Unreadable(
        f"{origin.blob} of tenant {origin.tenant_id} holds a line that is no record of a version this Reentra knows. "
        "Use the version that wrote it, or a newer one.",
        blob=origin.blob,
        tenant_id=origin.tenant_id,
    )
