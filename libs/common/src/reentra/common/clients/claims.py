"""What an access token says of itself, read for diagnosis; nothing is trusted because of it.

`roles` understates: Entra roles of the app's service principal stand in `wids`, and Graph permissions given after the
token was issued nowhere. A token that is no JWT, or no app's, tells nothing.
"""

import base64
import binascii
from typing import Any

import orjson


def app_claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict) or not ("roles" in claims or claims.get("idtyp") == "app"):
        return None
    return claims


def permissions_in(token: str) -> frozenset[str] | None:
    """The application permissions; None: the token tells nothing."""
    claims = app_claims(token)
    return None if claims is None else names_in(claims.get("roles"))


def names_in(value: Any) -> frozenset[str]:
    return frozenset(str(item) for item in value) if isinstance(value, list) else frozenset()
