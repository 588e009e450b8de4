"""The API does what its description says: examples fit, answers fit, and strange input is never our own error."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from tests.unit.gateway.conftest import OTHER, TENANT, World

from reentra.common.testing.backups import user
from reentra.gateway.routes.openapi import document

NASTY: tuple[Any, ...] = (
    "", " ", "..", "../..", "x" * 5000, "\x00", "\u202e", "Zoë 🦊", "' OR 1=1 --", '"*"', "%", "-1", "1e9", "latest",
    "2026-02-30", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "9" * 30, "null", "{{7*7}}", "a\r\nX: y",
    "WzE4NDQ2NzQ0MDczNzA5NTUxNjE1XQ", "WyJ4IiwieSIsInoiXQ", "W251bGxd", "!!!!", "é",
)  # fmt: skip
"""Among them cursors of other lists and with numbers that no store can hold."""
NASTY_BODIES: tuple[Any, ...] = (
    None, 0, -1, 10**30, 1.5, True, [], {}, [None], {"x": {}}, "\ud800", ["\ud800"], ["x" * 5000], "", "x" * 5000,
)  # fmt: skip
KNOWN = {"tenant_id": TENANT, "object_type": "user", "object_id": user(1).object_id, "snapshot": "latest"}
TAKE_ANYTHING = {"/healthz", "/readyz", "/connect/signed-in", "/connect/consented"}
UNUSUAL = {"/api/v1/events", "/api/v1/session"}
"""A stream without end; and signing in, which is limited after a few attempts."""


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in description["paths"].items():
        for method, operation in found.items():
            yield method.upper(), path, operation


def queries_of(operation: dict[str, Any]) -> list[str]:
    return [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]


def validator(description: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": description["components"]})


def address(path: str, **values: str) -> str:
    chosen = {**KNOWN, **values}
    return re.sub(r"\{(\w+)\}", lambda match: chosen.get(match[1], "nothing"), path)


def check(description: dict[str, Any], operation: dict[str, Any], answer: httpx.Response) -> None:
    """It is described: its status, its type, its shape. What is not a success is a problem, and no fault of ours."""
    what = f"{answer.request.method} {answer.request.url} {answer.request.content[:200]!r}: {answer.text[:300]}"
    assert answer.status_code < 500, what
    described = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
    if not answer.is_success and not answer.is_redirect:
        assert answer.headers["content-type"] == "application/problem+json", what
        assert answer.json()["detail"].endswith("."), what
    content = described.get("content")
    if content is None or answer.request.method == "HEAD":
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in content, what
    if media_type.endswith("json"):
        validator(description, content[media_type]["schema"]).validate(answer.json())


async def test_every_body_has_an_example_that_fits_its_schema(world: World) -> None:
    description = document()
    seen = 0
    for _, path, operation in operations(description):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in part.get("content", {}).items():
                if media_type == "application/zip":
                    continue
                assert content["example"], path
                if media_type.endswith("json"):
                    validator(description, content["schema"]).validate(content["example"])
                seen += 1

    assert description["openapi"].startswith("3.1")
    assert seen > 80


async def test_operations_are_named_once_and_say_what_they_do(world: World) -> None:
    found = [operation for _, _, operation in operations(document())]

    names = [operation["operationId"] for operation in found]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in found)


async def test_answers_are_as_described(world: World) -> None:
    await world.back_up_twice()
    job = (await world.admin.post(f"/api/v1/tenants/{TENANT}/downloads", json={})).json()
    description = document()
    for method, path, operation in operations(description):
        if method == "GET" and path not in UNUSUAL:
            known = queries_of(operation)
            for query in ({"type": "user"}, {"type": "user", "limit": "1"}):
                taken = {name: value for name, value in query.items() if name in known}
                answer = await world.admin.get(address(path, job_id=job["id"]), params=taken)
                check(description, operation, answer)


@pytest.mark.parametrize("nasty", NASTY)
async def test_strange_values_in_addresses_are_answered_with_sentences(world: World, nasty: str) -> None:
    await world.back_up_twice()
    description = document()
    for method, path, operation in operations(description):
        if path in UNUSUAL or method == "DELETE":
            continue
        names = re.findall(r"\{(\w+)\}", path)
        queries = queries_of(operation)
        for name in names:
            quoted = httpx.QueryParams({"v": nasty}).__str__()[2:].replace("+", "%20").replace(".", "%2E")
            body = {} if method != "GET" else None
            answer = await world.admin.request(method, address(path, **{name: quoted or "%20"}), json=body)
            check(description, operation, answer)
        always = {"type": "user"} if "type" in queries else {}
        for name in queries:
            answer = await world.admin.request(method, address(path), params=always | {name: nasty})
            check(description, operation, answer)


async def test_query_parameters_that_nobody_described_are_refused_by_name(world: World) -> None:
    for method, path, operation in operations(document()):
        if path in TAKE_ANYTHING:
            continue
        answer = await world.admin.request(method, address(path), params={"limt": "3"})
        assert answer.status_code == 422, path
        known = [f"`{name}`" for name in queries_of(operation)] or ["takes none"]
        assert all(word in answer.json()["detail"] for word in ("'limt'", *known)), answer.text


async def test_whoever_may_not_come_in_learns_no_parameters(world: World) -> None:
    async with world.anybody() as stranger:
        assert (await stranger.get("/api/v1/jobs?limt=3")).status_code == 401


async def test_probes_and_microsoft_may_add_what_they_like(world: World) -> None:
    assert (await world.admin.get("/healthz?from=balancer")).status_code == 200
    answer = await world.admin.get("/connect/consented?admin_consent=True&session_state=x&new=1")
    assert answer.status_code == 303


async def test_strange_bodies_are_answered_with_sentences(world: World) -> None:
    await world.back_up_twice()
    description = document()
    headers = {"Content-Type": "application/json"}
    for method, path, operation in operations(description):
        if "requestBody" not in operation or path in UNUSUAL or path == "/api/v1/session/password":
            continue
        example = operation["requestBody"]["content"]["application/json"]["example"]
        wholes = [json.dumps(value) for value in NASTY_BODIES] + ["[" * 5000, "{", "", '{"a":' * 5000]
        parts = [
            json.dumps({**example, name: value}) for name, value in itertools.product(example, (*NASTY_BODIES, *NASTY))
        ]
        for body in wholes + parts:
            answer = await world.admin.request(method, address(path), content=body, headers=headers)
            if answer.status_code == 503:  # a body good enough to ask Microsoft with
                continue
            check(description, operation, answer)


async def test_strange_headers_are_answered_with_sentences(world: World) -> None:
    await world.back_up_twice()
    base = f"/api/v1/tenants/{TENANT}"
    job = (await world.admin.post(f"{base}/downloads", json={})).json()["id"]
    description = document()
    backups = description["paths"]["/api/v1/tenants/{tenant_id}/backups"]["post"]
    content = description["paths"]["/api/v1/downloads/{job_id}/content"]["get"]
    for value in (b"\xff\xfe", b"k" * 201, b"", b"bytes=" + b"9" * 5000 + b"-", b"bytes=-" + b"9" * 5000, b"\xd9\xa1"):
        for name in ("Idempotency-Key", "X-Request-Id", "X-CSRF-Token", "If-Range", "Content-Type", "Cookie"):
            check(description, backups, await world.admin.post(f"{base}/backups", headers={name.encode(): value}))
        for name in ("Range", "If-Range"):
            answer = await world.admin.get(f"/api/v1/downloads/{job}/content", headers={name.encode(): value})
            check(description, content, answer)


async def test_tenants_of_others_look_like_none_at_all(world: World) -> None:
    """The same sentence for an id that nobody has and for one that is only not connected here."""
    await world.auth.connections.disconnect(TENANT)
    for method, path, _ in operations(document()):
        if "{tenant_id}" in path:
            mine, other = [
                await world.admin.request(method, address(path, tenant_id=tenant), json={"frequency_minutes": 60})
                for tenant in (TENANT, OTHER)
            ]
            assert (mine.status_code, other.status_code) in ((404, 404), (422, 422)), (method, path)
            told = [answer.json() | {"request_id": ""} for answer in (mine, other)]
            assert json.dumps(told[0]).replace(TENANT, OTHER) == json.dumps(told[1])
