"""What somebody with bad intentions tries at the door."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher
from tests.unit.gateway.conftest import PASSWORD, TENANT, World
from tests.unit.gateway.test_events import progressed, read_stream

from reentra.auth.errors import NotSignedIn
from reentra.auth.operations.people import People
from reentra.common.clock import SystemClock

SIGN_IN = '{"username": "admin", "password": "a-long-enough-password"}'
BASE = f"/api/v1/tenants/{TENANT}"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:443/x?", "reentra.test@evil.example"])
async def test_host_headers_lead_nobody_astray(world: World, host: str) -> None:
    for path in (
        "/api/v1/jobs/",
        "/healthz/",
        "//evil.example/..",
        "/connect/signed-in?state=x",
        "/api/v1/jobs?limit=1",
    ):
        answer = await world.admin.get(path, headers={"Host": host})

        location = answer.headers.get("location", "/")
        assert urlsplit(location).netloc == ""
        assert "evil" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_other_sites_forms_sign_nobody_in(world: World, kind: str) -> None:
    """A form of another site can send these types without asking first; it cannot send JSON."""
    async with world.anybody() as browser:
        headers = {"Content-Type": kind} if kind else {}
        answer = await browser.post("/api/v1/session", content=SIGN_IN, headers=headers)

    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers


async def test_ended_token_opens_nothing(world: World) -> None:
    person = await world.auth.people.named("admin")
    assert person is not None
    made = await world.auth.api_tokens.create(person, "old", "admin", lifetime=timedelta(seconds=-1))
    async with world.anybody(Authorization=f"Bearer {made.secret}") as late:
        assert (await late.get("/api/v1/jobs")).status_code == 401


async def test_session_is_no_bearer_and_a_token_no_session(world: World) -> None:
    async with world.anybody() as browser:
        await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
        session_id = browser.cookies["reentra_session"]
    token = await world.bearer("admin", "admin")
    async with world.anybody(Authorization=f"Bearer {session_id}") as one, world.anybody() as other:
        other.cookies.set("reentra_session", token)
        assert (await one.get("/api/v1/jobs")).status_code == 401
        assert (await other.get("/api/v1/jobs")).status_code == 401


async def test_csrf_token_of_another_session_is_refused(world: World) -> None:
    who = {"username": "admin", "password": PASSWORD}
    async with world.anybody() as mine, world.anybody() as other:
        await mine.post("/api/v1/session", json=who)
        theirs = (await other.post("/api/v1/session", json=who)).json()["csrf_token"]
        answer = await mine.post(f"{BASE}/backups", headers={"X-CSRF-Token": theirs})

    assert answer.status_code == 403
    assert (await world.admin.get("/api/v1/jobs")).json()["value"] == []


async def test_session_is_new_with_every_sign_in(world: World) -> None:
    """A cookie that somebody planted before is not the session afterwards."""
    async with world.anybody() as browser:
        browser.cookies.set("reentra_session", "planted")
        await browser.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
        assert browser.cookies.get("reentra_session", domain="reentra.test") != "planted"


async def test_idempotency_keys_of_others_reveal_nothing(world: World) -> None:
    await world.back_up_twice()
    key = {"Idempotency-Key": "the-same-key"}
    mine = await world.admin.post(f"{BASE}/downloads", json={}, headers=key)
    viewer = await world.bearer("viewer", "admin")
    async with world.anybody(Authorization=f"Bearer {viewer}", **key) as other:
        refused = await other.post(f"{BASE}/downloads", json={})
    elsewhere = await world.admin.post(f"{BASE}/restore-plans", json={"snapshot": "1"}, headers=key)

    assert (mine.status_code, refused.status_code, elsewhere.status_code) == (202, 403, 202)
    assert elsewhere.json()["id"] != mine.json()["id"]


async def test_event_number_from_nowhere_hides_no_events(world: World) -> None:
    await world.gateway.feed.record(progressed("job", 1))

    events = await read_stream(world, then=[progressed("job", 2)], **{"Last-Event-ID": "999999"})

    assert [event["event"] for event in events] == ["ready", "collector.backup-progressed.v1"]


@pytest.mark.parametrize("path", ["/connect/signed-in", "/connect/consented"])
async def test_forged_callbacks_end_in_the_portal_with_a_sentence(world: World, path: str) -> None:
    query = {"state": "x", "error": "<script>", "error_description": "https://evil.example", "tenant": TENANT}
    async with world.anybody() as stranger, world.anybody() as viewer, world.anybody() as admin:
        await viewer.post("/api/v1/session", json={"username": "viewer", "password": PASSWORD})
        await admin.post("/api/v1/session", json={"username": "admin", "password": PASSWORD})
        answers = [await browser.get(path, params=query) for browser in (stranger, viewer, admin)]

    for answer in answers:
        location = urlsplit(answer.headers["location"])
        assert (answer.status_code, location.netloc, location.path) == (303, "", "/new-tenants")
        [sentence] = parse_qs(location.query)["problem"]
        assert sentence.endswith(".")
        assert "evil" not in location.query
        assert "script" not in location.query


async def test_guessing_the_old_password_is_slowed_down(world: World) -> None:
    guess = {"old_password": "a guess", "new_password": "another-long-password"}
    answers = [(await world.admin.put("/api/v1/session/password", json=guess)).status_code for _ in range(12)]

    assert answers == [403] * 10 + [429] * 2


async def test_unknown_names_cost_as_much_as_known_ones(world: World) -> None:
    """Otherwise the clock tells which names there are."""

    class Counting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            self.verified += 1
            super().verify(hash, password)
            return True

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    people = People(world.stores.documents, SystemClock(), hasher)
    for name in ("admin", "nobody"):
        with pytest.raises(NotSignedIn):
            await people.verify(name, "wrong")

    assert hasher.verified == 2


async def test_paths_in_download_names_lead_nowhere(world: World) -> None:
    answer = await world.admin.get("/api/v1/downloads/..%2f..%2fetc%2fpasswd/content")

    assert answer.status_code == 404
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/%00.js",
        "/assets/" + "x" * 5000 + ".js",
        "/assets/..%2f..%2fsettings.py",
        "/assets/../index.html",
        "/..%2f..%2fapp.py",
        "/assets/%ff%fe.js",
        "/assets//etc/passwd.js",
        "/%2fetc%2fhosts.txt",
    ],
)
async def test_addresses_of_the_portal_show_nothing_but_its_files(world: World, path: str) -> None:
    async with world.anybody(Accept="text/html") as stranger:
        answer = await stranger.get(path)

    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
