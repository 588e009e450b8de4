"""What the server or the way to it answers, as errors of ours. Its own text stays inside: it may hold values."""

from bson.errors import BSONError
from pymongo.errors import DocumentTooLarge, OperationFailure, PyMongoError

from reentra.common.errors import Forbidden, ReentraError, Rejected, RetryLater

CLIENT_ERRORS = (PyMongoError, BSONError, OverflowError)
"""BSON holds integers of 64 bits at most."""
_REFUSED = (13, 18)
"""Unauthorized, AuthenticationFailed."""


def translated(error: Exception) -> ReentraError:
    if isinstance(error, DocumentTooLarge | BSONError | OverflowError):
        return Rejected(f"A document cannot be stored in MongoDB ({type(error).__name__}).")
    code = error.code if isinstance(error, OperationFailure) else None
    if code in _REFUSED:
        return Forbidden("MongoDB refused the credential. Check REENTRA_MONGO__URL and what its user may do.")
    reason = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
    return RetryLater(f"MongoDB did not do what was asked ({reason}). It is tried again.")
