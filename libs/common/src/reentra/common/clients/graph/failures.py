"""Graph's refusals, translated once: each class says what the caller can do. Decided by status and `code` (GRAPH.md 8).

Message texts are looked at only where Graph leaves no other way; the list is `known_messages` of Microsoft's own
answers, as seen in public client code.
"""

from collections.abc import Mapping
from typing import Any

from reentra.common.errors import (
    Conflict,
    Forbidden,
    NeedsConsent,
    NotFound,
    OutcomeUnknown,
    ReentraError,
    Rejected,
    RetryLater,
)


class GraphError(ReentraError):
    """`status` 0: no answer at all. `graph_code` is Graph's own word, `detail` Graph's own sentence."""

    def __init__(
        self, message: str, *, status: int = 0, graph_code: str = "", detail: str = "", **more: object
    ) -> None:
        super().__init__(message, status=status, graph_code=graph_code, detail=detail, **more)
        self.status = status
        self.graph_code = graph_code
        self.detail = detail


class GraphNotFound(GraphError, NotFound):
    """Gone, or not yet there (replica lag after a write)."""


class GraphForbidden(GraphError, Forbidden):
    """A permission or role is missing, for this object or for all."""


class GraphNeedsConsent(GraphError, NeedsConsent):
    """The app is not, or no longer, accepted in the tenant."""


class GraphConflict(GraphError, Conflict):
    """409."""


class GraphRejected(GraphError, Rejected):
    """The request is wrong and will stay wrong."""


class DeltaExpired(GraphError, Rejected):
    """The delta link is too old: read the whole collection again."""


class PageExpired(GraphError, Rejected):
    """The page token is too old: start the collection again."""


class GraphRetryLater(GraphError, RetryLater):
    """Throttled, out of order or unreachable for longer than the client waits. See `fields["after_seconds"]`."""


class GraphOutcomeUnknown(GraphError, OutcomeUnknown):
    """A write was sent and its answer never came, or was a server error."""


class UnsafeLink(GraphError, Rejected):
    """A link in an answer leads elsewhere than to the configured Graph; it was not followed."""


_APP_UNKNOWN = frozenset({"authorization_identitynotfound", "authorization_identitydisabled"})
_EXPIRED_TOKEN = frozenset({"syncstatenotfound", "resyncrequired", "syncstateinvalid", "directory_expireddeltatoken"})


def failure_of(
    status: int, headers: Mapping[str, str], body: Any, *, what: str, follows_delta: bool = False
) -> GraphError:
    """`what` names the request for people (method and path); `follows_delta`: the URL was a delta link."""
    code, detail = code_and_message(body)
    word = code.lower()
    facts: dict[str, Any] = {"status": status, "graph_code": code, "detail": detail}
    request_id = headers.get("request-id") or headers.get("client-request-id")
    if request_id:
        facts["request_id"] = request_id
    said = f"{status} {code}".strip() + (f": {detail}" if detail else "")
    if status == 410 or word in _EXPIRED_TOKEN or (follows_delta and status in (400, 404)):
        return DeltaExpired(f"Graph no longer knows the delta link of {what} ({said}); read everything again.", **facts)
    if word == "directory_expiredpagetoken":
        return PageExpired(f"Graph's page token of {what} is too old; start the collection again.", **facts)
    if status == 401 or word in _APP_UNKNOWN:
        return GraphNeedsConsent(
            f"Graph does not accept our app in this tenant ({said}); let an administrator consent again.", **facts
        )
    if status == 403:
        return GraphForbidden(f"Graph does not allow {what} ({said}); a permission or role is missing.", **facts)
    if status == 404:
        return GraphNotFound(f"Graph does not know the object of {what} ({said}).", **facts)
    if status == 409:
        return GraphConflict(f"Graph sees a conflict in {what} ({said}).", **facts)
    if status == 429 or status >= 500:
        return GraphRetryLater(f"Graph cannot answer {what} now ({said}).", **facts)
    return GraphRejected(f"Graph refused {what} ({said}).", **facts)


def code_and_message(body: Any) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "")[:500]
