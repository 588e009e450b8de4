"""`writer`: a tenant that an app may change in every way, and short forms for the requests it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.directory import Directory
from reentra.simulator.graph.app import build_graph_app
from reentra.simulator.graph.writes.repeats import BlindCreateWatch

TENANT = "11111111-1111-1111-1111-111111111111"
APP = "22222222-2222-2222-2222-222222222222"
EVERYTHING = (
    "AdministrativeUnit.ReadWrite.All AppRoleAssignment.ReadWrite.All Application.ReadWrite.All"
    " DelegatedPermissionGrant.ReadWrite.All Device.ReadWrite.All Directory.ReadWrite.All Domain.ReadWrite.All"
    " Group.ReadWrite.All GroupMember.ReadWrite.All GroupSettings.ReadWrite.All LicenseAssignment.ReadWrite.All"
    " Organization.ReadWrite.All Policy.Read.All Policy.ReadWrite.ConditionalAccess"
    " RoleManagement.ReadWrite.Directory User.ReadWrite.All User.DeleteRestore.All User.Invite.All"
    " User-PasswordProfile.ReadWrite.All"
)
ROOT = "https://graph.test/v1.0"


@dataclass
class Writer:
    cloud: SimulatedCloud
    directory: Directory
    http: httpx.AsyncClient

    def use_roles(self, roles: str) -> None:
        self.http.headers["Authorization"] = "Bearer " + self.cloud.issue_token(TENANT, APP, roles=roles.split())

    def without_roles(self, *roles: str) -> None:
        self.use_roles(" ".join(role for role in EVERYTHING.split() if role not in roles))

    async def get(self, path: str) -> dict[str, Any]:
        response = await self.http.get(path)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def post(self, path: str, body: Any = None, *, status: int = 201) -> dict[str, Any]:
        response = await self.http.post(path, json=body) if body is not None else await self.http.post(path)
        assert response.status_code == status, response.text
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    async def patch(self, path: str, body: Any, *, status: int = 204) -> None:
        response = await self.http.patch(path, json=body)
        assert response.status_code == status, response.text

    async def delete(self, path: str, *, status: int = 204) -> None:
        response = await self.http.delete(path)
        assert response.status_code == status, response.text

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and message of a refusal."""
        response = await self.http.request(method, path, json=body)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["error"]["message"]

    async def link(self, path: str, target_id: str, *, status: int = 204) -> None:
        await self.post(f"{path}/$ref", self.reference(target_id), status=status)

    def reference(self, target_id: str) -> dict[str, str]:
        return {"@odata.id": f"{ROOT}/directoryObjects/{target_id}"}

    async def user(self, name: str = "adele", **properties: Any) -> str:
        return str((await self.post("/users", new_user(name, **properties)))["id"])

    async def group(self, name: str = "staff", **properties: Any) -> str:
        return str((await self.post("/groups", new_group(name, **properties)))["id"])

    async def application(self, name: str = "Payroll", **properties: Any) -> dict[str, Any]:
        return await self.post("/applications", {"displayName": name, **properties})

    async def principal(self, name: str = "Payroll", **properties: Any) -> dict[str, Any]:
        """An application and its service principal; answers the latter."""
        application = await self.application(name, **properties)
        return await self.post("/servicePrincipals", {"appId": application["appId"]})

    def violations(self) -> list[str]:
        return [violation.kind for violation in self.cloud.counters.violations]


def new_user(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "accountEnabled": True,
        "displayName": name.title(),
        "mailNickname": name,
        "userPrincipalName": f"{name}@contoso.com",
        "passwordProfile": {"forceChangePasswordNextSignIn": True, "password": "Correct-Horse-7"},
        **properties,
    }


def new_group(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "displayName": name.title(),
        "mailEnabled": False,
        "mailNickname": name,
        "securityEnabled": True,
        **properties,
    }


@pytest.fixture
def writer() -> Writer:
    return new_writer()


def new_writer() -> Writer:
    cloud = SimulatedCloud()
    cloud.settings.throttle_scale = None
    directory = cloud.add_tenant(Directory(TENANT, "contoso.com"))
    directory.create("domain", {"id": "contoso.com", "isVerified": True, "isDefault": True, "isInitial": True})
    directory.create("organization", {"id": TENANT, "displayName": "Contoso", "technicalNotificationMails": []})
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(BlindCreateWatch(build_graph_app(cloud), cloud), raise_app_exceptions=False),
        base_url=ROOT,
    )
    writer = Writer(cloud, directory, http)
    writer.use_roles(EVERYTHING)
    return writer
