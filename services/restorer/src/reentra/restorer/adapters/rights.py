"""What the restore app may do, read from its access token for diagnosis; nothing is trusted because of it.

`roles` understates: Entra roles of the app's service principal stand in `wids`, and Graph permissions given after the
token was issued nowhere. A token that is no JWT, or no app's, tells nothing.
"""

import base64
import binascii
from typing import Any

import orjson

from reentra.restorer.domain.permissions import Rights

_MARKS = frozenset({"0997a1d0-0d1d-4acb-b408-d5ca73121e90", "b79fbf4d-3ef9-4689-8143-76b194e85509"})
"""Stand in `wids` of every token; they are no roles that somebody assigned."""


def rights_in(token: str) -> Rights | None:
    claims = _claims(token)
    if claims is None or not ("roles" in claims or claims.get("idtyp") == "app"):
        return None
    return Rights(_names(claims.get("roles")), _names(claims.get("wids")) - _MARKS)


def _claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _names(value: Any) -> frozenset[str]:
    return frozenset(str(item) for item in value) if isinstance(value, list) else frozenset()
