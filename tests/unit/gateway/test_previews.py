"""What is shown of a message that somebody else wrote."""

import pytest

from reentra.gateway.domain.previews import preview

GUID = "aaaaaaaa-0000-4000-8000-000000000001"
TOKEN = "eyJhbGciOiJSUzI1NiIs.eyJzdWIiOiIxMjM0NTY3ODkw"


@pytest.mark.parametrize(
    "body",
    [
        b'{"password": "hunter2hunter2"}',
        b'{"client_secret":"hunter2"}',
        b'{"clientSecret": "a \\" hunter2"}',
        b"{'refresh_token': 'hunter2'}",
        b"password=hunter2&x=1",
        b"Authorization: Bearer hunter2",
        b'{"note": "' + TOKEN.encode() + b'"}',
        b"x" * 150 + b' {"api_key": "hunter2"}',
        (f"{'a b ' * 39}{TOKEN}").encode(),
    ],
)
def test_nothing_that_looks_like_a_secret_is_shown(body: bytes) -> None:
    shown = preview(body)
    assert "hunter2" not in shown
    assert TOKEN[:8] not in shown


def test_ids_topics_and_times_are_shown() -> None:
    body = f'{{"job_id": "{GUID}", "topic": "scheduler.backup-requested.v1", "time": "2026-11-24T12:00:00.000000Z"}}'
    assert preview(body.encode()) == body


def test_bytes_and_control_characters_are_spelt_out() -> None:
    assert preview(b"\xff\x00\x1b[2J\n\xe2\x80\xae") == "\\xff\\x00\\x1b[2J\\x0a\\x202e"


def test_long_bodies_are_cut() -> None:
    assert preview(b"a " * 500, most=10) == "a a a a a ..."
    assert preview(b"", most=10) == ""
