"""One frame of a segment: some of its lines, packed, then encrypted, readable on its own.

    frame  = header (48 bytes) + AES-256-GCM ciphertext with its tag
    header = b"RSG" + format version (1 byte) + key version + frame number + plaintext length (4 bytes each) + salt (32)

The header, the tenant, the kind and the segment's id are additional data: a frame cannot be moved anywhere else, and
every bit of it counts. `docs/formats/segment.md` is the specification.
"""

import struct
from dataclasses import dataclass

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reentra.common.errors import Unreadable
from reentra.common.ids import SegmentId, TenantId
from reentra.common.snapshot.columns.streams import Malformed
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.packing import unpack
from reentra.common.snapshot.sealing import joined

FORMAT_VERSION = 2
"""What is written. Version 1, whose content is the lines compressed and nothing else, is read for ever."""
_READABLE = (1, FORMAT_VERSION)
MAGIC = b"RSG"
SALT_BYTES = 32
HEADER = struct.Struct(">3sBIII32s")
TAG_BYTES = 16
DIRECTORY_NUMBER = 0xFFFFFFFF
"""The number of the last frame, which lists the others."""


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
    version: int = FORMAT_VERSION

    def to_bytes(self) -> bytes:
        return HEADER.pack(MAGIC, self.version, self.key_version, self.number, self.plain_bytes, self.salt)


def segment_prefix(tenant_id: TenantId) -> str:
    return f"tenants/{tenant_id}/segments/"


def segment_blob(tenant_id: TenantId, segment: SegmentId) -> str:
    return f"{segment_prefix(tenant_id)}{segment[:2]}/{segment}"


def encrypt(cipher: AESGCM, origin: Origin, header: Header, content: bytes) -> bytes:
    head = header.to_bytes()
    return head + cipher.encrypt(_nonce(header.number), content, _additional(origin, head))


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
    if version not in _READABLE:
        raise damaged(origin, f"its format version is {version}, this Reentra reads up to version {FORMAT_VERSION}")
    return Header(key_version, number, plain_bytes, salt, version)


def decrypt(cipher: AESGCM, origin: Origin, header: Header, frame: bytes) -> bytes:
    """The content of one whole frame, as it was packed. Raises Unreadable unless it is genuine."""
    try:
        return cipher.decrypt(_nonce(header.number), frame[HEADER.size :], _additional(origin, frame[: HEADER.size]))
    except InvalidTag as error:
        raise damaged(origin, f"frame {header.number} is not what was written") from error


def plain_of(cipher: AESGCM, origin: Origin, header: Header, frame: bytes) -> bytes:
    """The lines of one whole frame. Nothing is unpacked before it is known to be genuine."""
    content = decrypt(cipher, origin, header, frame)
    try:
        if header.version == 1:
            plain = zstandard.ZstdDecompressor().decompress(content, max_output_size=header.plain_bytes)
        else:
            plain = unpack(content, header.plain_bytes)
    except (Malformed, zstandard.ZstdError, MemoryError) as error:
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
