"""Few coarse errors, named by what the caller can do. Each has a stable `code` and plain fields.

The lowest layer translates once (SQLite, HTTP, file system -> these); upper layers never read a provider's text.
`str(error)` is a sentence a person can act on: what happened, to what, what to do next. Never a secret.
"""

import re

_IN_FRONT = re.compile(r"(^|: )(?:Value error|Assertion failed), ")


class ReentraError(Exception):
    """Base of every error that crosses a module's border."""

    code = "error"

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class NotFound(ReentraError):
    """The thing does not exist, or does not exist for this caller."""

    code = "not_found"


class Conflict(ReentraError):
    """It exists already, or somebody else changed it first."""

    code = "conflict"


class Stale(Conflict):
    """A conditional write lost: the document's revision (or the lease's epoch) is not the expected one. Stop."""

    code = "stale"


class Forbidden(ReentraError):
    """The caller, or our app in the tenant, may not do this."""

    code = "forbidden"


class NeedsConsent(Forbidden):
    """The tenant's consent is missing, revoked or its credential is refused: an administrator must act."""

    code = "needs_consent"


class Rejected(ReentraError):
    """The request itself is wrong and will stay wrong."""

    code = "rejected"


class RetryLater(ReentraError):
    """Temporarily impossible. `fields["after_seconds"]` says how long to wait when that is known."""

    code = "retry_later"


class Unreadable(ReentraError):
    """Stored bytes are damaged, from another tenant, or of an unknown version. Never restored, never exported."""

    code = "unreadable"


class OutcomeUnknown(ReentraError):
    """A write was sent and no answer came: it may or may not have happened. Probe, never repeat blindly."""

    code = "outcome_unknown"


def in_plain_words(message: str) -> str:
    """A validator's sentence without the kind of exception that pydantic and typer write in front of it."""
    return _IN_FRONT.sub(r"\1", message)
