"""Builds the gateway: everything it needs comes in, an HTTP application and a router for the broker come out."""

from dataclasses import dataclass
from datetime import timedelta

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
from reentra.gateway.operations.door import Door
from reentra.gateway.operations.downloads import Downloads
from reentra.gateway.operations.feed import FEED, Feed
from reentra.gateway.operations.idempotency import IDEMPOTENCY, Idempotency
from reentra.gateway.operations.owners import Owners
from reentra.gateway.operations.records import TenantRecords
from reentra.gateway.operations.sign_in_limit import SIGN_IN_ATTEMPTS, SignInLimit
from reentra.gateway.operations.timeline import Timeline
from reentra.gateway.operations.work import Work
from reentra.gateway.routes.identity import Identity
from reentra.gateway.routes.middleware import RequestFrame
from reentra.gateway.routes.openapi import ROUTES
from reentra.gateway.routes.parts import Check, Parts, give
from reentra.gateway.routes.portal import PortalFiles
from reentra.gateway.routes.problems import add_problem_handlers
from reentra.gateway.settings import GatewaySettings

COLLECTIONS = (FEED, AUDIT, IDEMPOTENCY, DEAD_LETTERS, SIGN_IN_ATTEMPTS)


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
    check_room: Check | None = None,
) -> Gateway:
    """`carrier` sends dead letters again. `check_room` refuses while the stores could not take new data, for
    `/readyz`."""
    time = clock or SystemClock()
    feed = Feed(documents, time, kept=timedelta(days=settings.feed_days), poll_seconds=settings.feed_poll_seconds)
    letters = DeadLetters(documents, time, carrier)
    browse = Browse(catalogue, TenantRecords(blobs, installation), time)
    plans = StoredRestores(documents)
    parts = Parts(
        identity=identity,
        feed=feed,
        audit=Audit(documents, time),
        letters=letters,
        browse=browse,
        timeline=Timeline(catalogue, time),
        work=Work(jobs, browse, time),
        downloads=Downloads(blobs),
        tenants=StoredTenants(documents),
        schedules=StoredSchedules(documents),
        plans=plans,
        owners=Owners(jobs, plans),
        door=Door(identity.sessions, identity.api_tokens),
        idempotency=Idempotency(documents, time, kept=timedelta(hours=settings.idempotency_hours)),
        limit=SignInLimit(documents, settings.sign_in_attempts_per_minute),
        checks=(documents.now, check_room) if check_room is not None else (documents.now,),
        secure_cookies=settings.secure_cookies,
    )
    return Gateway(_http(settings, parts), build_router(feed.record, letters.keep), feed)


def _http(settings: GatewaySettings, parts: Parts) -> FastAPI:
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # the redirect would take its host from whatever Host header came
    )
    give(app, parts)
    app.router.routes.extend(ROUTES)
    app.router.default = PortalFiles(settings.portal_folder)
    add_problem_handlers(app)
    app.add_middleware(RequestFrame, body_limit_bytes=settings.body_limit_bytes)
    return app
