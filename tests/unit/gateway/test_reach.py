"""Somebody who is limited to one tenant, at every route. The lists say once more, in other words than the rules, how
each route keeps to it; a route that is in none of them and names nothing of a tenant fails."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from tests.unit.gateway.conftest import OTHER, PASSWORD, TENANT, World
from tests.unit.gateway.test_events import progressed
from tests.unit.gateway.test_roles import ENDLESS, OPEN, served

from reentra.auth.domain.answers import Organization
from reentra.auth.operations.credentials import Credentials
from reentra.auth.operations.registry import Connection, ProvenApp
from reentra.common.clock import SystemClock
from reentra.common.connecting import AppCredential
from reentra.common.events.gateway import Audited
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.job import JobKind, NewJob
from reentra.common.people import EVERYWHERE, Reach, TokenScope
from reentra.common.stores.restores import RESTORE_PLANS
from reentra.common.testing.backups import BackupWriter, user
from reentra.gateway.domain.cursors import bound, to_cursor
from reentra.gateway.domain.permissions import Rule, checked_rule
from reentra.gateway.operations.audit import Act, Audit

API = "/api/v1"
NARROWED = {
    ("GET", f"{API}/{path}") for path in ("tenants", "tenants/credentials", "tenants/names", "jobs", "audit", "events")
}
REFUSED = {
    ("GET", f"{API}/people"), ("POST", f"{API}/people"), ("PUT", f"{API}/people/{{person_id}}/role"),
    ("PUT", f"{API}/people/{{person_id}}/tenants"), ("POST", f"{API}/people/{{person_id}}/disable"),
    ("POST", f"{API}/people/{{person_id}}/enable"), ("POST", f"{API}/people/{{person_id}}/reset"),
    ("DELETE", f"{API}/people/{{person_id}}"), ("GET", f"{API}/dead-letters"),
    ("POST", f"{API}/dead-letters/{{letter_id}}/replay"), ("POST", f"{API}/dead-letters/{{letter_id}}/dismiss"),
    ("POST", f"{API}/tenants"), ("POST", f"{API}/tenants/added"), ("POST", f"{API}/consent"),
    ("DELETE", f"{API}/tenants/{{tenant_id}}"),
}  # fmt: skip
OF_NO_TENANT = {
    ("GET", f"{API}/session"), ("DELETE", f"{API}/session"), ("PUT", f"{API}/session/password"),
    ("GET", f"{API}/tokens"), ("POST", f"{API}/tokens"), ("DELETE", f"{API}/tokens/{{token_id}}"),
    ("GET", f"{API}/clouds"), ("GET", f"{API}/permissions"),
}  # fmt: skip
OWNER = re.compile(r"\{(tenant_id|job_id|plan_id)\}")
BODIES: Mapping[str, dict[str, Any]] = {"schedule": {"frequency_minutes": 60}}


@dataclass(frozen=True)
class House:
    """What one tenant has, by the names that paths give it."""

    tenant_id: TenantId
    jobs: Mapping[JobKind, JobId]
    object_id: str
    client_id: str

    @property
    def marks(self) -> set[str]:
        """By which somebody would know that it is told of."""
        return {self.tenant_id, *self.jobs.values(), self.client_id, f"name-of-{self.tenant_id}"}

    def at(self, path: str) -> str:
        kind: JobKind = "export" if "/downloads/" in path else "restore_apply" if "/restores/" in path else "backup"
        ids = {
            "tenant_id": self.tenant_id, "job_id": self.jobs[kind], "plan_id": self.jobs["restore_plan"],
            "object_type": "user", "object_id": self.object_id, "snapshot": "1",
        }  # fmt: skip
        filled = re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], "nothing"), path)
        return f"{filled}?type=user" if filled.endswith("/objects") else filled


async def house(world: World, tenant_id: TenantId, number: int) -> House:
    documents, name = world.stores.documents, f"name-of-{tenant_id}"
    credentials = Credentials(documents, world.installation.sealer("credentials"), SystemClock())
    client_id = f"{number:08d}-0000-4000-8000-000000000000"
    kept = await credentials.keep(tenant_id, "backup", AppCredential(client_id, "secret", "a-secret"))
    organization = Organization(tenant_id, name, f"{number}.example", (f"{number}.example",))
    app = ProvenApp("backup", client_id, kept)
    await world.auth.connections.registry.connect(Connection(name, "global", organization, (app,), 1440, False))
    record = user(number, displayName=name)
    await BackupWriter(world.stores.blobs, world.stores.catalogue, world.installation, tenant_id).backup([record])
    kinds: tuple[JobKind, ...] = ("backup", "export", "restore_plan", "restore_apply")
    jobs: dict[JobKind, JobId] = {}
    for kind in kinds:
        params = {"plan_id": jobs["restore_plan"]} if kind == "restore_apply" else {}
        jobs[kind] = (await world.jobs.submit(NewJob(kind, tenant_id, params, "test"))).id
    plan = {"blockers": [], "skipped": [], "credentials": [], "counts": {}, "selection": {}, "estimate": {}}
    plan |= {"tenant_id": tenant_id, "snapshot": 1, "created_at": "", "created_by": "", "sha256": ""}
    await documents.insert(RESTORE_PLANS, jobs["restore_plan"], plan)
    await Audit(documents, SystemClock()).record(Act("test", "backup.start", name, tenant_id=tenant_id))
    return House(tenant_id, jobs, record.object_id, client_id)


@pytest.fixture
async def houses(world: World) -> tuple[House, House]:
    return await house(world, TENANT, 1), await house(world, OTHER, 2)


async def limited(world: World, name: str, *tenants: TenantId, scope: TokenScope = "admin") -> str:
    """The API token of that person, who is limited by the front door first."""
    person = await world.auth.people.named(name)
    assert person is not None
    path = f"{API}/people/{person.id}/tenants"
    answer = await world.admin.put(path, json={"tenants": list(tenants)})
    assert answer.json()["tenants"] == sorted(tenants), answer.text
    return await world.bearer(name, scope)


async def limited_administrator(world: World) -> str:
    await world.auth.people.add("partner", PASSWORD, "admin")
    return await limited(world, "partner", TENANT)


async def limited_token(world: World) -> str:
    """Of an administrator who sees everything."""
    body = {"name": "one", "scope": "admin", "tenants": [TENANT.upper()]}
    return str((await world.admin.post(f"{API}/tokens", json=body)).json()["secret"])


async def ask(client: httpx.AsyncClient, method: str, address: str) -> httpx.Response:
    return await client.request(method, address, json=BODIES.get(address.rpartition("/")[2], {}))


def test_every_route_names_a_tenants_own_or_is_in_a_list(world: World) -> None:
    others = served(world) - OPEN - NARROWED - REFUSED - OF_NO_TENANT

    assert {route for route in others if not OWNER.search(route[1])} == set()
    assert served(world) >= NARROWED | REFUSED | OF_NO_TENANT


@pytest.mark.parametrize("who", [limited_administrator, limited_token])
async def test_what_is_of_another_tenant_answers_like_what_does_not_exist(
    world: World, houses: tuple[House, House], who: Any
) -> None:
    mine, theirs = houses
    nowhere = House(TenantId("9" * 36), dict.fromkeys(mine.jobs, JobId("no-such-job")), "9", "")
    routes = sorted(route for route in served(world) - OPEN if OWNER.search(route[1]))
    wrong: list[object] = []
    async with world.anybody(Authorization=f"Bearer {await who(world)}") as client:
        for method, path in routes:
            foreign, absent = [await ask(client, method, one.at(path)) for one in (theirs, nowhere)]
            if foreign.status_code != 404 or without_ids(foreign, theirs) != without_ids(absent, nowhere):
                wrong.append((method, path, foreign.text, absent.text))
            if (await ask(client, method, mine.at(path))).status_code == 404:
                wrong.append((method, path, "not even one's own"))
    for method, path in sorted(routes, key=lambda route: route[0] == "DELETE"):
        if (await ask(world.admin, method, theirs.at(path))).status_code == 404:
            wrong.append((method, path, "nor for an administrator of all"))

    assert wrong == []


def without_ids(answer: httpx.Response, house: House) -> object:
    text = answer.text.replace(answer.json()["request_id"], "")
    for id in (*house.jobs.values(), house.tenant_id):
        text = text.replace(id, "<id>")
    return answer.status_code, text, set(answer.headers)


@pytest.mark.parametrize("who", [limited_administrator, limited_token])
async def test_lists_tell_of_ones_own_only(world: World, houses: tuple[House, House], who: Any) -> None:
    mine, theirs = houses
    asked = [f"?tenant={OTHER}", f"?tenant={OTHER.upper()}", f"?called=name-of-{OTHER}", "?called=2.example", ""]
    async with world.anybody(Authorization=f"Bearer {await who(world)}") as client:
        for _, path in sorted(NARROWED - {ENDLESS}):
            answers = [await client.get(path + query) for query in asked]
            assert not {
                mark for mark in theirs.marks for one in answers if mark in one.text.replace(f"'name-of-{OTHER}'", "")
            }, path
            assert {mark for mark in mine.marks if mark in answers[-1].text}, path
            assert {mark for mark in theirs.marks if mark in (await world.admin.get(path)).text}, path
        for method, path in sorted(OF_NO_TENANT - {("DELETE", f"{API}/session")}):
            assert not {mark for mark in theirs.marks if mark in (await ask(client, method, path)).text}, path
        rows = (await client.get(f"{API}/audit")).json()["value"]

    assert {row["tenant_id"] for row in rows} == {TENANT}


async def test_whoever_is_limited_does_not_manage_the_installation(world: World) -> None:
    async with world.anybody(Authorization=f"Bearer {await limited_administrator(world)}") as client:
        me = (await client.get(f"{API}/session")).json()
        answers = [await ask(client, method, path.format(tenant_id=TENANT, person_id=me["id"], letter_id="x"))
                   for method, path in sorted(REFUSED)]  # fmt: skip
        changed = await client.put(f"{API}/tenants/{TENANT}/schedule", json={"frequency_minutes": 60})

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "forbidden")}
    assert all("limited to some tenants" in answer.json()["detail"] for answer in answers)
    assert me["tenants"] == [TENANT]
    assert not {"people.read", "people.write", "tenants.connect", "dead_letters.read"} & set(me["permissions"])
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (f"{API}/archives", Rule("jobs.read")),
        (f"{API}/archives/{{archive_id}}", Rule("jobs.read")),
        (f"{API}/tenants/{{tenant_id}}/archives", Rule("jobs.read", tenants="none")),
    ],
)
def test_rule_that_leaves_open_whose_it_is_stops_the_start(path: str, rule: Rule) -> None:
    with pytest.raises(LookupError, match="whose tenants"):
        checked_rule(path, rule)


async def test_cursor_that_names_what_another_has_is_none(world: World, houses: tuple[House, House]) -> None:
    """Also one that somebody made up for a list of their own: it would tell whether that job is there, and when."""
    _, theirs = houses
    paths = (f"{API}/jobs", f"{API}/tenants/{TENANT}/downloads")
    async with world.anybody(Authorization=f"Bearer {await limited_administrator(world)}") as client:
        jobs = [await client.get(path, params=forged(path, theirs.jobs["backup"])) for path in paths]
        absent = [await client.get(path, params=forged(path, "no-such-job")) for path in paths]
        audit = (await client.get(f"{API}/audit", params=forged(f"{API}/audit", 10**6))).json()["value"]

    assert [answer.status_code for answer in (*jobs, *absent)] == [404] * 4
    assert {row["tenant_id"] for row in audit} == {TENANT}


def forged(path: str, part: str | int) -> dict[str, str]:
    return {"cursor": bound(to_cursor(part), repr((path, [])))}


async def test_answers_given_before_are_not_repeated_to_whoever_was_limited_since(
    world: World, houses: tuple[House, House]
) -> None:
    key = {"Idempotency-Key": "the-same"}
    async with world.anybody(Authorization=f"Bearer {await world.bearer('operator', 'admin')}", **key) as client:
        first = await client.post(f"{API}/tenants/{OTHER}/downloads", json={})
        await limited(world, "operator", TENANT)
        again = await client.post(f"{API}/tenants/{OTHER}/downloads", json={})

    assert (first.status_code, again.status_code) == (202, 404)
    assert first.json()["id"] not in again.text


async def test_token_never_sees_more_than_its_person_nor_makes_one_that_does(
    world: World, houses: tuple[House, House]
) -> None:
    before = await world.bearer("operator", "admin")
    person_token = await limited(world, "operator", TENANT)
    of_all = await limited_token(world)
    seen: dict[str, object] = {}
    async with world.anybody() as client:
        for name, secret in (("before", before), ("after", person_token), ("limited", of_all)):
            client.headers["Authorization"] = f"Bearer {secret}"
            beyond = await client.post(f"{API}/tokens", json={"name": "x", "tenants": [OTHER]})
            unknown = await client.post(f"{API}/tokens", json={"name": "x", "tenants": ["9" * 36]})
            made = (await client.post(f"{API}/tokens", json={"name": "x", "scope": "admin"})).json()
            client.headers["Authorization"] = f"Bearer {made['secret']}"
            tenants = (await client.get(f"{API}/tenants")).json()["value"]
            seen[name] = ([one["id"] for one in tenants], beyond.status_code, unknown.status_code)
            assert beyond.json()["detail"].replace(OTHER, "") == unknown.json()["detail"].replace("9" * 36, "")
        # What the administrator's other tokens are limited to is not told to a limited one.
        await world.admin.post(f"{API}/tokens", json={"name": "secret", "tenants": [OTHER]})
        client.headers["Authorization"] = f"Bearer {of_all}"
        assert OTHER not in (await client.get(f"{API}/tokens")).text

    assert seen == dict.fromkeys(("before", "after", "limited"), ([TENANT], 422, 422))


async def test_last_administrator_of_all_tenants_stays_one(world: World) -> None:
    await limited_administrator(world)
    me = (await world.admin.get(f"{API}/session")).json()["id"]
    answer = await world.admin.put(f"{API}/people/{me}/tenants", json={"tenants": [TENANT]})

    assert (answer.status_code, "last administrator" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("tenants", [[], ["9" * 36], [OTHER, TENANT], "all", [None]])
async def test_nobody_is_limited_to_what_does_not_exist(world: World, tenants: Any) -> None:
    person = await world.auth.people.named("viewer")
    assert person is not None
    invited = await world.admin.post(f"{API}/people", json={"name": "x", "role": "viewer", "tenants": tenants})
    changed = await world.admin.put(f"{API}/people/{person.id}/tenants", json={"tenants": tenants})
    emptied = await world.admin.put(f"{API}/people/{person.id}/tenants", json={})

    assert (invited.status_code, changed.status_code, emptied.status_code) == (422, 422, 422)


async def test_invited_for_one_tenant_and_opened_for_all(world: World, houses: tuple[House, House]) -> None:
    body = {"name": "ada@contoso.example", "role": "operator", "tenants": [TENANT.upper()]}
    made = (await world.admin.post(f"{API}/people", json=body)).json()
    code = made["link"].partition("#")[2]
    async with world.anybody() as browser:
        await browser.post(f"{API}/set-up", json={"code": code, "password": "four words nobody guesses"})
        who = {"username": body["name"], "password": "four words nobody guesses"}
        me = (await browser.post(f"{API}/session", json=who)).json()
        before = (await browser.get(f"{API}/tenants")).json()["value"]
        await world.admin.put(f"{API}/people/{made['id']}/tenants", json={"tenants": None})
        after = (await browser.get(f"{API}/tenants")).json()["value"]
    rows = (await world.admin.get(f"{API}/audit")).json()["value"]

    assert (made["tenants"], me["tenants"]) == ([TENANT], [TENANT])
    assert ([one["id"] for one in before], len(after)) == ([TENANT], 2)
    details = [row["details"]["tenants"] for row in rows if "tenants" in row["details"]]
    assert details == ["all", TENANT]


async def test_two_people_follow_and_each_is_told_of_their_own(world: World) -> None:
    """Over a real connection: since before they came, by Last-Event-ID, and while they listen."""
    await house(world, OTHER, 2)
    tokens = [await limited(world, "operator", TENANT), await limited(world, "viewer", OTHER)]
    person, record = await world.auth.people.named("operator"), world.gateway.feed.record
    assert person is not None
    for read in range(1, 5):
        await record(progressed(f"job-{read}", read, (TENANT, OTHER)[read % 2]))
    await record(Audited(actor="admin", action="person.invite"))
    async with listening(world) as url, httpx.AsyncClient(base_url=url) as client, AsyncExitStack() as open_streams:
        streams = [await open_streams.enter_async_context(following(client, token, after=1)) for token in tokens]
        before = [[await anext(streams[0]) for _ in range(3)], [await anext(streams[1]) for _ in range(2)]]
        await record(progressed("job-6", 6, TENANT))
        await record(progressed("job-7", 7, OTHER))
        live = [await anext(stream) for stream in streams]
        await world.admin.put(f"{API}/people/{person.id}/tenants", json={"tenants": [OTHER]})
        await record(progressed("job-8", 8, TENANT))
        rest = [event async for event in streams[0]]
        again = await open_streams.enter_async_context(following(client, tokens[0], after=4))
        anew = [await anext(again), await anext(again)]

    assert [[event["id"] for event in seen] for seen in before] == [["1", "2", "4"], ["1", "3"]]
    assert [event["id"] for event in live] == ["6", "7"]
    assert rest == []
    assert [event["id"] for event in anew] == ["4", "7"]


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(world.gateway.app, port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    await world.gateway.stop()
    server.should_exit = True
    await serving


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, token: str, *, after: int
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": str(after)}
    async with client.stream("GET", f"{API}/events", headers=headers) as answer:
        yield events_of(answer)


async def events_of(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """As they come; the first is `ready`."""
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name:
            event[name] = value
        elif event:
            yield event
            event = {}


def test_reaches_meet_where_both_reach() -> None:
    one, both = Reach(frozenset({TENANT})), Reach(frozenset({TENANT, OTHER}))

    assert one.within(both) == both.within(one) == one.within(EVERYWHERE) == EVERYWHERE.within(one) == one
    assert EVERYWHERE.within(EVERYWHERE) == EVERYWHERE
    assert (one.chosen(None), one.chosen(OTHER), EVERYWHERE.chosen(None)) == ((TENANT,), (), None)
    assert (one.has(None), EVERYWHERE.has(None)) == (False, True)


def test_a_list_is_asked_for_a_tenant_in_letters_of_any_size() -> None:
    mine = Reach(frozenset({TenantId("abcd")}))
    assert mine.chosen("ABCD") == EVERYWHERE.chosen("ABCD") == ("abcd",)
    assert mine.chosen("ef") == ()
