"""The demo's apps belong to the tenant as it was generated: a restart changes nothing that a backup would see."""

from __future__ import annotations

from typing import Any

from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import Serving, simulated_cloud


async def assignments() -> list[dict[str, Any]]:
    async with simulated_cloud(users=20, seed=3, serving=Serving(https=False)) as served:
        register_demo_apps(served.sign_in)
        return [dict(one) for one in served.tenants[0].directory.objects("appRoleAssignment")]


async def test_their_assignments_are_the_same_at_each_start() -> None:
    assert await assignments() == await assignments()
