"""`graph`: an empty simulated tenant, its client without limits, and Microsoft's recorded examples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.graph.app import build_graph_app
from reentra.simulator.graph.settings import GraphSettings

TENANT = "84841066-274d-4ec0-a5c1-276be684bdd3"
ROLES = ("Directory.Read.All", "Policy.Read.All", "Member.Read.Hidden")
EXAMPLES = Path(__file__).parent / "examples"


@dataclass
class Graph:
    cloud: SimulatedCloud
    directory: Directory
    http: httpx.AsyncClient

    def example(self, name: str) -> dict[str, Any]:
        return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))

    async def rows(self, url: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            response = await self.http.get(following)
            assert response.status_code == 200, response.text
            rows += response.json()["value"]
            following = response.json().get("@odata.nextLink")
        return rows


@pytest.fixture
def graph() -> Graph:
    cloud = SimulatedCloud(settings=GraphSettings(throttle_scale=None))
    directory = cloud.add_tenant(Directory(TENANT, "contoso.com"))
    token = cloud.issue_token(TENANT, "an-app", roles=ROLES)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(build_graph_app(cloud)),
        base_url="https://graph.microsoft.com/v1.0",
        headers={"Authorization": f"Bearer {token}"},
    )
    return Graph(cloud, directory, http)
