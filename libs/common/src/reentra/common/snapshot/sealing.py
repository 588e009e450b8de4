"""Small secrets at rest (delta links, credentials): AES-256-GCM, bound to the context they were sealed for.

A sealed text opens only with the same key and the same context, so it cannot be moved to another tenant or field.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reentra.common.errors import Unreadable

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


def derive(secret: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    """HKDF-SHA-256 to 32 bytes. Every purpose has a key of its own."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=purpose.encode()).derive(secret)


def joined(*parts: str) -> bytes:
    """Additional data from several texts, unambiguous: each is preceded by its length."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


class Sealer:
    """Random nonces: meant for thousands of small secrets, not for billions."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, data: bytes, context: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, data, _VERSION + context.encode())
        return base64.urlsafe_b64encode(_VERSION + nonce + sealed).decode()

    def unseal(self, sealed: str, context: str) -> bytes:
        """Raises Unreadable, naming the context: it tells a person which secret is meant."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except (binascii.Error, ValueError):
            raw = b""
        if raw[:1] != _VERSION or base64.urlsafe_b64encode(raw).decode() != sealed:
            raise _damaged(context)
        try:
            return self._cipher.decrypt(raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :], _VERSION + context.encode())
        except (InvalidTag, ValueError) as error:
            raise _damaged(context) from error


def _damaged(context: str) -> Unreadable:
    return Unreadable(
        f"The stored secret {context!r} cannot be opened: it is damaged, or it was sealed with other keys. "
        "Run `reentra verify`; enter the secret again if it is a credential.",
        context=context,
    )
