"""Whether the process lives, and whether it can work."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

Check = Callable[[], Awaitable[object]]
"""Raises a refusal that says what stands in the way."""


class Health(BaseModel):
    status: str = "ok"


def build_router(route_class: type[APIRoute], *checks: Check) -> APIRouter:
    router = APIRouter(route_class=route_class, tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> Health:
        return Health()

    @router.get("/readyz", summary="Whether the stores answer and take new data")
    async def readyz() -> Health:
        for check in checks:
            await check()
        return Health()

    return router
