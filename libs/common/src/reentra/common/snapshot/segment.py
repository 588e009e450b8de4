"""Writing and opening segments: many records in one immutable blob, named by its content.

    segment = frames of lines ... + directory frame + tail (16 bytes: offset and length of the directory, b"RSGE")

`SegmentWriter` collects lines and packs them a frame at a time. What was packed is unpacked, what was encrypted is
decrypted, and both are compared: only then it counts. The salt is random, never derived from the content: the same
lines packed in another way would otherwise meet the same key and nonce. So the same content may have different bytes;
its name is the same, and who comes second adopts what is there (`store_segment`).
"""

import hmac
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reentra.common.errors import Conflict, Unreadable
from reentra.common.ids import ObjectTypeName, SegmentId, TenantId
from reentra.common.snapshot import frame as frames
from reentra.common.snapshot.frame import DIRECTORY_NUMBER, Header, Origin, segment_blob
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.packing import as_lines, lines_of, pack
from reentra.common.snapshot.sealing import joined
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Place, SegmentEntry

RECORDS = "records"
"""The kind of segments that hold object records."""
FRAME_BYTES = 4 * 1024 * 1024
"""Of plaintext: the larger a frame, the less of what its objects have in common is written again. This is what a page
of a thousand users has, and opens in ten to twenty milliseconds."""
_TAIL = struct.Struct(">QI4s")
_TAIL_MAGIC = b"RSGE"


@dataclass(frozen=True, slots=True)
class FrameAt:
    offset: int
    length: int
    lines: int


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """`places` are in the order in which the lines were added. `data` is the whole blob."""

    id: SegmentId
    tenant_id: TenantId
    kind: str
    data: bytes
    sha256: str
    places: tuple[Place, ...]

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def records(self) -> int:
        return len(self.places)

    def entry(self, object_type: ObjectTypeName, ordinal: int) -> SegmentEntry:
        return SegmentEntry(self.id, object_type, ordinal, self.size, self.sha256, self.records)


@dataclass(frozen=True, slots=True)
class _Draft:
    plain_bytes: int
    content: bytes
    lines: int


class SegmentWriter:
    """For one segment. Lines have no line end in them. Not for several threads at once."""

    def __init__(self, keys: TenantKeys, kind: str = RECORDS, frame_bytes: int = FRAME_BYTES) -> None:
        self._keys = keys
        self._kind = kind
        self._frame_bytes = frame_bytes
        self._version = keys.newest
        self._name = hmac.new(keys.id_key(self._version), joined(keys.tenant_id, kind), "sha256")
        self._drafts: list[_Draft] = []
        self._lines: list[bytes] = []
        self._waiting = 0
        self._slots = 0

    def add(self, line: bytes) -> int:
        """The slot: the index of this line's place in `StoredSegment.places`."""
        self._lines.append(line)
        self._waiting += len(line) + 1
        if self._waiting >= self._frame_bytes:
            self._cut()
        self._slots += 1
        return self._slots - 1

    def finish(self) -> StoredSegment:
        """Raises Unreadable when this machine cannot read back what it made (broken memory)."""
        if self._lines or not self._drafts:
            self._cut()
        origin = Origin(self._keys.tenant_id, self._kind, SegmentId(self._name.hexdigest()))
        salt = os.urandom(frames.SALT_BYTES)
        cipher = AESGCM(self._keys.segment_key(self._version, salt))
        parts: list[bytes] = []
        directory: list[FrameAt] = []
        offset = 0
        for number, draft in enumerate(self._drafts):
            header = Header(self._version, number, draft.plain_bytes, salt)
            part = _encrypt_and_compare(cipher, origin, header, draft.content)
            directory.append(FrameAt(offset, len(part), draft.lines))
            parts.append(part)
            offset += len(part)
        parts.extend(_directory_and_tail(cipher, origin, Header(self._version, DIRECTORY_NUMBER, 0, salt), directory))
        data = b"".join(parts)
        return StoredSegment(
            origin.segment, origin.tenant_id, self._kind, data, sha256(data).hexdigest(), places_of(origin, directory)
        )

    def _cut(self) -> None:
        plain = b"\n".join([*self._lines, b""])
        self._name.update(plain)
        self._drafts.append(_Draft(len(plain), pack(self._lines, plain), len(self._lines)))
        self._lines = []
        self._waiting = 0


def build_segment(keys: TenantKeys, lines: Iterable[bytes], kind: str = RECORDS) -> StoredSegment:
    """Computes for milliseconds; call it in a thread for large pages."""
    writer = SegmentWriter(keys, kind)
    for line in lines:
        writer.add(line)
    return writer.finish()


async def store_segment(blobs: Blobs, keys: TenantKeys, segment: StoredSegment) -> StoredSegment:
    """Makes it durable; returns what is stored. The same content stored before is read, checked and adopted, with its
    own places. Raises Unreadable when what is there is damaged."""
    try:
        await blobs.create(segment_blob(segment.tenant_id, segment.id), segment.data)
    except Conflict:
        return adopt(keys, segment, await blobs.read(segment_blob(segment.tenant_id, segment.id)))
    return segment


