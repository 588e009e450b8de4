"""What an ID token must say before anybody is believed to be from a tenant (GRAPH.md 3). The signature comes first
and is checked by whoever has Microsoft's keys."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reentra.auth.domain.credentials import checked_guid
from reentra.auth.errors import ConsentRefused
from reentra.common.errors import Rejected
from reentra.common.ids import TenantId

_CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What is sent to Microsoft and must come back unchanged."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """Only (tid, oid) identify; names and mail addresses prove nothing."""

    tenant_id: TenantId
    object_id: str


def believed(
    claims: Mapping[str, Any], *, client_id: str, issuer_template: str, nonce: str, now: datetime
) -> SignedInPerson:
    """Raises ConsentRefused; the sentence does not say more than a stranger may know."""
    try:
        tenant_id = checked_guid(str(claims.get("tid", "")), "tenant id")
    except Rejected as error:
        raise _refused("names no tenant") from error
    if claims.get("aud") != client_id:
        raise _refused("is for another application")
    if claims.get("iss") != issuer_template.replace("{tenantid}", tenant_id):
        raise _refused("comes from another issuer")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise _refused("belongs to another sign-in")
    moment = now.timestamp()
    if _number(claims.get("exp")) + _CLOCK_SKEW_SECONDS < moment:
        raise _refused("has expired")
    if _number(claims.get("nbf", 0)) - _CLOCK_SKEW_SECONDS > moment:
        raise _refused("is not valid yet; check this machine's clock")
    if not claims.get("oid"):
        raise _refused("names no person")
    return SignedInPerson(TenantId(tenant_id), str(claims["oid"]))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused("has no valid times")
    return value


def _refused(why: str) -> ConsentRefused:
    return ConsentRefused(f"Microsoft's answer was not accepted: the sign-in {why}. Start again.")
