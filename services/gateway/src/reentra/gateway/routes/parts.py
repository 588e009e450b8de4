"""What routes work with. A request finds it in the application it came to: so routes, and the models of what they take
and give, which cost a quarter of a second, are made once per process, whatever number of gateways it has."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from reentra.common.stores.restores import StoredRestores
from reentra.common.stores.schedules import StoredSchedules
from reentra.common.stores.tenants import StoredTenants
from reentra.gateway.operations.audit import Audit
from reentra.gateway.operations.browse import Browse
from reentra.gateway.operations.dead_letters import DeadLetters
from reentra.gateway.operations.door import Door
from reentra.gateway.operations.downloads import Downloads
from reentra.gateway.operations.feed import Feed
from reentra.gateway.operations.idempotency import Idempotency
from reentra.gateway.operations.owners import Owners
from reentra.gateway.operations.sign_in_limit import SignInLimit
from reentra.gateway.operations.timeline import Timeline
from reentra.gateway.operations.work import Work
from reentra.gateway.routes.identity import Identity

Check = Callable[[], Awaitable[object]]
"""Raises a refusal that says what stands in the way."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`checks`: of readiness."""

    identity: Identity
    feed: Feed
    audit: Audit
    letters: DeadLetters
    browse: Browse
    timeline: Timeline
    work: Work
    downloads: Downloads
    tenants: StoredTenants
    schedules: StoredSchedules
    plans: StoredRestores
    owners: Owners
    door: Door
    idempotency: Idempotency
    limit: SignInLimit
    checks: Sequence[Check]
    secure_cookies: bool


def give(app: FastAPI, parts: Parts) -> None:
    app.state.parts = parts


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def _given(request: Request) -> Parts:
    return parts_of(request)


Given = Annotated[Parts, Depends(_given)]
"""In a route's arguments."""
