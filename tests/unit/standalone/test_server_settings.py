"""Whoever starts a service hears at once of every setting that is missing or wrong, and never a value."""

import pytest

from reentra.common.settings import SettingsUnusable
from reentra.standalone.settings import server_settings, what_is_wrong

GOOD = {
    "REENTRA_MONGO__URL": "mongodb://mongo",
    "REENTRA_S3__ENDPOINT": "https://s3.example",
    "REENTRA_S3__ACCESS_KEY": "reentra",
    "REENTRA_S3__SECRET_KEY": "s3cret",
}


def wrong_with(monkeypatch: pytest.MonkeyPatch, **settings: str) -> list[str]:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsUnusable) as caught:
        server_settings()
    return list(what_is_wrong(caught.value))


def test_all_that_is_missing_is_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [sentence.split()[2] for sentence in wrong_with(monkeypatch)] == list(GOOD)


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_one_is_as_wrong_as_a_missing_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    [sentence] = wrong_with(monkeypatch, **GOOD | {name: ""})
    assert sentence.startswith(f"The setting {name} cannot be used: ")


def test_wrong_ones_of_several_servers_are_told_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    told = wrong_with(
        monkeypatch,
        **GOOD | {"REENTRA_S3__ENDPOINT": "hunter2", "REENTRA_KAFKA__BOOTSTRAP_SERVERS": "hunter2:9092"},
        REENTRA_MONGO__URL_FILE="/nowhere",
    )
    assert [sentence.split()[2] for sentence in told] == ["REENTRA_S3__ENDPOINT", "REENTRA_KAFKA__BOOTSTRAP_SERVERS"]
    assert "hunter2" not in "".join(told)


def test_good_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    assert server_settings().s3.bucket == "reentra"
