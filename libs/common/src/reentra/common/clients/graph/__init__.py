"""Microsoft Graph, asked politely and counted exactly.

1. A request waits in its tenant's lane: resource units per ten seconds, writes, one per second for Conditional Access.
2. The bearer is attached to this one request after its address was checked against the configured Graph.
3. 429 closes the tenant's lanes for exactly as long as Graph says, also for the process that comes after this one; 401
   renews the token once; reads are repeated on new connections after resets, half bodies and 5xx; a write is never
   repeated when its outcome is unknown.
4. What remains is a refusal, translated once into the errors of `failures`.
"""

from reentra.common.clients.graph.answers import Answer, BatchAnswer, BatchRequest, GraphStats, Page
from reentra.common.clients.graph.client import GraphClient
from reentra.common.clients.graph.clients import GraphClients
from reentra.common.clients.graph.failures import (
    DeltaExpired,
    GraphConflict,
    GraphError,
    GraphForbidden,
    GraphNeedsConsent,
    GraphNotFound,
    GraphOutcomeUnknown,
    GraphRejected,
    GraphRetryLater,
    PageExpired,
    UnsafeLink,
    failure_of,
)
from reentra.common.clients.graph.settings import GraphSettings
from reentra.common.clients.graph.waits import WaitMemory, Waits

__all__ = [
    "Answer",
    "BatchAnswer",
    "BatchRequest",
    "DeltaExpired",
    "GraphClient",
    "GraphClients",
    "GraphConflict",
    "GraphError",
    "GraphForbidden",
    "GraphNeedsConsent",
    "GraphNotFound",
    "GraphOutcomeUnknown",
    "GraphRejected",
    "GraphRetryLater",
    "GraphSettings",
    "GraphStats",
    "Page",
    "PageExpired",
    "UnsafeLink",
    "WaitMemory",
    "Waits",
    "failure_of",
]
