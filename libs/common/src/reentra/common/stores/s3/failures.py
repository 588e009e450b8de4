"""What an S3 answers, as errors of ours. Its own text stays inside: it names addresses."""

import re
from http import HTTPStatus

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from reentra.common.errors import Conflict, Forbidden, NotFound, ReentraError, Rejected, RetryLater

STORE_ERRORS = (BaseError, FileNotFoundError, FileExistsError, PermissionError)
"""obstore raises Python's own errors for some of them."""

_STATUS = re.compile(r"status code: (\d{3})\b")
"""How obstore's text tells it; its classes tell only some."""
_AN_AUTHORITYS_OWN = "CaUsedAsEndEntity"
"""What its TLS says of a server's certificate with CA:TRUE. `openssl req -x509` makes such ones; Python takes them."""


def taken(key: str) -> Conflict:
    return Conflict(f"{key} is stored already, and stored bytes are never overwritten.", key=key)


def missing(key: str) -> NotFound:
    return NotFound(f"{key} is not in the object store.", key=key)


def refused(endpoint: str, permission: str = "") -> Forbidden:
    """`permission`: what the key would have needed, where that is known."""
    what = f" for {permission}" if permission else ""
    return Forbidden(f"The object store at {endpoint} refused the access key{what}. Check the key and what it may do.")


def unable(endpoint: str) -> Rejected:
    return Rejected(
        f"The object store at {endpoint} does not know what Reentra asks of it (status 501), as to refuse to overwrite "
        "(If-None-Match). Backups would not be safe there: choose another store."
    )


def an_authoritys_own(endpoint: str) -> Rejected:
    return Rejected(
        f"The certificate of the object store at {endpoint} is an authority's own, which is not taken for a server's. "
        "Let the authority sign another one for the store, or make one that signs itself with "
        "basicConstraints=CA:FALSE, and name that in REENTRA_S3__CA_FILE."
    )


def unanswered(endpoint: str, key: str, reason: str) -> RetryLater:
    return RetryLater(
        f"The object store at {endpoint} did not do what was asked for {key} ({reason}). It is tried again.",
        place=endpoint,
    )


def translated(error: Exception, endpoint: str, key: str) -> ReentraError:
    match error:
        case AlreadyExistsError() | FileExistsError():
            return taken(key)
        case NotFoundError() | FileNotFoundError():
            return missing(key)
        case PermissionDeniedError() | UnauthenticatedError() | PermissionError():
            return refused(endpoint)
    if _AN_AUTHORITYS_OWN in str(error):
        return an_authoritys_own(endpoint)
    status = _STATUS.search(str(error))
    if status is not None and int(status[1]) == HTTPStatus.NOT_IMPLEMENTED:
        return unable(endpoint)
    return unanswered(endpoint, key, f"status {status[1]}" if status else type(error).__name__)
