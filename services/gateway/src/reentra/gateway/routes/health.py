"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter
from pydantic import BaseModel

from reentra.gateway.routes.guard import GuardedRoute
from reentra.gateway.routes.parts import Given


class Health(BaseModel):
    status: str = "ok"


router = APIRouter(route_class=GuardedRoute, tags=["health"])


@router.get("/healthz", summary="Whether the process lives")
async def healthz() -> Health:
    return Health()


@router.get("/readyz", summary="Whether the stores answer and take new data")
async def readyz(parts: Given) -> Health:
    for check in parts.checks:
        await check()
    return Health()
