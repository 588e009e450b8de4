"""Whether a credential opens the tenant it is said to open: a token, then Graph's own entry for the tenant."""

from collections.abc import Sequence
from typing import Any

import httpx

from reentra.auth.domain.answers import Organization
from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphClients, GraphForbidden, GraphSettings, Waits
from reentra.common.clients.tokens import MsalTokens
from reentra.common.connecting import AppCredential, Purpose
from reentra.common.errors import Forbidden, RetryLater
from reentra.common.ids import TenantId

_QUICKLY = GraphSettings(attempts=2, longest_wait_seconds=15.0, read_timeout_seconds=30.0)
"""Somebody is waiting for the answer."""


class _Candidate:
    """A TokenSource for a credential that is not stored yet."""

    def __init__(self, msal: MsalTokens, cloud: Cloud, credential: AppCredential) -> None:
        self._msal = msal
        self._cloud = cloud
        self._credential = credential

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:  # noqa: ARG002
        return await self._msal.token(self._cloud, tenant_id, self._credential, renew=renew)


class GraphProof:
    def __init__(self, waits: Waits | None = None, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._waits = waits
        self._transport = transport

    async def organization(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> Organization:
        """With a token of its own each time: one from before a consent does not hold its roles."""
        tokens = _Candidate(MsalTokens(), cloud, credential)
        async with GraphClients(tokens, _QUICKLY, waits=self._waits, transport=self._transport) as graphs:
            try:
                graph = graphs.open(cloud, tenant_id, "backup")
                rows = [row async for page in graph.pages("/organization") for row in page.values]
            except GraphForbidden as error:
                raise Forbidden(
                    f"The app {credential.client_id} may not read the organization of tenant {tenant_id}. "
                    "Give it the application permission Organization.Read.All and let an administrator consent.",
                    tenant_id=tenant_id,
                ) from error
        return _organization(rows)

    async def token_works(self, cloud: Cloud, tenant_id: TenantId, credential: AppCredential) -> None:
        await MsalTokens().token(cloud, tenant_id, credential)


def _organization(rows: Sequence[dict[str, Any]]) -> Organization:
    if not rows:
        raise RetryLater("Graph shows no organization for this tenant yet. Try again in a minute.")
    found = rows[0]
    names = [domain["name"] for domain in found.get("verifiedDomains") or () if domain.get("name")]
    chosen = [domain["name"] for domain in found.get("verifiedDomains") or () if domain.get("isDefault")]
    domain = (chosen or names or [found["id"]])[0]
    tenant_id = TenantId(str(found["id"]).lower())
    return Organization(tenant_id, found.get("displayName") or domain, domain, tuple(names or [domain]))
