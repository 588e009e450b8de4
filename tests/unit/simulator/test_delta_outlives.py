"""A cloud that is generated anew with the key of the one before it: which delta tokens are still true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.directory import Directory
from reentra.simulator.server import build_app, new_cloud


class Start:
    """The cloud as one process has it."""

    def __init__(self, key_file: Path | None, users: int = 20) -> None:
        self.served = new_cloud(users=users, seed=1)
        self.served.cloud.settings.throttle_scale = None
        if key_file is not None:
            self.served.cloud.outlive(key_file)
        self._reader = register_demo_apps(self.served.sign_in)[0]["client_id"]

    @property
    def directory(self) -> Directory:
        return self.served.tenants[0].directory

    async def get(self, address: str) -> httpx.Response:
        token = self.served.cloud.issue_token(self.directory.tenant_id, self._reader)
        transport = httpx.ASGITransport(app=build_app(self.served.cloud, self.served.sign_in))
        async with httpx.AsyncClient(transport=transport, base_url="https://cloud.test") as http:
            return await http.get(address, headers={"Authorization": f"Bearer {token}"})

    async def round(self, address: str = "/v1.0/users/delta") -> tuple[list[Any], str]:
        """Its entries, and its delta link."""
        entries = []
        while True:
            body = (await self.get(address)).raise_for_status().json()
            entries += body["value"]
            if "@odata.deltaLink" in body:
                return entries, str(body["@odata.deltaLink"])
            address = body["@odata.nextLink"]

    def change(self) -> str:
        person = next(iter(self.directory.ids("user")))
        self.directory.patch(person, {"jobTitle": "Changed"})
        return person


async def test_link_to_the_tenant_as_it_was_generated_is_good_after_the_next_start(tmp_path: Path) -> None:
    entries, link = await Start(tmp_path / "key").round()
    again = Start(tmp_path / "key")

    assert len(entries) == 20
    assert (await again.round(link))[0] == []
    changed = again.change()
    assert [entry["id"] for entry in (await again.round(link))[0]] == [changed]


async def test_link_that_knows_of_a_change_that_is_gone_has_expired(tmp_path: Path) -> None:
    start = Start(tmp_path / "key")
    _, first = await start.round()
    start.change()
    _, link = await start.round(first)
    again = Start(tmp_path / "key")

    assert (await again.round(first))[0] == []
    again.change()
    assert (await again.get(link)).status_code == 410, "another change has its number now"


@pytest.mark.parametrize(
    "another",
    [
        lambda key: Start(key, users=21),
        lambda key: Start(None),
    ],
    ids=["of another size", "with another key"],
)
async def test_link_of_another_tenant_is_refused(tmp_path: Path, another: Callable[[Path], Start]) -> None:
    _, link = await Start(tmp_path / "key").round()

    assert (await another(tmp_path / "key").get(link)).status_code in (400, 410)
