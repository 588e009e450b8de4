"""Whoever starts a service hears at once of every setting that is missing or wrong, and never a value."""

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings
from tests.unit.standalone.test_endings import run

from reentra.common.settings import SettingsUnusable
from reentra.common.snapshot.keys import create_installation
from reentra.standalone.ending import FAILURE, USAGE
from reentra.standalone.settings import OF_SERVERS, OF_SERVICES, require_usable, server_settings, what_is_wrong

GOOD = {
    "REENTRA_KAFKA__BOOTSTRAP_SERVERS": "kafka-1:9092, [::1]:9092",
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
    assert {sentence.split()[2] for sentence in wrong_with(monkeypatch)} == set(GOOD)


@pytest.mark.parametrize("name", GOOD)
def test_one_that_is_missing_is_named_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    rest = {each: value for each, value in GOOD.items() if each != name}
    assert wrong_with(monkeypatch, **rest) == [f"The setting {name} is missing."]


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_one_is_as_wrong_as_a_missing_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    [sentence] = wrong_with(monkeypatch, **GOOD | {name: ""})
    assert sentence.startswith(f"The setting {name} cannot be used: ")


def test_wrong_ones_of_several_servers_are_told_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    told = wrong_with(
        monkeypatch,
        **GOOD | {"REENTRA_S3__ENDPOINT": "hunter2", "REENTRA_KAFKA__BOOTSTRAP_SERVERS": "hunter2"},
        REENTRA_MONGO__URL_FILE="/nowhere",
    )
    assert [sentence.split()[2] for sentence in told] == ["REENTRA_S3__ENDPOINT", "REENTRA_KAFKA__BOOTSTRAP_SERVERS"]
    assert "hunter2" not in "".join(told)


def test_good_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings = server_settings()
    assert settings.s3.bucket == "reentra"
    assert settings.kafka.bootstrap_servers == ["kafka-1:9092", "[::1]:9092"]


@pytest.mark.parametrize("value", ["nan", "inf", "-1", str(10**20), "many", ""])
@pytest.mark.parametrize("settings", [*OF_SERVICES, *OF_SERVERS])
def test_every_number_has_its_limits(monkeypatch: pytest.MonkeyPatch, settings: type[BaseSettings], value: str) -> None:
    """A service with no place for a job, or with a pause without end, would start and never do anything."""
    for name, good in GOOD.items():
        monkeypatch.setenv(name, good)
    prefix = settings.model_config["env_prefix"]
    numbers = [name for name, field in settings.model_fields.items() if isinstance(field.default, float | int)]
    for name in (f"{prefix}{number}".upper() for number in numbers):
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            with pytest.raises(SettingsUnusable) as caught:
                require_usable(settings)
        [sentence] = what_is_wrong(caught.value)
        assert sentence.startswith(f"The setting {name} cannot be used: it must be ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REENTRA_MONGO__URL", "mongo:27017"),
        ("REENTRA_MONGO__DATABASE", "my database"),
        ("REENTRA_S3__BUCKET", "My_Bucket"),
        ("REENTRA_KAFKA__BOOTSTRAP_SERVERS", "kafka"),
        ("REENTRA_KAFKA__BOOTSTRAP_SERVERS", '["kafka:9092"'),
        ("REENTRA_KAFKA__BOOTSTRAP_SERVERS", '["kafka:9092", 9092]'),
    ],
)
def test_a_name_that_no_server_takes_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    [sentence] = wrong_with(monkeypatch, **GOOD | {name: value})
    assert sentence.startswith(f"The setting {name} cannot be used: ")
    assert value not in sentence


def test_all_verbs_that_use_settings_name_everything_that_is_wrong(tmp_path: Path) -> None:
    create_installation(tmp_path / "keys")
    bad = tmp_path / "ca.pem"
    bad.write_text("no certificate")
    wrong = {"REENTRA_CLOUD_CUSTOM_CA_FILE": str(bad), "REENTRA_COLLECTOR__CONCURRENT_JOBS": "two"}
    keys = ("--keys", str(tmp_path / "keys"))
    stores = [name for name in GOOD if "KAFKA" not in name]
    for words, names in (
        (("up", "--data", str(tmp_path / "data"), "--port", "0"), [*wrong]),
        (("serve", "collector", *keys), [*wrong, *GOOD]),
        (("verify", *keys), stores),
        (("rebuild", *keys), stores),
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
