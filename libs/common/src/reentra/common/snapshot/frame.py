"""One frame of a segment: a piece of plaintext, compressed, then encrypted, readable on its own.

    frame  = header (48 bytes) + AES-256-GCM ciphertext with its tag
    header = b"RSG" + format version (1 byte) + key version + frame number + plaintext length (4 bytes each) + salt (32)

The header, the tenant, the kind and the segment's id are additional data: a frame cannot be moved anywhere else, and
every bit of it counts. `docs/formats/segment.md` is the specification.
"""

import struct
import threading
from dataclasses import dataclass

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reentra.common.errors import Unreadable
from reentra.common.ids import SegmentId, TenantId
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.sealing import joined

FORMAT_VERSION = 1
MAGIC = b"RSG"
SALT_BYTES = 32
HEADER = struct.Struct(">3sBIII32s")
TAG_BYTES = 16
DIRECTORY_NUMBER = 0xFFFFFFFF
"""The number of the last frame, which lists the others."""

COMPRESSION_LEVEL = 1
"""Measured on a generated tenant's objects of 2.4 KB in frames of 256 KiB: level 1 2.5 us an object and 9.2 : 1,
level 3 3.6 us and 9.0 : 1, level 6 12 us and 9.7 : 1 (what is left are random ids). The reader opens any level."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What every frame of a segment is bound to."""

    tenant_id: TenantId
    kind: str
    segment: SegmentId

    @property
    def blob(self) -> str:
        return segment_blob(self.tenant_id, self.segment)


@dataclass(frozen=True, slots=True)
class Header:
    key_version: int
    number: int
    plain_bytes: int
    salt: bytes

    def to_bytes(self) -> bytes:
        return HEADER.pack(MAGIC, FORMAT_VERSION, self.key_version, self.number, self.plain_bytes, self.salt)


def segment_prefix(tenant_id: TenantId) -> str:
    return f"tenants/{tenant_id}/segments/"


def segment_blob(tenant_id: TenantId, segment: SegmentId) -> str:
    return f"{segment_prefix(tenant_id)}{segment[:2]}/{segment}"


class _Codec(threading.local):
    """A compressor costs a megabyte and some time to make, and serves one thread at a time: one per thread."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, write_content_size=True)
        self.decompressor = zstandard.ZstdDecompressor()


_codec = _Codec()


def compress(plain: bytes) -> bytes:
    return _codec.compressor.compress(plain)


def encrypt(cipher: AESGCM, origin: Origin, header: Header, compressed: bytes) -> bytes:
    head = header.to_bytes()
    return head + cipher.encrypt(_nonce(header.number), compressed, _additional(origin, head))


def cipher_for(keys: TenantKeys, origin: Origin, header: Header) -> AESGCM:
    if header.key_version not in keys.versions:
        raise damaged(origin, f"the tenant has no key version {header.key_version}")
    return AESGCM(keys.segment_key(header.key_version, header.salt))


def read_header(origin: Origin, frame: bytes, offset: int = 0) -> Header:
    if len(frame) < offset + HEADER.size + TAG_BYTES:
        raise damaged(origin, "it ends too early")
    magic, version, key_version, number, plain_bytes, salt = HEADER.unpack_from(frame, offset)
    if magic != MAGIC:
        raise damaged(origin, "what lies there is no frame")
    if version != FORMAT_VERSION:
        raise damaged(origin, f"its format version is {version}, this Reentra reads version {FORMAT_VERSION}")
    return Header(key_version, number, plain_bytes, salt)


def decrypt(cipher: AESGCM, origin: Origin, header: Header, frame: bytes) -> bytes:
    """The plaintext of one whole frame. Nothing is decompressed before it is known to be genuine."""
    try:
        compressed = cipher.decrypt(
            _nonce(header.number), frame[HEADER.size :], _additional(origin, frame[: HEADER.size])
        )
        plain = _codec.decompressor.decompress(compressed, max_output_size=header.plain_bytes)
    except (InvalidTag, zstandard.ZstdError, MemoryError) as error:
        raise damaged(origin, f"frame {header.number} is not what was written") from error
    if len(plain) != header.plain_bytes:
        raise damaged(origin, f"frame {header.number} has not its length")
    return plain


def damaged(origin: Origin, what: str) -> Unreadable:
    return Unreadable(
        f"{origin.blob}, a segment of tenant {origin.tenant_id}, cannot be read: {what}. "
        "Put it back from a copy of the object folder, then run `reentra verify`.",
        blob=origin.blob,
        tenant_id=origin.tenant_id,
        segment=origin.segment,
    )


def _nonce(number: int) -> bytes:
    """Counts; safe because a segment's key is never used for another segment."""
    return number.to_bytes(12, "big")


def _additional(origin: Origin, head: bytes) -> bytes:
    return head + joined(origin.tenant_id, origin.kind, origin.segment)
