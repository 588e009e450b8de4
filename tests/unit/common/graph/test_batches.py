"""Batches: twenty at a time, answers in order, each item with its own fate."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import orjson
import pytest

from reentra.common.clients.graph import BatchRequest, GraphNeedsConsent
from reentra.common.errors import NeedsConsent, RetryLater

from .conftest import BASE, Scripted, answer, batch, page, refusal

Script = Callable[..., Scripted]


def reads(count: int) -> list[BatchRequest]:
    return [BatchRequest("GET", f"/groups/{n}/owners") for n in range(count)]


def echo(request: httpx.Request) -> httpx.Response:
    asked = orjson.loads(request.content)["requests"]
    return answer(200, {"responses": [{"id": i["id"], "status": 200, "body": {"url": i["url"]}} for i in asked][::-1]})


async def test_answers_come_in_the_order_of_the_questions(script: Script) -> None:
    graph = script(echo, echo, echo)
    client = graph.open()
    answers = await client.batch(reads(45))
    assert [a.body["url"] for a in answers] == [f"/groups/{n}/owners" for n in range(45)]
    assert sorted(len(orjson.loads(r.content)["requests"]) for r in graph.seen) == [5, 20, 20]
    assert (client.stats.requests, client.stats.batches, client.stats.items) == (3, 3, 45)


async def test_items_with_a_body_say_what_it_is(script: Script) -> None:
    graph = script(batch((204, None)))
    await graph.open("restore").batch([BatchRequest("PATCH", "/users/1", {"city": "Bern"})])
    item = orjson.loads(graph.seen[0].content)["requests"][0]
    assert item["headers"]["Content-Type"] == "application/json"
    assert item["body"] == {"city": "Bern"}


async def test_only_throttled_items_are_asked_again_after_their_own_wait(script: Script) -> None:
    graph = script(batch((200, 1), (429, None, {"Retry-After": "5"}), (404, None)), batch((200, 2)))
    answers = await graph.open().batch(reads(3))
    assert [a.status for a in answers] == [200, 200, 404]
    assert graph.times[1] - graph.times[0] >= 5
    assert [i["url"] for i in orjson.loads(graph.seen[1].content)["requests"]] == ["/groups/1/owners"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_item_whose_token_is_refused_is_asked_once_more_with_a_new_one(script: Script, method: str) -> None:
    graph = script(batch((200, 1), (401, {"error": {"code": "InvalidAuthenticationToken"}})), batch((200, 2)))
    answers = await graph.open().batch([BatchRequest(method, f"/groups/{n}/owners") for n in range(2)])
    assert [a.body for a in answers] == [1, 2]
    assert [i["url"] for i in orjson.loads(graph.seen[1].content)["requests"]] == ["/groups/1/owners"]
    assert [r.headers["authorization"] for r in graph.seen] == ["Bearer token-1", "Bearer token-2"]
    assert graph.tokens.asked == [False, True]
    assert graph.waits.slept == []


@pytest.mark.parametrize("code", ["Authorization_RequestDenied", "Authorization_IdentityNotFound"])
async def test_the_first_forbidden_reads_are_asked_again_with_a_new_token(script: Script, code: str) -> None:
    """As a single read is: sign-in knows whether it is one permission, or the whole consent."""
    denied = (403, {"error": {"code": code}})
    graph = script(batch((200, 1), denied, denied), batch((200, 2), denied), batch(denied))
    client = graph.open()
    answers = await client.batch(reads(3))
    assert [a.status for a in answers] == [200, 200, 403]
    assert [i["url"] for i in orjson.loads(graph.seen[1].content)["requests"]] == [r.path for r in reads(3)[1:]]
    assert (await client.batch(reads(1)))[0].status == 403, "believed now"
    assert graph.tokens.asked == [False, True]
    assert graph.waits.slept == []


async def test_a_forbidden_write_in_a_batch_is_not_sent_again(script: Script) -> None:
    graph = script(batch((403, {"error": {"code": "Authorization_RequestDenied"}})))
    answers = await graph.open("restore").batch([BatchRequest("PATCH", "/users/1", {"city": "Bern"})])
    assert [a.status for a in answers] == [403]
    assert len(graph.seen) == 1


async def test_what_was_done_is_told_when_there_is_no_new_token_for_the_rest(script: Script) -> None:
    graph = script(batch((204, None), (401, None)))
    graph.tokens.refuses_to_renew = True
    answers = await graph.open("restore").batch([BatchRequest("PATCH", f"/users/{n}", {}) for n in range(2)])
    assert [a.status for a in answers] == [204, 401]
    assert answers[0].lost_consent is None
    assert "let an administrator consent" in str(answers[1].lost_consent)
    graph = script(batch((200, 1), (401, None)))
    graph.tokens.refuses_to_renew = True
    with pytest.raises(NeedsConsent):
        await graph.open().batch(reads(2))


async def test_an_item_that_a_new_token_does_not_help_is_refused(script: Script) -> None:
    graph = script(batch((401, None), (401, None)), batch((401, None), (401, None)))
    answers = await graph.open().batch(reads(2))
    assert [a.status for a in answers] == [401, 401]
    assert graph.tokens.asked == [False, True]


async def test_a_relative_next_link_of_an_item_is_whole(script: Script) -> None:
    graph = script(batch((200, {"value": [], "@odata.nextLink": "owners?$skiptoken=a%2Bb"})), page({"id": "1"}))
    client = graph.open()
    link = (await client.batch(reads(1)))[0].body["@odata.nextLink"]
    assert [p.values async for p in client.pages(link)] == [[{"id": "1"}]]
    assert graph.seen[1].extensions["whole_url"] == f"{BASE}/groups/0/owners?$skiptoken=a%2Bb"


async def test_missing_and_failed_reads_are_asked_again(script: Script) -> None:
    def one_of_two(request: httpx.Request) -> httpx.Response:
        first = orjson.loads(request.content)["requests"][0]["id"]
        return answer(200, {"responses": [{"id": first, "status": 504, "body": None}]})

    graph = script(one_of_two, batch((200, 1), (200, 2)))
    answers = await graph.open().batch(reads(2))
    assert [a.body for a in answers] == [1, 2]


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_write_inside_a_batch_is_never_repeated_blindly(script: Script, method: str) -> None:
    graph = script(batch((503, None), (204, None)))
    answers = await graph.open("restore").batch(
        [BatchRequest(method, "/groups/1", {}), BatchRequest("PATCH", "/groups/2", {})]
    )
    assert [a.status for a in answers] == [503, 204]


async def test_a_throttled_create_inside_a_batch_is_repeated(script: Script) -> None:
    graph = script(batch((429, None, {"Retry-After": "1"})), batch((201, {"id": "new"})))
    answers = await graph.open("restore").batch([BatchRequest("POST", "/groups", {})])
    assert answers[0].body == {"id": "new"}


async def test_a_lost_batch_with_writes_is_unknown(script: Script) -> None:
    graph = script(httpx.ReadError("reset"))
    answers = await graph.open("restore").batch(
        [BatchRequest("PATCH", "/groups/1", {}), BatchRequest("PATCH", "/groups/2", {})]
    )
    assert [a.unknown for a in answers] == [True, True]


async def test_a_failed_dependency_goes_again(script: Script) -> None:
    graph = script(batch((424, None)), batch((201, {})))
    assert (await graph.open("restore").batch([BatchRequest("POST", "/groups", {})]))[0].status == 201


async def test_items_of_the_slow_lane_travel_alone_a_second_apart(script: Script) -> None:
    graph = script(answer(200, {"id": "a"}), refusal(404, "ResourceNotFound"), page())
    items = [BatchRequest("GET", f"/identity/conditionalAccess/policies/{n}") for n in "abc"]
    answers = await graph.open().batch(items)
    assert [a.status for a in answers] == [200, 404, 200]
    assert graph.times[2] - graph.times[0] >= 2
    assert all(r.method == "GET" for r in graph.seen)


async def test_units_of_items_are_counted_one_by_one(script: Script) -> None:
    graph = script(batch((200, 1, {"x-ms-resource-unit": "7"}), (200, 2)))
    client = graph.open()
    await client.batch([BatchRequest("GET", "/groups/1/members"), BatchRequest("GET", "/groups/2/members")])
    assert client.stats.resource_units == 7 + 3


async def test_a_read_batch_throttled_for_too_long_gives_the_job_back(script: Script) -> None:
    graph = script(batch((429, None, {"Retry-After": "900"})), longest_wait_seconds=60)
    with pytest.raises(RetryLater):
        await graph.open().batch(reads(1))


async def test_a_write_throttled_for_too_long_comes_back_as_429_beside_the_others(script: Script) -> None:
    graph = script(batch((201, {"id": "new"}), (429, None, {"Retry-After": "900"})), longest_wait_seconds=60)
    answers = await graph.open("restore").batch([BatchRequest("POST", "/groups", {}), BatchRequest("POST", "/g", {})])
    assert [a.status for a in answers] == [201, 429]
    assert float(answers[1].headers["retry-after"]) >= 900


async def test_a_failure_of_the_whole_batch_is_raised_as_itself(script: Script) -> None:
    denied = refusal(401, "InvalidAuthenticationToken")
    graph = script(denied, denied, denied, denied, denied, denied)
    with pytest.raises(GraphNeedsConsent):
        await graph.open().batch(reads(45))


async def test_nothing_asked_is_nothing_sent(script: Script) -> None:
    graph = script()
    assert await graph.open().batch([]) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_pause_between_rounds_ends_when_nobody_wants_it_any_more(script: Script, method: str) -> None:
    async def nobody_wants_it() -> bool:
        return True

    graph = script(batch((200, 1), (424, None)), first_pause_seconds=20)
    asked = graph.open(unwanted=nobody_wants_it).batch([BatchRequest(method, f"/groups/{n}/owners") for n in range(2)])
    if method == "GET":
        with pytest.raises(RetryLater):
            await asked
    else:
        assert [answer.status for answer in await asked] == [200, 429], "what was done is told, and the rest is not"
    assert sum(graph.waits.slept) <= 1
