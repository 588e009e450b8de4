"""`caller`: a tenant with a hand on its clock, and a client that calls its Graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.graph.app import build_graph_app

TENANT = "11111111-1111-1111-1111-111111111111"
APP = "22222222-2222-2222-2222-222222222222"
READER = ("Directory.Read.All", "Policy.Read.All")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 8, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Caller:
    clock: Clock
    cloud: SimulatedCloud
    directory: Directory
    http: httpx.AsyncClient

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.http.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def value(self, url: str, **headers: str) -> list[dict[str, Any]]:
        response = await self.get(url, **headers)
        assert response.status_code == 200, response.text
        return response.json()["value"]

    async def all_pages(self, url: str) -> list[dict[str, Any]]:
        """Every row, and the last page's delta link stays in `self.delta_link`."""
        rows: list[dict[str, Any]] = []
        self.pages: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            response = await self.get(following)
            assert response.status_code == 200, response.text
            self.pages.append(response.json())
            rows += self.pages[-1]["value"]
            following = self.pages[-1].get("@odata.nextLink")
        self.delta_link = self.pages[-1].get("@odata.deltaLink")
        return rows

    def use_roles(self, *roles: str) -> None:
        self.http.headers["Authorization"] = "Bearer " + self.cloud.issue_token(TENANT, APP, roles=roles)

    def violations(self) -> list[str]:
        return [violation.kind for violation in self.cloud.counters.violations]

    def users(self, count: int, **properties: Any) -> list[str]:
        made = (
            self.directory.create(
                "user",
                {
                    "id": f"00000000-0000-0000-0000-{number:012d}",
                    "displayName": f"User {number}",
                    "userPrincipalName": f"user{number}@contoso.com",
                    "accountEnabled": True,
                    **properties,
                },
            )
            for number in range(count)
        )
        return [user["id"] for user in made]

    def group(self, *members: str, **properties: Any) -> str:
        group_id = str(self.directory.create("group", {"displayName": "Group", "groupTypes": [], **properties})["id"])
        for member in members:
            self.directory.add_link("members", group_id, member)
        return group_id


@pytest.fixture
def caller() -> Caller:
    clock = Clock()
    cloud = SimulatedCloud(clock=clock)
    directory = cloud.add_tenant(Directory(TENANT, "contoso.com"))
    cloud.consent(TENANT, APP, READER)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(build_graph_app(cloud)),
        base_url="https://graph.test/v1.0",
        headers={"Authorization": "Bearer " + cloud.issue_token(TENANT, APP, seconds=10**7)},
    )
    return Caller(clock, cloud, directory, http)
