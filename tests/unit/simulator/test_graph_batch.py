"""Batches: unordered answers, limits for each item, dependencies."""

import pytest

from reentra.simulator.graph.faults import FaultRule


async def send(caller, *items):
    return await caller.http.post("/$batch", json={"requests": list(items)})


def get(item_id, url, **more):
    return {"id": str(item_id), "method": "GET", "url": url, **more}


async def test_answers_come_unordered_and_by_id(caller):
    ids = caller.users(20)
    response = await send(caller, *(get(number, f"/users/{ids[number]}?$select=id") for number in range(20)))
    answers = response.json()["responses"]
    assert response.status_code == 200
    assert {answer["id"]: answer["body"]["id"] for answer in answers} == {str(n): ids[n] for n in range(20)}
    assert [answer["id"] for answer in answers] != [str(number) for number in range(20)]


async def test_more_than_twenty_is_refused_and_counted(caller):
    response = await send(caller, *(get(number, "/users") for number in range(21)))
    assert response.status_code == 400
    assert caller.violations() == ["batch_too_large"]


async def test_same_id_twice_is_refused(caller):
    assert (await send(caller, get(1, "/users"), get(1, "/groups"))).status_code == 400


@pytest.mark.parametrize(
    "requests",
    [
        "x",
        ["x"],
        [5],
        [get(1, "/users", headers="x")],
        [get(1, "/users", dependsOn=5)],
        [{**get(1, "/users"), "id": []}],
    ],
)
async def test_payload_of_another_form_is_refused(caller, requests):
    response = await caller.http.post("/$batch", json={"requests": requests})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "BadRequest")


async def test_body_needs_its_content_type(caller):
    item = {"id": "1", "method": "POST", "url": "/groups", "body": {"displayName": "G"}}
    assert (await send(caller, item)).status_code == 400


async def test_items_fail_for_themselves(caller):
    caller.users(1)
    response = await send(caller, get(1, "/users/nobody"), get(2, "/users"))
    assert {answer["id"]: answer["status"] for answer in response.json()["responses"]} == {"1": 404, "2": 200}


async def test_items_are_throttled_for_themselves(caller):
    caller.cloud.settings.throttle_scale = 4 / 3_500
    response = await send(caller, *(get(number, "/users") for number in range(4)))
    answers = {answer["id"]: answer for answer in response.json()["responses"]}
    assert [answers[str(number)]["status"] for number in range(4)] == [200, 200, 429, 429]
    assert answers["3"]["headers"]["Retry-After"] == "10"
    assert response.status_code == 200
    assert "Retry-After" not in response.headers


async def test_item_after_a_failed_one_is_424(caller):
    response = await send(
        caller, get(1, "/users/nobody"), get(2, "/users", dependsOn=["1"]), get(3, "/users", dependsOn=["2"])
    )
    assert {answer["id"]: answer["status"] for answer in response.json()["responses"]} == {"1": 404, "2": 424, "3": 424}


async def test_headers_belong_to_items(caller):
    caller.users(2)
    url = "/users?$count=true&$filter=accountEnabled ne false"
    item = get(1, url, headers={"ConsistencyLevel": "eventual"})
    response = await caller.http.post(
        "/$batch", json={"requests": [item, get(2, url)]}, headers={"ConsistencyLevel": "eventual"}
    )
    assert {answer["id"]: answer["status"] for answer in response.json()["responses"]} == {"1": 200, "2": 400}


async def test_page_inside_an_item_carries_an_absolute_link(caller):
    caller.users(150)
    (answer,) = (await send(caller, get(1, "/users"))).json()["responses"]
    link = answer["body"]["@odata.nextLink"]
    assert link.startswith("https://graph.test/v1.0/users?")
    assert len((await caller.get(link)).json()["value"]) == 50


async def test_dropped_item_is_missing_from_the_answer(caller):
    caller.cloud.faults.add(FaultRule("drop_batch_item", path=r"^/\$batch$"))
    response = await send(caller, get(1, "/users"), get(2, "/users"))
    assert len(response.json()["responses"]) == 1


async def test_answer_of_one_item_can_be_lost(caller):
    ids = caller.users(2)
    caller.cloud.faults.add(FaultRule("drop_batch_item", path=ids[0]))
    response = await send(caller, get(1, f"/users/{ids[0]}"), get(2, f"/users/{ids[1]}"))
    assert [answer["id"] for answer in response.json()["responses"]] == ["2"]


async def test_fault_can_meet_one_item(caller):
    ids = caller.users(2)
    caller.cloud.faults.add(FaultRule("status", path=ids[1], status=503))
    response = await send(caller, get(1, f"/users/{ids[0]}"), get(2, f"/users/{ids[1]}"))
    assert {answer["id"]: answer["status"] for answer in response.json()["responses"]} == {"1": 200, "2": 503}


async def test_batch_needs_a_token(caller):
    response = await caller.http.post("/$batch", json={"requests": [get(1, "/users")]}, headers={"Authorization": ""})
    assert response.status_code == 401
