"""The proof of a tenant: a real sign-in host, and a Graph that splits its answer."""

import httpx
from tests.integration.auth.conftest import OWN_APP, SECRET, World

from reentra.auth.adapters.proof import GraphProof
from reentra.common.clients.clouds import Cloud
from reentra.common.connecting import AppCredential

GRAPH = "https://graph.test"


async def test_the_organization_may_stand_on_a_later_page(world: World) -> None:
    """A page may be empty and still carry a nextLink (paging)."""
    entry = {"id": world.tenant_id.upper(), "displayName": "Contoso", "verifiedDomains": [{"name": "contoso.example"}]}
    following = f"{GRAPH}/v1.0/organization?$skiptoken=x"

    def answer(request: httpx.Request) -> httpx.Response:
        if "skiptoken" in str(request.url):
            return httpx.Response(200, json={"value": [entry]})
        return httpx.Response(200, json={"value": [], "@odata.nextLink": following})

    cloud = Cloud("custom", world.served.login_url, GRAPH, world.served.ca_file)
    credential = AppCredential(OWN_APP, "secret", SECRET)
    found = await GraphProof(transport=httpx.MockTransport(answer)).organization(cloud, world.tenant_id, credential)
    assert (found.id, found.name, found.domains) == (world.tenant_id, "Contoso", ("contoso.example",))
