"""Accidents by plan, and replicas that lag behind."""

import asyncio

import httpx
import pytest
import uvicorn

from reentra.simulator.graph.app import build_graph_app
from reentra.simulator.graph.faults import FaultRule


async def test_nth_request_meets_its_status(caller):
    caller.cloud.faults.set([FaultRule("status", path="^/users$", nth=(2,), status=503, headers={"Retry-After": "3"})])
    answers = [await caller.get("/users") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "3"
    assert answers[1].json()["error"]["code"] == "ServiceUnavailable"
    assert caller.cloud.faults.struck == 1


async def test_percentage_is_drawn_from_the_seed(caller):
    rule = FaultRule("status", percentage=30, seed=5, status=504)

    async def round_of_forty():
        caller.cloud.faults.set([rule])
        return [(await caller.get("/groups")).status_code for _ in range(40)]

    first, second = await round_of_forty(), await round_of_forty()
    assert first == second
    assert 4 <= first.count(504) <= 20


async def test_rule_from_json_ends_after_its_times(caller):
    caller.cloud.faults.set([FaultRule.from_json({"kind": "status", "status": 500, "times": 1, "nth": []})])
    assert [(await caller.get("/groups")).status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    ("link", "starts"),
    [
        ("other_host", "https://graph.attacker.example/"),
        ("itself", "https://graph.test/v1.0/groups?$select=id"),
        ("cycle", "https://graph.test/v1.0/groups"),
    ],
)
async def test_hostile_next_link(caller, link, starts):
    caller.cloud.faults.add(FaultRule("hostile_next_link", link=link))
    assert (await caller.get("/groups?$select=id")).json()["@odata.nextLink"].startswith(starts)


async def test_delay_waits(caller):
    caller.cloud.faults.add(FaultRule("delay", seconds=0.05))
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert (await caller.get("/groups")).status_code == 200
    assert loop.time() - before >= 0.05


@pytest.fixture
async def served(caller):
    config = uvicorn.Config(build_graph_app(caller.cloud), port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": caller.http.headers["Authorization"]}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1.0", headers=headers) as client:
        yield client
    server.should_exit = True
    await task


@pytest.mark.parametrize("kind", ["reset", "half_body"])
async def test_connection_breaks_on_the_wire(caller, served, kind):
    caller.users(20)
    caller.cloud.faults.set([FaultRule(kind, nth=(1,))])
    with pytest.raises(httpx.TransportError):
        await served.get("/users")
    assert len((await served.get("/users")).json()["value"]) == 20


async def test_new_object_is_unknown_for_a_while(caller):
    caller.cloud.lag.set(seconds=5)
    (user_id,) = caller.users(1)
    assert (await caller.get(f"/users/{user_id}")).status_code == 404
    assert await caller.value("/users") == []
    assert caller.cloud.lag.hides(caller.directory, user_id)
    caller.clock.forward(5)
    assert (await caller.get(f"/users/{user_id}")).status_code == 200
    assert not caller.cloud.lag.hides(caller.directory, user_id)


async def test_changed_object_shows_its_old_state_for_some_reads(caller):
    (user_id,) = caller.users(1)
    caller.cloud.lag.set(reads=2)
    caller.directory.patch(user_id, {"displayName": "New"})
    seen = [(await caller.get(f"/users/{user_id}")).json()["displayName"] for _ in range(3)]
    assert seen == ["User 0", "User 0", "New"]
