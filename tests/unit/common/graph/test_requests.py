"""One request: headers, retries, refusals, addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from reentra.common.clients.graph import (
    DeltaExpired,
    GraphConflict,
    GraphForbidden,
    GraphNeedsConsent,
    GraphNotFound,
    GraphOutcomeUnknown,
    GraphRejected,
    GraphRetryLater,
    PageExpired,
    UnsafeLink,
)
from reentra.common.errors import Forbidden, NotFound, OutcomeUnknown, RetryLater

from .conftest import BASE, Scripted, answer, page, refusal

Script = Callable[..., Scripted]


async def test_a_read_carries_bearer_preference_priority_and_an_id_of_its_own(script: Script) -> None:
    graph = script(answer(200, {"id": "1"}), answer(200, {"id": "1"}))
    client = graph.open()
    await client.get("/users/1", params={"$select": "id,displayName"})
    await client.get("/users/1")
    first, second = graph.seen
    assert str(first.url) == f"{BASE}/users/1?$select=id,displayName"
    assert first.headers["authorization"] == "Bearer token-1"
    assert first.headers["prefer"] == "include-unknown-enum-members"
    assert first.headers["x-ms-throttle-priority"] == "low"
    assert first.headers["accept-encoding"] == "gzip"
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


async def test_a_restore_has_normal_priority(script: Script) -> None:
    graph = script(answer(204))
    await graph.open("restore").send("PATCH", "/users/1", {"city": "Zürich"})
    assert "x-ms-throttle-priority" not in graph.seen[0].headers
    assert graph.seen[0].headers["content-type"] == "application/json"


async def test_an_own_preference_stands_beside_the_common_one(script: Script) -> None:
    graph = script(page())
    await graph.open().page("/users/delta", headers={"Prefer": "return=minimal"})
    assert graph.seen[0].headers["prefer"] == "include-unknown-enum-members, return=minimal"


async def test_pages_follow_opaque_links_to_the_delta_link(script: Script) -> None:
    link, delta = f"{BASE}/users/delta?$skiptoken=a%2Bb", f"{BASE}/users/delta?$deltatoken=z"
    graph = script(page({"id": "1"}, __nextLink=link), page({"id": "2"}, __deltaLink=delta))
    pages = [p async for p in graph.open().pages("/users/delta", params={"$select": "id"})]
    assert [v["id"] for p in pages for v in p.values] == ["1", "2"]
    assert pages[-1].delta_link == delta
    assert graph.seen[1].extensions["whole_url"] == link


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("?$skiptoken=a%2Bb", "/users/delta?$skiptoken=a%2Bb"),
        ("delta?$skiptoken=a:b//c", "/users/delta?$skiptoken=a:b//c"),
        ("/v1.0/users/delta?$skiptoken=x%27", "/users/delta?$skiptoken=x%27"),
        ("//graph.test/v1.0/users/delta?$skiptoken=1", "/users/delta?$skiptoken=1"),
        ("../users/delta?$skiptoken=../x", "/users/delta?$skiptoken=../x"),
    ],
)
async def test_a_relative_link_belongs_to_the_request_it_answers(script: Script, link: str, whole: str) -> None:
    graph = script(page({"id": "1"}, __nextLink=link), page({"id": "2"}, __deltaLink="delta?$deltatoken=z"))
    pages = [p async for p in graph.open().pages("/users/delta", params={"$select": "id"})]
    assert graph.seen[1].extensions["whole_url"] == BASE + whole
    assert pages[-1].delta_link == f"{BASE}/users/delta?$deltatoken=z"


async def test_relative_links_that_lead_in_a_circle_end(script: Script) -> None:
    graph = script(page(__nextLink="?$skiptoken=1"), page(__nextLink="?$skiptoken=2"), page(__nextLink="?$skiptoken=1"))
    with pytest.raises(UnsafeLink, match="circle"):
        _ = [p async for p in graph.open().pages("/users")]
    with pytest.raises(UnsafeLink):
        await script(page(__nextLink="users")).open().page("/users")


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.attacker.example/v1.0/users",
        "http://graph.test/v1.0/users",
        "https://graph.test:444/v1.0/users",
        "https://graph.test@attacker.example/v1.0/users",
        "https://user:word@graph.test/v1.0/users",
        "https://graph.test/beta/users",
        "https://graph.test/v1.0/../secret",
        "https://graph.test/v1.0evil/users",
        "https://graph.test:port/v1.0/users",
        "https://graph.test/v1.0/users#x",
        "//attacker.example/v1.0/users",
        "//attacker.example",
        "/secret",
        "/v1.0",
        "/beta/users",
        "../../secret",
        "..",
        "/v1.0/%2e%2e/secret",
        "users#x",
        "us ers",
        "us\ters",
        "\\\\attacker.example\\users",
        "javascript:alert(1)",
    ],
)
async def test_a_link_elsewhere_is_not_followed(script: Script, link: str) -> None:
    graph = script(page({"id": "1"}, __nextLink=link))
    with pytest.raises(UnsafeLink):
        _ = [p async for p in graph.open().pages("/users")]
    assert len(graph.seen) == 1


async def test_pages_that_lead_in_a_circle_end(script: Script) -> None:
    one, two = f"{BASE}/users?$skiptoken=1", f"{BASE}/users?$skiptoken=2"
    graph = script(page(__nextLink=one), page(__nextLink=two), page(__nextLink=one))
    with pytest.raises(UnsafeLink, match="circle"):
        _ = [p async for p in graph.open().pages("/users")]


async def test_a_page_that_names_itself_as_next_ends(script: Script) -> None:
    graph = script(page(__nextLink=f"{BASE}/users"))
    with pytest.raises(UnsafeLink):
        await graph.open().page("/users")


async def test_a_refused_token_is_renewed_once(script: Script) -> None:
    graph = script(refusal(401, "InvalidAuthenticationToken"), answer(200, {}), answer(200, {}))
    client = graph.open()
    await client.get("/organization")
    await client.get("/organization")
    assert graph.tokens.asked == [False, True]
    assert [r.headers["authorization"] for r in graph.seen] == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]


async def test_a_token_that_is_shorter_than_a_wait_is_renewed_after_each(script: Script) -> None:
    """Both times it was good when the wait began."""
    expired = refusal(401, "InvalidAuthenticationToken")
    wait = refusal(429, "TooManyRequests", retry_after="50")
    graph = script(wait, expired, wait, expired, answer(200, {"id": "1"}))
    assert await graph.open().get("/organization") == {"id": "1"}
    assert len({r.headers["authorization"] for r in graph.seen}) >= 3


async def test_a_token_is_asked_for_after_the_wait_that_it_is_to_outlive(script: Script) -> None:
    graph = script(refusal(429, "TooManyRequests", retry_after="70"), answer(200, {}))
    await graph.open().get("/organization")
    assert [r.headers["authorization"] for r in graph.seen] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_refused_twice_needs_consent(script: Script) -> None:
    graph = script(refusal(401, "InvalidAuthenticationToken"), refusal(401, "InvalidAuthenticationToken"))
    with pytest.raises(GraphNeedsConsent):
        await graph.open().get("/organization")


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (refusal(404, "Request_ResourceNotFound"), GraphNotFound),
        (refusal(400, "Request_BadRequest"), GraphRejected),
        (refusal(409, "Request_MultipleObjectsWithSameKeyValue"), GraphConflict),
        (refusal(410, "resyncRequired"), DeltaExpired),
        (refusal(400, "Directory_ExpiredPageToken"), PageExpired),
        (refusal(501, "NotImplemented"), GraphRetryLater),
    ],
)
async def test_a_refusal_becomes_what_the_caller_can_do(script: Script, response: Any, kind: type[Exception]) -> None:
    graph = script(response)
    with pytest.raises(kind):
        await graph.open().page("/users")
    assert len(graph.seen) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [("Authorization_RequestDenied", GraphForbidden), ("Authorization_IdentityNotFound", GraphNeedsConsent)],
)
async def test_the_first_forbidden_read_is_asked_again_with_a_new_token(
    script: Script, code: str, kind: type[Exception]
) -> None:
    graph = script(refusal(403, code), answer(200, {}), refusal(403, code))
    client = graph.open()
    await client.get("/organization")
    with pytest.raises(kind):
        await client.get("/users")
    assert graph.tokens.asked == [False, True]


async def test_a_forbidden_read_is_believed_when_the_new_token_is_the_old_one(script: Script) -> None:
    """Also where it waited for its turn meanwhile: policies may be asked for once a second."""
    denied = refusal(403, "Authorization_RequestDenied")
    graph = script(denied, denied)
    graph.tokens.renews = False
    with pytest.raises(GraphForbidden):
        await graph.open().get("/identity/conditionalAccess/policies")
    assert len(graph.seen) == 2


async def test_a_forbidden_write_is_not_sent_again(script: Script) -> None:
    graph = script(refusal(403, "Authorization_RequestDenied"))
    with pytest.raises(GraphForbidden):
        await graph.open().send("PATCH", "/users/1", {"jobTitle": "x"})
    assert len(graph.seen) == 1


@pytest.mark.parametrize("name", ["$deltatoken", "%24deltaToken"])
@pytest.mark.parametrize("status", [400, 404, 410])
async def test_a_refused_delta_link_has_expired(script: Script, status: int, name: str) -> None:
    graph = script(refusal(status, "syncStateNotFound" if status == 404 else "Request_BadRequest"))
    with pytest.raises(DeltaExpired):
        await graph.open().page(f"{BASE}/users/delta?{name}=old")


async def test_refusals_carry_status_code_and_sentence(script: Script) -> None:
    denied = refusal(403, "Authorization_RequestDenied", "Insufficient privileges.")
    graph = script(denied, denied)
    with pytest.raises(Forbidden) as caught:
        await graph.open().get("/users/1", params={"$select": "secretWord"})
    assert "Insufficient privileges." in str(caught.value)
    assert "secretWord" not in str(caught.value)
    assert caught.value.fields["status"] == 403


async def test_a_throttled_read_waits_exactly_as_long_as_told(script: Script) -> None:
    graph = script(refusal(429, "TooManyRequests", Retry_After="7"), answer(200, {"id": "1"}))
    client = graph.open()
    await client.get("/users/1")
    assert 7.0 <= graph.times[1] - graph.times[0] < 7.2
    assert client.stats.requests == 2
    assert client.stats.throttled == 1
    assert client.stats.throttled_seconds >= 7


async def test_a_throttled_create_is_repeated_because_nothing_happened(script: Script) -> None:
    graph = script(refusal(429, "TooManyRequests", Retry_After="1"), answer(201, {"id": "new"}))
    done = await graph.open("restore").send("POST", "/groups", {"displayName": "x"})
    assert done.body == {"id": "new"}


async def test_a_block_holds_for_the_tenants_other_app_too(script: Script) -> None:
    graph = script(refusal(429, "TooManyRequests", Retry_After="9"), answer(200, {}), answer(204))
    backup, restore = graph.open("backup"), graph.open("restore")
    await backup.get("/organization")
    waited_at = graph.times[1]
    await restore.send("PATCH", "/users/1", {})
    assert graph.times[2] >= waited_at


async def test_throttled_for_too_long_gives_the_job_back(script: Script) -> None:
    graph = script(refusal(429, "TooManyRequests", Retry_After="900"), longest_wait_seconds=60)
    with pytest.raises(RetryLater) as caught:
        await graph.open().get("/organization")
    assert caught.value.fields["after_seconds"] >= 900
    assert graph.waits.slept == []


async def test_throttling_without_a_time_grows_its_pauses(script: Script) -> None:
    graph = script(*[refusal(429, "TooManyRequests") for _ in range(4)], answer(200, {}))
    await graph.open().get("/organization")
    pauses = [b - a for a, b in zip(graph.times, graph.times[1:], strict=False)]
    assert pauses[-1] > pauses[0]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("late"),
        httpx.ConnectTimeout("reset in aiohttp's words"),
        refusal(503, "ServiceUnavailable"),
        refusal(504, "GatewayTimeout"),
        httpx.Response(200, content=b'{"value": [{"id'),
    ],
)
async def test_a_read_is_repeated_on_a_new_connection(script: Script, trouble: Any) -> None:
    graph = script(trouble, page({"id": "1"}))
    client = graph.open()
    assert (await client.page("/users")).values == [{"id": "1"}]
    assert [r.extensions["fresh"] for r in graph.seen] == [False, True]
    assert client.stats.requests == 2


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ReadError("reset"),
        httpx.ReadTimeout("late"),
        httpx.ConnectTimeout("reset in aiohttp's words"),
        refusal(504, "GatewayTimeout"),
        refusal(503, "ServiceUnavailable", Retry_After="1"),
        httpx.Response(201, content=b'{"id'),
    ],
)
async def test_a_create_without_an_answer_is_not_repeated(script: Script, trouble: Any) -> None:
    graph = script(trouble)
    with pytest.raises(GraphOutcomeUnknown) as caught:
        await graph.open("restore").send("POST", "/groups", {"displayName": "x"})
    assert isinstance(caught.value, OutcomeUnknown)
    assert len(graph.seen) == 1


async def test_a_create_that_found_no_connection_is_repeated(script: Script) -> None:
    graph = script(httpx.ConnectError("refused"), answer(201, {"id": "new"}))
    client = graph.open("restore")
    assert (await client.send("POST", "/groups", {})).status == 201
    assert client.stats.requests == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
async def test_no_write_without_an_answer_is_repeated(script: Script, method: str) -> None:
    graph = script(refusal(504, "GatewayTimeout"))
    with pytest.raises(GraphOutcomeUnknown):
        await graph.open("restore").send(method, "/users/1", {})


async def test_a_concurrency_violation_is_repeated_for_every_method(script: Script) -> None:
    graph = script(refusal(409, "Directory_ConcurrencyViolation"), answer(201, {"id": "new"}))
    assert (await graph.open("restore").send("POST", "/groups", {})).status == 201


async def test_repeating_ends(script: Script) -> None:
    graph = script(*[refusal(503, "ServiceUnavailable") for _ in range(3)], attempts=3)
    with pytest.raises(GraphRetryLater):
        await graph.open().get("/organization")
    assert len(graph.seen) == 3


@pytest.mark.parametrize("trouble", [refusal(503, "ServiceUnavailable"), httpx.ReadError("reset")])
async def test_a_pause_that_nobody_wants_any_more_ends_within_a_second(script: Script, trouble: Any) -> None:
    graph = script(trouble, first_pause_seconds=20)
    with pytest.raises(GraphRetryLater):
        await graph.open(unwanted=nobody_wants_it).get("/organization")
    assert sum(graph.waits.slept) <= 1
    assert len(graph.seen) == 1


async def test_an_endless_answer_is_cut_off(script: Script) -> None:
    graph = script(answer(200, {"value": ["x" * 2000]}), largest_answer_bytes=1000)
    with pytest.raises(GraphRejected, match="larger"):
        await graph.open().page("/users")


async def test_a_redirect_is_not_followed(script: Script) -> None:
    graph = script(answer(302, None, Location="https://graph.attacker.example/v1.0/users"))
    with pytest.raises(GraphRejected):
        await graph.open().get("/organization")
    assert len(graph.seen) == 1


async def test_a_not_found_is_a_not_found_in_everybodys_words(script: Script) -> None:
    graph = script(refusal(404, "Request_ResourceNotFound"))
    with pytest.raises(NotFound):
        await graph.open().get("/users/1")


async def test_rows_of_a_page_are_the_same_at_every_look_and_survive_being_changed(script: Script) -> None:
    graph = script(page({"id": "1", "displayName": "Zoë"}, {"id": "2"}))
    rows = (await graph.open().page("/users")).values
    rows[0]["displayName"] = "altered"
    assert (len(rows), rows[0]["displayName"], rows[-1]["id"]) == (2, "Zoë", "2")
    assert [row["id"] for row in rows[1:]] == ["2"]


@pytest.mark.parametrize("content", [b'{"value": [{"id": "\xff"}]}', b'{"value": [{"id"}]}'])
async def test_a_page_that_is_not_json_is_asked_for_again(script: Script, content: bytes) -> None:
    graph = script(httpx.Response(200, content=content), page({"id": "1"}))
    assert [row["id"] for row in (await graph.open().page("/users")).values] == ["1"]


async def nobody_wants_it() -> bool:
    return True
