"""Secrets from files: read as if they stood in the environment, and named when they cannot be read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from reentra.auth.settings import AuthSettings
from reentra.common.clients.kafka import KafkaSettings
from reentra.common.settings import SecretFileUnusable
from reentra.common.stores.mongo import MongoSettings
from reentra.common.stores.s3 import S3Settings


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(" p\u00e4ss word\n", encoding="utf-8")
    return tmp_path / "secret"


SECRET = " p\u00e4ss word"


def test_every_secret_of_a_server_may_lie_in_a_file(
    secret_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"mongodb://reentra:{SECRET}@mongo"
    (tmp_path / "mongo").write_text(f"{address}\n", encoding="utf-8")
    monkeypatch.setenv("REENTRA_MONGO__URL_FILE", str(tmp_path / "mongo"))
    monkeypatch.setenv("REENTRA_S3__ENDPOINT", "http://s3.example")
    monkeypatch.setenv("REENTRA_S3__ACCESS_KEY", "reentra")
    monkeypatch.setenv("REENTRA_S3__SECRET_KEY_FILE", str(secret_file))
    monkeypatch.setenv("REENTRA_KAFKA__SASL_PASSWORD_FILE", str(secret_file))
    monkeypatch.setenv("REENTRA_AUTH__REGISTRATIONS__GLOBAL__BACKUP_CLIENT_ID", "id")
    monkeypatch.setenv("REENTRA_AUTH__REGISTRATIONS__GLOBAL__BACKUP_SECRET_FILE", str(secret_file))

    assert MongoSettings().url.get_secret_value() == address  # type: ignore[call-arg]
    assert S3Settings().secret_key.get_secret_value() == SECRET  # type: ignore[call-arg]
    assert KafkaSettings(bootstrap_servers=["kafka:9093"]).sasl_password.get_secret_value() == SECRET
    registration = AuthSettings().registrations["global"]
    assert registration.backup_secret is not None
    assert registration.backup_secret.get_secret_value() == SECRET


def test_no_error_shows_what_was_read(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENTRA_MONGO__URL_FILE", str(secret_file))
    with pytest.raises(ValidationError) as caught:
        MongoSettings()  # type: ignore[call-arg]
    assert "word" not in str(caught.value)


def test_the_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENTRA_MONGO__URL", "mongodb://there")
    monkeypatch.setenv("REENTRA_MONGO__URL_FILE", "/nowhere")
    assert MongoSettings().url.get_secret_value() == "mongodb://there"  # type: ignore[call-arg]


def test_files_that_hold_no_secret_keep_their_own_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REENTRA_KAFKA__SECURITY_PROTOCOL", "SSL")
    monkeypatch.setenv("REENTRA_KAFKA__CA_FILE", "/nowhere/ca.pem")
    assert KafkaSettings(bootstrap_servers=["kafka:9093"]).ca_file == Path("/nowhere/ca.pem")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b"\r\n", b" \n"])
def test_a_file_that_cannot_be_read_is_named_with_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("REENTRA_MONGO__URL_FILE", str(path))
    with pytest.raises(SecretFileUnusable, match=r"REENTRA_MONGO__URL_FILE cannot be used: .*secret"):
        MongoSettings()  # type: ignore[call-arg]
