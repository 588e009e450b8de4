"""Writes docs/openapi.json anew: `python docs/describe_api.py`. A test compares it with the application's own."""

import asyncio
import json
import tempfile
from pathlib import Path

from reentra.auth.app import build_app as build_auth
from reentra.auth.settings import AuthSettings
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.clock import SystemClock
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.installation import create_installation
from reentra.common.stores.embedded import open_stores
from reentra.gateway.app import Identity, build_app
from reentra.gateway.routes.openapi import document
from reentra.gateway.settings import GatewaySettings

TARGET = Path(__file__).parent / "openapi.json"


async def describe(folder: Path) -> str:
    installation = create_installation(folder / "keys")
    async with open_stores(folder / "data", reserve_bytes=0) as stores:
        auth = build_auth(AuthSettings(), documents=stores.documents, sealer=installation.sealer("credentials"))
        gateway = build_app(
            GatewaySettings(),
            documents=stores.documents,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            jobs=Jobs(stores.documents, SystemClock()),
            installation=installation,
            identity=Identity(auth.people, auth.sessions, auth.api_tokens, auth.connections, auth.membership),
            carrier=BrokerPublisher(make_broker(InProcessTransport())),
        )
        return json.dumps(document(gateway.app), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(asyncio.run(describe(Path(folder))), encoding="utf-8")
