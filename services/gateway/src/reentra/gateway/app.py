"""Builds the gateway: everything it needs comes in, an HTTP application and a router for the broker come out."""

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Protocol

from fastapi import FastAPI
from faststream.kafka import KafkaRouter

from reentra.common.clock import Clock, SystemClock
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.installation import Installation
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.documents import Documents
from reentra.common.stores.restores import StoredRestores
from reentra.common.stores.schedules import StoredSchedules
from reentra.common.stores.tenants import StoredTenants
from reentra.gateway.handlers import build_router
from reentra.gateway.operations.audit import AUDIT, Audit
from reentra.gateway.operations.browse import Browse
from reentra.gateway.operations.dead_letters import DEAD_LETTERS, Carrier, DeadLetters
from reentra.gateway.operations.door import Door, TokenHolders
from reentra.gateway.operations.downloads import Downloads
from reentra.gateway.operations.feed import FEED, Feed
from reentra.gateway.operations.idempotency import IDEMPOTENCY, Idempotency
from reentra.gateway.operations.owners import Owners
from reentra.gateway.operations.records import TenantRecords
from reentra.gateway.operations.sign_in_limit import SIGN_IN_ATTEMPTS, SignInLimit
from reentra.gateway.operations.timeline import Timeline
from reentra.gateway.operations.work import Work
from reentra.gateway.routes import audit as audit_routes
from reentra.gateway.routes import (
    consent,
    dead_letters,
    downloads,
    events,
    health,
    jobs,
    objects,
    people,
    restores,
    session,
    set_up,
    snapshots,
    timeline,
)
from reentra.gateway.routes import tenants as tenant_routes
from reentra.gateway.routes import tokens as token_routes
from reentra.gateway.routes.guard import guarded
from reentra.gateway.routes.middleware import RequestFrame
from reentra.gateway.routes.openapi import describe
from reentra.gateway.routes.portal import PortalFiles
from reentra.gateway.routes.problems import add_problem_handlers
from reentra.gateway.settings import GatewaySettings

COLLECTIONS = (FEED, AUDIT, IDEMPOTENCY, DEAD_LETTERS, SIGN_IN_ATTEMPTS)
OUTBOXES = (AUDIT,)
"""Whose documents carry events."""


class Sessions(session.Sessions, Protocol):
    """What the door and the routes need of auth's sessions."""


class Connections(tenant_routes.Connections, consent.ConsentRoad, Protocol): ...


class Membership(people.Membership, set_up.Links, Protocol): ...


class ApiTokens(token_routes.ApiTokens, TokenHolders, Protocol): ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Auth, as the gateway sees it: in one process its own objects, across processes a client of it."""

    people: session.People
    sessions: Sessions
    api_tokens: ApiTokens
    connections: Connections
    membership: Membership


@dataclass(frozen=True, slots=True)
class Gateway:
    """`app` is served over HTTP, `router` belongs on the broker. `stop` first: it ends the open event streams."""

    app: FastAPI
    router: KafkaRouter
    feed: Feed

    async def stop(self) -> None:
        await self.feed.stop()


def build_app(
    settings: GatewaySettings,
    *,
    documents: Documents,
    blobs: Blobs,
    catalogue: Catalogue,
    jobs: Jobs,
    installation: Installation,
    identity: Identity,
    carrier: Carrier,
    clock: Clock | None = None,
    check_room: health.Check | None = None,
) -> Gateway:
    """`carrier` sends dead letters again. `check_room` refuses while the stores could not take new data, for
    `/readyz`."""
    time = clock or SystemClock()
    feed = Feed(documents, time, kept=timedelta(days=settings.feed_days), poll_seconds=settings.feed_poll_seconds)
    audit = Audit(documents, time)
    letters = DeadLetters(documents, time, carrier)
    browse = Browse(catalogue, TenantRecords(blobs, installation), time)
    work = Work(jobs, browse, time)
    tenants = StoredTenants(documents)
    plans = StoredRestores(documents)
    owners = Owners(jobs, plans)
    parts = _Parts(
        feed=feed,
        audit=audit,
        letters=letters,
        browse=browse,
        timeline=Timeline(catalogue, time),
        work=work,
        downloads=Downloads(blobs),
        tenants=tenants,
        known=tenant_routes.Known(tenants, StoredSchedules(documents), browse, work),
        plans=plans,
        owners=owners,
        door=Door(identity.sessions, identity.api_tokens),
        idempotency=Idempotency(documents, time, kept=timedelta(hours=settings.idempotency_hours)),
        limit=SignInLimit(documents, settings.sign_in_attempts_per_minute),
    )
    checks = (documents.now, check_room) if check_room is not None else (documents.now,)
    return Gateway(_http(settings, parts, identity, checks), build_router(feed.record, letters.keep), feed)


@dataclass(frozen=True, slots=True)
class _Parts:
    feed: Feed
    audit: Audit
    letters: DeadLetters
    browse: Browse
    timeline: Timeline
    work: Work
    downloads: Downloads
    tenants: StoredTenants
    known: tenant_routes.Known
    plans: StoredRestores
    owners: Owners
    door: Door
    idempotency: Idempotency
    limit: SignInLimit


def _http(settings: GatewaySettings, parts: _Parts, identity: Identity, checks: tuple[health.Check, ...]) -> FastAPI:
    app = FastAPI(
        title="Reentra",
        version=version("reentra-gateway"),
        summary="Backup and restore of Microsoft Entra ID",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # the redirect would take its host from whatever Host header came
    )
    guard = guarded(parts.door, parts.owners, parts.idempotency, parts.audit)
    sessions, connections, membership = identity.sessions, identity.connections, identity.membership
    secure = settings.secure_cookies
    routers: tuple[Any, ...] = (
        health.build_router(guard, *checks),
        session.build_router(guard, identity.people, sessions, parts.limit, secure_cookies=secure),
        set_up.build_router(guard, membership, parts.limit),
        people.build_router(guard, membership),
        token_routes.build_router(guard, identity.api_tokens),
        consent.build_router(guard, connections, sessions),
        tenant_routes.build_router(guard, connections, parts.known),
        jobs.build_router(guard, parts.tenants, parts.work),
        snapshots.build_router(guard, parts.tenants, parts.browse, parts.timeline),
        timeline.build_router(guard, parts.tenants, parts.browse, parts.timeline),
        objects.build_router(guard, parts.tenants, parts.browse, parts.timeline),
        downloads.build_router(guard, parts.tenants, parts.work, parts.downloads),
        restores.build_router(guard, parts.tenants, parts.plans, parts.work),
        events.build_router(guard, parts.feed, parts.door),
        audit_routes.build_router(guard, parts.audit),
        dead_letters.build_router(guard, parts.letters),
    )
    for router in routers:
        app.include_router(router)
    describe(app, guard)
    app.router.default = PortalFiles(settings.portal_folder)
    add_problem_handlers(app)
    app.add_middleware(RequestFrame, body_limit_bytes=settings.body_limit_bytes)
    return app
