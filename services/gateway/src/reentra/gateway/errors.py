"""Refusals that only a door has, and the HTTP status of every error: statuses exist nowhere else."""

from reentra.common.errors import Forbidden, ReentraError, Rejected, RetryLater


class NotSignedIn(Forbidden):
    code = "not_signed_in"


class TooManyAttempts(RetryLater):
    code = "too_many_attempts"


class KeyReused(Rejected):
    """The Idempotency-Key was used with another request."""

    code = "idempotency_key_reused"


class StillRunning(ReentraError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "still_running"


class RangeNotSatisfiable(Rejected):
    code = "range_not_satisfiable"


STATUS = {
    "not_signed_in": 401,
    "forbidden": 403,
    "consent_refused": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 409,
    "still_running": 409,
    "range_not_satisfiable": 416,
    "rejected": 422,
    "idempotency_key_reused": 422,
    "needs_consent": 422,
    "too_many_attempts": 429,
    "unreadable": 500,
    "outcome_unknown": 502,
    "retry_later": 503,
}
TITLES = {
    400: "Bad request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    422: "Not acceptable as it is",
    429: "Too many attempts",
    500: "Something went wrong",
    502: "Outcome unknown",
    503: "Try again later",
}


def status_of(error: ReentraError) -> int:
    """By code, so that an error of another service's own (auth's `not_signed_in`) needs no import."""
    return STATUS.get(error.code, 500)
