"""Credentials at rest: AES-256-GCM under a key of auth's own, derived from the installation key."""

import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reentra.common.errors import Unreadable

_PURPOSE = b"reentra auth credentials v1"
_NONCE_BYTES = 12


class Vault:
    """`context` names what is sealed; bytes moved to another place do not open there."""

    def __init__(self, installation_key: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(installation_key)
        self._cipher = AESGCM(key)

    def seal(self, plain: str, context: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), context.encode())).decode()

    def unseal(self, sealed: str, context: str) -> str:
        """Raises Unreadable."""
        data = b64decode(sealed)
        try:
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context.encode()).decode()
        except InvalidTag as error:
            raise Unreadable(
                "A stored credential cannot be opened with this installation's key. "
                "Put the right key file back, or connect the tenant again."
            ) from error