def adopt(keys: TenantKeys, wanted: StoredSegment, data: bytes) -> StoredSegment:
    opened = OpenSegment(keys, wanted.id, data, wanted.kind)
    opened.check_name()
    return StoredSegment(
        wanted.id,
        wanted.tenant_id,
        wanted.kind,
        data,
        sha256(data).hexdigest(),
        places_of(opened.origin, opened.frames),
    )


class OpenSegment:
    """A whole segment in memory, opened without the catalogue. Every byte of it is accounted for.

    The constructor checks the outline (tail, directory, no gaps), `frame` one frame, `check_name` all of them.
    """

    def __init__(self, keys: TenantKeys, segment: SegmentId, data: bytes, kind: str = RECORDS) -> None:
        self.origin = Origin(keys.tenant_id, kind, segment)
        self._keys = keys
        self._data = data
        offset, length = self._tail()
        self._first = frames.read_header(self.origin, data, offset)
        self._cipher = frames.cipher_for(keys, self.origin, self._first)
        if self._first.number != DIRECTORY_NUMBER:
            raise frames.damaged(self.origin, "its directory is not where it should be")
        plain = frames.plain_of(self._cipher, self.origin, self._first, data[offset : offset + length])
        self.frames = tuple(FrameAt(*entry) for entry in orjson.loads(plain))
        if _end_of(self.frames) != offset:
            raise frames.damaged(self.origin, "its directory does not cover it")

    def frame(self, number: int) -> bytes:
        """The lines of one frame, each with its line end."""
        plain = self._plain(number)
        self._check_lines(number, plain.count(b"\n"))
        return plain

    def _plain(self, number: int) -> bytes:
        at = self.frames[number]
        piece = self._data[at.offset : at.offset + at.length]
        header = frames.read_header(self.origin, piece)
        if replace(header, plain_bytes=0) != replace(self._first, plain_bytes=0, number=number):
            raise frames.damaged(self.origin, f"frame {number} is not in its place")
        return frames.plain_of(self._cipher, self.origin, header, piece)

    def _check_lines(self, number: int, found: int) -> None:
        if found != self.frames[number].lines:
            raise frames.damaged(self.origin, f"frame {number} has not its number of lines")

    def lines(self) -> Iterator[tuple[Place, bytes]]:
        """All lines with their places, frame by frame."""
        for number, at in enumerate(self.frames):
            texts = lines_of(self._plain(number))
            self._check_lines(number, len(texts))
            for line, text in enumerate(texts):
                yield Place(self.origin.segment, at.offset, at.length, line), text

    def check_name(self) -> None:
        """Opens every frame; the content must be the one the segment is named by."""
        name = hmac.new(
            self._keys.id_key(self._first.key_version), joined(self.origin.tenant_id, self.origin.kind), "sha256"
        )
        for number in range(len(self.frames)):
            name.update(self.frame(number))
        if not hmac.compare_digest(name.hexdigest(), self.origin.segment):
            raise frames.damaged(self.origin, "its content does not have this name")

    def _tail(self) -> tuple[int, int]:
        if len(self._data) < _TAIL.size:
            raise frames.damaged(self.origin, f"it has {len(self._data)} bytes")
        offset, length, magic = _TAIL.unpack_from(self._data, len(self._data) - _TAIL.size)
        if magic != _TAIL_MAGIC or offset + length + _TAIL.size != len(self._data):
            raise frames.damaged(self.origin, "its end is missing or altered")
        return offset, length


def places_of(origin: Origin, directory: Iterable[FrameAt]) -> tuple[Place, ...]:
    return tuple(Place(origin.segment, at.offset, at.length, line) for at in directory for line in range(at.lines))


def _directory_and_tail(
    cipher: AESGCM, origin: Origin, header: Header, directory: list[FrameAt]
) -> tuple[bytes, bytes]:
    plain = orjson.dumps([[at.offset, at.length, at.lines] for at in directory])
    header = Header(header.key_version, header.number, len(plain), header.salt)
    part = _encrypt_and_compare(cipher, origin, header, as_lines(plain))
    return part, _TAIL.pack(_end_of(directory), len(part), _TAIL_MAGIC)


def _encrypt_and_compare(cipher: AESGCM, origin: Origin, header: Header, content: bytes) -> bytes:
    part = frames.encrypt(cipher, origin, header, content)
    if frames.decrypt(cipher, origin, header, part) != content:
        raise Unreadable(f"A new segment of tenant {origin.tenant_id} did not read back. Check this machine's memory.")
    return part


def _end_of(directory: Iterable[FrameAt]) -> int:
    """Where the last frame ends; -1 when there is a gap."""
    end = 0
    for at in directory:
        if at.offset != end:
            return -1
        end += at.length
    return end
