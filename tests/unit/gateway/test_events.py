"""Facts become a feed; readers resume where they were."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial

import httpx
import pytest
from tests.unit.gateway.conftest import OTHER, PASSWORD, TENANT, World

from reentra.common.events.collector import BackupFinished, BackupProgressed
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import Audited
from reentra.common.stores.documents import Collection, Document, Query
from reentra.gateway.operations.door import Credentials, Door
from reentra.gateway.operations.feed import FEED, FeedFilter


def progressed(job_id: str, read: int, tenant_id: str = TENANT) -> Event:
    return BackupProgressed(tenant_id=tenant_id, job_id=job_id, object_type="user", status="reading", read=read)


async def read_stream(
    world: World,
    path: str = "/api/v1/events",
    *,
    then: Sequence[Event] = (),
    reader: httpx.AsyncClient | None = None,
    **headers: str,
) -> list[dict[str, str]]:
    """What a reader is told, who follows until there is nothing more; and `then`, which happens when it waits."""
    seen_all, find = asyncio.Event(), world.stores.documents.find

    async def watched(collection: Collection, query: Query) -> Sequence[Document]:
        found = await find(collection, query)
        if collection == FEED and not query.descending and not found:
            seen_all.set()
        return found

    world.stores.documents.find = watched  # type: ignore[method-assign]
    reading = asyncio.create_task((reader or world.admin).get(path, headers=headers))
    for happens in (then, ()):
        await asyncio.wait([reading, asyncio.create_task(seen_all.wait())], return_when=asyncio.FIRST_COMPLETED)
        for event in happens:
            await world.gateway.feed.record(event)
        seen_all.clear()
    await world.gateway.stop()
    answer = await reading
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parsed(answer)


def parsed(answer: httpx.Response) -> list[dict[str, str]]:
    blocks = [block for block in answer.text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


async def test_reader_resumes_after_the_last_event_it_saw(world: World) -> None:
    for count in range(5):
        await world.gateway.feed.record(progressed("job", count))

    events = await read_stream(world, **{"Last-Event-ID": "3"})

    assert [event["id"] for event in events] == ["3", "4", "5"]
    assert [json.loads(event["data"]).get("read") for event in events] == [None, 3, 4]
    assert events[1]["event"] == "collector.backup-progressed.v1"


async def test_new_reader_begins_now_and_sees_what_comes(world: World) -> None:
    await world.gateway.feed.record(progressed("job", 1))

    events = await read_stream(world, then=[progressed("job", 2)])

    assert [event["event"] for event in events] == ["ready", "collector.backup-progressed.v1"]
    assert json.loads(events[1]["data"])["read"] == 2


async def test_fact_that_arrives_twice_is_one_event(world: World) -> None:
    fact = progressed("job", 1)
    await world.gateway.feed.record(fact)
    await world.gateway.feed.record(fact)

    assert len(await read_stream(world, **{"Last-Event-ID": "0"})) == 2


async def test_facts_recorded_at_once_have_numbers_without_holes(world: World) -> None:
    await asyncio.gather(*(world.gateway.feed.record(progressed("job", n)) for n in range(20)))

    events = await read_stream(world, **{"Last-Event-ID": "0"})

    assert [int(event["id"]) for event in events] == list(range(21))


async def test_stream_can_be_narrowed_to_a_tenant_or_a_job(world: World) -> None:
    await world.gateway.feed.record(progressed("one", 1))
    await world.gateway.feed.record(progressed("two", 2, OTHER))
    await world.gateway.feed.record(BackupFinished(tenant_id=TENANT, job_id="three", status="succeeded"))

    of_tenant = await read_stream(world, f"/api/v1/events?tenant={TENANT}&after=0")
    of_job = await read_stream(world, "/api/v1/events?job=two&after=0")

    assert [event["id"] for event in of_tenant] == ["0", "1", "3"]
    assert of_job[0]["event"] == "ready"


@pytest.mark.parametrize(("name", "hears"), [("auditor", True), ("viewer", False)])
async def test_who_did_what_is_told_only_to_readers_of_the_audit_log(world: World, name: str, hears: bool) -> None:
    act = Audited(tenant_id=TENANT, actor="admin", action="backup.start")
    for event in (act, progressed("job", 1)):
        await world.gateway.feed.record(event)
    async with world.anybody(Authorization=f"Bearer {await world.bearer(name, 'admin')}") as reader:
        topics = [event["event"] for event in await read_stream(world, reader=reader, **{"Last-Event-ID": "0"})]
    assert topics == ["ready", *[act.topic] * hears, BackupProgressed.topic]


async def test_nonsense_as_last_event_id_is_refused(world: World) -> None:
    answer = await world.admin.get("/api/v1/events", headers={"Last-Event-ID": "x"})

    assert answer.status_code == 422


async def test_stream_ends_when_its_token_is_revoked(world: World) -> None:
    made = (await world.admin.post("/api/v1/tokens", json={"name": "watcher", "scope": "read"})).json()
    async with world.anybody(Authorization=f"Bearer {made['secret']}") as watcher:
        stream = asyncio.create_task(watcher.get("/api/v1/events"))
        while not await is_used(world, made["id"]):
            await asyncio.sleep(0)
        assert (await world.admin.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
        while not stream.done():
            await world.gateway.feed.record(progressed("job", 1))
        assert (await stream).status_code == 200


async def is_used(world: World, token_id: str) -> bool:
    listed = (await world.admin.get("/api/v1/tokens")).json()["value"]
    return any(one["id"] == token_id and one["last_used_at"] for one in listed)


async def test_nothing_is_told_any_more_when_a_session_has_ended(world: World) -> None:
    door, feed = Door(world.auth.sessions, world.auth.api_tokens), world.gateway.feed
    session = await world.auth.sessions.begin(await world.auth.people.verify("admin", PASSWORD))
    shown = Credentials("GET", None, session.id, None)
    told = feed.follow(0, FeedFilter(None, None), partial(door.still_admits, shown, session.subject))
    await feed.record(progressed("job", 1))
    assert (await anext(told)).number == 1
    await world.auth.sessions.end(session.id)
    await feed.record(progressed("job", 2))
    assert await anext(told, None) is None
