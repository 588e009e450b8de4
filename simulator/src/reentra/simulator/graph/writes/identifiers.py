"""Ids as Microsoft forms them: from the bytes of the GUIDs they join."""

from __future__ import annotations

import base64
import struct
import uuid


def is_guid(text: object) -> bool:
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def joined_id(*guids: str) -> str:
    """The id of a grant or an app role assignment: base64url of the little-endian bytes of its ends."""
    return base64.urlsafe_b64encode(b"".join(uuid.UUID(guid).bytes_le for guid in guids)).decode().rstrip("=")


def security_identifier(object_id: str) -> str:
    """S-1-12-1 and the four little-endian words of the object id."""
    return "S-1-12-1-" + "-".join(str(word) for word in struct.unpack("<4I", uuid.UUID(object_id).bytes_le))
