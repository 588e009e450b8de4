"""What the restore app may do, as its access token tells (`common.clients.claims`)."""

from reentra.common.clients.claims import app_claims, names_in
from reentra.restorer.domain.permissions import Rights

_MARKS = frozenset({"0997a1d0-0d1d-4acb-b408-d5ca73121e90", "b79fbf4d-3ef9-4689-8143-76b194e85509"})
"""Stand in `wids` of every token; they are no roles that somebody assigned."""


def rights_in(token: str) -> Rights | None:
    claims = app_claims(token)
    return None if claims is None else Rights(names_in(claims.get("roles")), names_in(claims.get("wids")) - _MARKS)
