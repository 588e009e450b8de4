"""Whoever starts a service hears at once of every setting that is missing or wrong, and never a value."""

from pathlib import Path

import pytest
from tests.unit.standalone.test_endings import run

from reentra.common.settings import SettingsUnusable
from reentra.common.snapshot.keys import create_installation
from reentra.standalone.ending import FAILURE, USAGE
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


def test_all_verbs_that_use_settings_name_everything_that_is_wrong(tmp_path: Path) -> None:
    create_installation(tmp_path / "keys")
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    wrong = {"REENTRA_CLOUD_CUSTOM_CA_FILE": str(bad), "REENTRA_COLLECTOR__CONCURRENT_JOBS": "two"}
    keys = ("--keys", str(tmp_path / "keys"))
    for words, names in (
        (("up", "--data", str(tmp_path / "data"), "--port", "0"), [*wrong]),
        (("serve", "collector", *keys), [*wrong, *GOOD]),
        (("verify", *keys), [*GOOD]),
        (("rebuild", *keys), [*GOOD]),
        (("doctor", *keys), [*wrong, *GOOD]),
    ):
        _, _, said = run(*words, **wrong)
        assert all(name in said for name in names), said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificate_authority_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    (tmp_path / "data").mkdir()
    reason = "No such file or directory" if content is None else "holds no certificate in PEM form"
    sentence = f"The setting REENTRA_CLOUD_CUSTOM_CA_FILE cannot be used: {path}"
    for words, status in ((("up", "--port", "0"), USAGE), (("doctor",), FAILURE)):
        ended, _, said = run(*words, "--data", str(tmp_path / "data"), REENTRA_CLOUD_CUSTOM_CA_FILE=str(path))
        assert ended == status
        assert sentence in said
        assert reason in said
        assert said.count(sentence) == 1


def test_a_certificate_that_is_no_pem_is_refused_with_what_helps(tmp_path: Path) -> None:
    pfx = tmp_path / "app.pfx"
    pfx.write_bytes(bytes.fromhex("30820b4f"))
    words = ("tenants", "connect", "--name", "x", "--tenant-id", "x", "--client-id", "x")
    ended, _, said = run(*words, "--certificate-file", str(pfx))

    assert ended == USAGE
    assert f"`openssl pkcs12 -in {pfx} -nodes -out app.pem`" in said
    assert len(said.splitlines()) == 1
