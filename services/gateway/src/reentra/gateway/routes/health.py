"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from reentra.common.stores.documents import Documents


class Health(BaseModel):
    status: str = "ok"


def build_router(route_class: type[APIRoute], documents: Documents) -> APIRouter:
    router = APIRouter(route_class=route_class, tags=["health"])

    @router.get("/healthz", summary="Whether the process lives")
    async def healthz() -> Health:
        return Health()

    @router.get("/readyz", summary="Whether the stores answer")
    async def readyz() -> Health:
        await documents.now()
        return Health()

    return router
