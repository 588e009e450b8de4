"""Every route times every role. The table says it once more, in other words than the rules, and a route without a line
fails."""

import re

import pytest
from fastapi.routing import iter_route_contexts
from tests.unit.gateway.conftest import World

T = "/api/v1/tenants/{tenant_id}"
ROLES = {"a": "admin", "o": "operator", "u": "auditor", "v": "viewer"}
TABLE = f"""
GET    /api/v1/session                                 a o u v r
DELETE /api/v1/session                                 a o u v r
PUT    /api/v1/session/password                        a o u v r
GET    /api/v1/tokens                                  a o u v
POST   /api/v1/tokens                                  a o u v
DELETE /api/v1/tokens/{{token_id}}                     a o u v
GET    /api/v1/people                                  a   u
POST   /api/v1/people                                  a
PUT    /api/v1/people/{{person_id}}/role               a
PUT    /api/v1/people/{{person_id}}/tenants            a
POST   /api/v1/people/{{person_id}}/disable            a
POST   /api/v1/people/{{person_id}}/enable             a
POST   /api/v1/people/{{person_id}}/reset              a
DELETE /api/v1/people/{{person_id}}                    a
GET    /api/v1/tenants                                 a o u v r
POST   /api/v1/tenants                                 a
POST   /api/v1/tenants/added                           a
GET    /api/v1/tenants/credentials                     a o u v r
GET    /api/v1/tenants/names                           a o u v r
GET    /api/v1/clouds                                  a o u v r
GET    /api/v1/permissions                             a o u v r
POST   /api/v1/consent                                 a
GET    {T}                                             a o u v r
DELETE {T}                                             a
GET    {T}/coverage                                    a o u v r
GET    {T}/schedule                                    a o u v r
PUT    {T}/schedule                                    a
POST   {T}/backups                                     a o
GET    /api/v1/jobs                                    a o u v r
GET    /api/v1/jobs/{{job_id}}                         a o u v r
POST   /api/v1/jobs/{{job_id}}/cancel                  a o
POST   /api/v1/jobs/{{job_id}}/retry                   a o
GET    {T}/snapshots                                   a o u v r
GET    {T}/snapshots/{{snapshot}}                      a o u v r
GET    {T}/snapshots/{{snapshot}}/changes              a o u v r
GET    {T}/timeline                                    a o u v r
GET    {T}/recycle-bin                                 a o u v r
GET    {T}/types                                       a o u v r
GET    {T}/types/{{object_type}}/filters               a o u v r
GET    {T}/objects                                             a o u v r
GET    {T}/objects/{{object_type}}/{{object_id}}               a o u v r
GET    {T}/objects/{{object_type}}/{{object_id}}/history       a o u v r
GET    {T}/objects/{{object_type}}/{{object_id}}/raw           a o u v r
POST   {T}/downloads                                   a o u
GET    {T}/downloads                                   a o u v r
GET    /api/v1/downloads/{{job_id}}                    a o u v r
GET    /api/v1/downloads/{{job_id}}/content            a o u   r
POST   {T}/restore-plans                               a o
GET    /api/v1/restore-plans/{{plan_id}}               a o u v r
GET    /api/v1/restore-plans/{{plan_id}}/steps         a o u v r
POST   /api/v1/restore-plans/{{plan_id}}/apply         a o
GET    /api/v1/restores/{{job_id}}                     a o u v r
POST   /api/v1/restores/{{job_id}}/undo                a o
GET    /api/v1/events                                  a o u v r
GET    /api/v1/audit                                   a   u
GET    /api/v1/dead-letters                            a o
POST   /api/v1/dead-letters/{{letter_id}}/dismiss      a
POST   /api/v1/dead-letters/{{letter_id}}/replay       a
"""
"""a: administrator, o: operator, u: auditor, v: viewer, r: an administrator's API token that may read."""
WHO = {(line.split()[0], line.split()[1]): set(line.split()[2:]) for line in TABLE.strip().splitlines()}
OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/set-up"),
    ("POST", "/api/v1/set-up/invitation"),
    ("GET", "/connect/signed-in"),
    ("GET", "/connect/consented"),
}
ENDLESS = ("GET", "/api/v1/events")


def served(world: World) -> set[tuple[str, str]]:
    found = iter_route_contexts(world.gateway.app.routes)
    return {(method, str(route.path)) for route in found for method in route.methods or ()}


async def test_the_table_has_every_route_that_is_served(world: World) -> None:
    assert served(world) == WHO.keys() | OPEN


@pytest.mark.parametrize("who", ["a", "o", "u", "v", "r"])
async def test_every_route_admits_whom_the_table_says_and_nobody_else(world: World, who: str) -> None:
    token = await world.bearer("admin", "read") if who == "r" else await world.bearer(ROLES[who], "admin")
    wrong: list[object] = []
    async with world.anybody(Authorization=f"Bearer {token}") as client:
        for method, path in sorted(served(world) - OPEN - {ENDLESS}):
            answer = await client.request(method, re.sub(r"\{\w+\}", "nothing", path), json={})
            may = who in WHO[(method, path)]
            refused = answer.status_code == 403 and answer.json()["code"] == "forbidden"
            if answer.status_code == 401 or refused == may:
                wrong.append((method, path, answer.status_code, answer.text))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES.values())
async def test_a_token_that_reads_has_no_more_than_its_person(world: World, role: str) -> None:
    async with world.anybody(Authorization=f"Bearer {await world.bearer(role, 'read')}") as reader:
        me = (await reader.get("/api/v1/session")).json()
    async with world.anybody(Authorization=f"Bearer {await world.bearer(role, 'admin')}") as whole:
        person = (await whole.get("/api/v1/session")).json()

    assert set(me["permissions"]) < set(person["permissions"])
    assert not {p for p in me["permissions"] if p.endswith((".write", ".create", ".start", ".plan", ".apply"))}
