"""Whether a credential can be used at all, before anybody asks Microsoft about it."""

import re
from datetime import datetime

from reentra.auth.domain.certificates import checked_certificate
from reentra.common.connecting import AppCredential
from reentra.common.errors import Rejected

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def checked_guid(value: str, what: str) -> str:
    """Lower case. Raises Rejected."""
    text = value.strip().lower()
    if not _GUID.fullmatch(text):
        raise Rejected(f"The {what} {value[:60]!r} is not a GUID such as 00000000-0000-0000-0000-000000000000.")
    return text


def expiry_of(credential: AppCredential, now: datetime) -> datetime | None:
    """Checks the credential's form; the end of a certificate, None for a secret (Microsoft does not tell)."""
    checked_guid(credential.client_id, "client id")
    if credential.kind == "certificate":
        return checked_certificate(credential.value, now).not_after
    if not credential.value.strip():
        raise Rejected("The client secret is empty. Give the file that holds the secret's value.")
    return None
