"""The cloud's own signing key: signs ID tokens, published at the JWKS address."""

from __future__ import annotations

from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


class SigningKey:
    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": self._key.kid}, claims, self._key)

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set that anyone may read."""
        return {"keys": [self._key.as_dict(private=False)]}
