"""What every answer has: ids, security headers, problem details, limits; and what the audit log keeps."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import httpx
from fastapi import FastAPI, Query
from pydantic import AfterValidator
from tests.unit.gateway.conftest import OTHER, PASSWORD, TENANT, World, gateway_over

from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.errors import RetryLater
from reentra.common.testing.backups import user
from reentra.gateway.routes.openapi import document
from reentra.gateway.routes.problems import add_problem_handlers

BASE = f"/api/v1/tenants/{TENANT}"


async def test_request_id_is_taken_over_or_made(world: World) -> None:
    mine = await world.admin.get("/healthz", headers={"X-Request-Id": "trace-12345678"})
    made = await world.admin.get("/healthz", headers={"X-Request-Id": "<script>"})

    assert mine.headers["x-request-id"] == "trace-12345678"
    assert made.headers["x-request-id"] not in ("", "<script>")


async def test_answers_carry_security_headers(world: World) -> None:
    for path in ("/healthz", "/api/v1/tenants", "/nothing"):
        headers = (await world.admin.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


async def test_trouble_is_told_as_problem_details(world: World) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("PATCH", "/api/v1/tenants", 405),
        ("GET", f"/api/v1/tenants/{OTHER}", 404),
        ("GET", "/api/v1/jobs?limit=many", 422),
        ("GET", "/api/v1/jobs/nonsense", 404),
    ):
        answer = await world.admin.request(method, path)
        body = answer.json()
        assert (answer.status_code, body["status"]) == (status, status), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["title"]
        assert body["detail"].endswith(".")
        assert body["request_id"] == answer.headers["x-request-id"]


async def test_broken_json_is_the_callers_mistake(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await world.admin.post("/api/v1/tokens", content=b"{nonsense", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "rejected")


async def test_body_of_another_kind_than_json_is_named(world: World) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = await world.admin.post("/api/v1/tokens", content=b'{"name": "script"}', headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        assert "application/json" in answer.json()["detail"]


async def test_large_bodies_are_refused(world: World) -> None:
    answer = await world.admin.post("/api/v1/tokens", json={"name": "x" * (1 << 21)})

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_refused_credential_is_not_echoed(world: World) -> None:
    secret = "the-secret-of-the-app"
    body = {
        "name": "X",
        "tenant_id": "nonsense",
        "backup": {"client_id": "x", "kind": "secret", "value": secret, "extra": 1},
    }
    answer = await world.admin.post("/api/v1/tenants", json=body)
    audit = await world.admin.get("/api/v1/audit")

    assert answer.status_code == 422
    assert secret not in answer.text + audit.text


async def test_validation_errors_do_not_echo_what_was_sent(world: World) -> None:
    body = {"name": "X", "tenant_id": "x", "backup": {"client_id": "x", "kind": "secret", "value": {"a": "hidden"}}}
    answer = await world.admin.post("/api/v1/tenants", json=body)

    assert answer.status_code == 422
    assert "hidden" not in answer.text


async def test_privileged_acts_are_written_down_with_their_outcome(world: World) -> None:
    job = (await world.admin.post(f"{BASE}/backups")).json()
    await world.admin.put(f"{BASE}/schedule", json={"frequency_minutes": 7})
    await world.admin.put(f"{BASE}/schedule", json={"frequency_minutes": 60})
    await world.admin.get("/api/v1/tenants")

    rows = (await world.admin.get("/api/v1/audit")).json()["value"]

    assert [(row["action"], row["outcome"], row["tenant_id"]) for row in rows] == [
        ("schedule.change", "ok", TENANT),
        ("schedule.change", "rejected", TENANT),
        ("backup.start", "ok", TENANT),
    ]
    assert rows[0]["details"] == {"frequency_minutes": 60}
    assert rows[2]["actor"] == job["created_by"] == "admin (token test)", "the token by its name, as people are"


async def test_failed_sign_in_is_written_down_without_the_name(world: World) -> None:
    async with world.anybody() as stranger:
        await stranger.post("/api/v1/session", json={"username": "mistyped-password", "password": PASSWORD})

    [row] = (await world.admin.get("/api/v1/audit")).json()["value"]
    assert (row["action"], row["outcome"]) == ("session.begin", "not_signed_in")
    assert "mistyped-password" not in json.dumps(row)


async def test_audit_is_paged(world: World) -> None:
    for _ in range(3):
        await world.admin.post("/api/v1/tokens", json={"name": "x"})

    first = (await world.admin.get("/api/v1/audit?limit=2")).json()
    second = (await world.admin.get(first["next_link"])).json()

    assert [row["number"] for row in first["value"] + second["value"]] == [3, 2, 1]


async def test_tenant_is_found_by_name_id_or_domain(world: World) -> None:
    for word in ("contoso", TENANT.upper(), "mail.CONTOSO.example"):
        found = (await world.admin.get("/api/v1/tenants", params={"called": word})).json()["value"]
        assert [tenant["id"] for tenant in found] == [TENANT]

    missing = await world.admin.get("/api/v1/tenants", params={"called": "nobody"})
    assert missing.status_code == 404


async def test_changed_frequency_is_announced(world: World) -> None:
    await world.admin.put(f"{BASE}/schedule", json={"frequency_minutes": 60})

    assert (await world.admin.get(f"{BASE}/schedule")).json() == {"frequency_minutes": 60}


async def test_coverage_follows_the_last_backup_and_the_consent(world: World) -> None:
    before = (await world.admin.get(f"{BASE}/coverage")).json()["value"]
    await world.writer.backup([user(1)], reasons={"group": "Group.Read.All is missing."})
    after = (await world.admin.get(f"{BASE}/coverage")).json()["value"]

    assert {row["state"] for row in before} == {"not_yet"}
    group = next(row for row in after if row["object_type"] == "group")
    assert (group["state"], group["reason"]) == ("not_captured", "Group.Read.All is missing.")
    assert group["restorable"] == "needs_restore_app"


def test_committed_description_is_the_present_one() -> None:
    committed = Path(__file__).parents[3] / "docs" / "openapi.json"

    assert json.loads(committed.read_text()) == document(), "run `python docs/describe_api.py`"


async def test_readiness_says_what_stands_in_the_way(world: World) -> None:
    async def full() -> None:
        raise RetryLater("The disk is full. Free some disk space; work continues by itself.", after_seconds=10)

    carrier = BrokerPublisher(make_broker(world.bus))
    stores, auth = world.stores, world.auth
    gateway = gateway_over(stores, auth, world.jobs, world.installation, carrier, check_room=full)
    async with replace(world, gateway=gateway).anybody() as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "Free some disk space" in answer.json()["detail"]


async def test_a_validator_speaks_for_itself() -> None:
    def even(number: int) -> int:
        if number % 2:
            raise ValueError(f"{number} is not even")
        return number

    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/half")
    async def half(number: Annotated[int, AfterValidator(even), Query()]) -> int:
        return number // 2

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reentra.test") as client:
        problem = (await client.get("/half?number=3")).json()
    assert problem["detail"] == "The request is not valid: query.number: 3 is not even."
    assert problem["errors"] == [{"location": "query.number", "message": "3 is not even"}]
