"""`reentra serve SERVICE`: a setting that is missing or wrong stops the start with its name, for every service."""

import json
from pathlib import Path

import pytest
from tests.unit.standalone.test_endings import run

from reentra.common.snapshot.keys import create_installation
from reentra.standalone.ending import FAILURE, USAGE
from reentra.standalone.main import ServiceName
from reentra.standalone.settings import unknown_settings

GIVEN = {
    "REENTRA_KAFKA__BOOTSTRAP_SERVERS": "kafka.invalid:9092",
    "REENTRA_MONGO__URL": "mongodb://mongo.invalid",
    "REENTRA_S3__ENDPOINT": "http://s3.invalid",
    "REENTRA_S3__ACCESS_KEY": "reentra",
    "REENTRA_S3__SECRET_KEY": "s3cret",
}


def refusal(service: str, keys: Path, environment: dict[str, str], status: int = USAGE) -> str:
    port = ["--port", "0"] if service == "gateway" else []
    ended, out, err = run("serve", service, "--keys", str(keys), *port, "--json", **environment)
    assert ended == status, err
    assert "s3cret" not in out + err
    return str(json.loads(out)["error"]["detail"])


@pytest.mark.parametrize("service", ServiceName)
def test_missing_settings_are_named_by_every_service(tmp_path: Path, service: str) -> None:
    told = refusal(service, tmp_path, {})
    assert [name for name in GIVEN if f"The setting {name} is missing." not in told] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REENTRA_S3__ENDPOINT", "s3.example"),
        ("REENTRA_S3__LOCK_DAYS", "soon"),
        ("REENTRA_MONGO__DRIVER", "odbc"),
        ("REENTRA_MONGO__URL_FILE", "/nowhere/s3"),
        ("REENTRA_S3__SECRET_KEY_FILE", "/nowhere/s3"),
        ("REENTRA_KAFKA__BOOTSTRAP_SERVERS", "kafka"),
        ("REENTRA_KAFKA__BOOTSTRAP_SERVERS", "[]"),
        ("REENTRA_KAFKA__SECURITY_PROTOCOL", "TLS"),
        ("REENTRA_KAFKA__SASL_MECHANISM", "KERBEROS"),
        ("REENTRA_KAFKA__SASL_PASSWORD_FILE", "/nowhere/kafka"),
        ("REENTRA_COLLECTOR__CONCURRENT_JOBS", "two"),
        ("REENTRA_EXPORTER__CONCURRENT_JOBS", "two"),
        ("REENTRA_RESTORER__CONCURRENT_JOBS", "two"),
        ("REENTRA_SCHEDULER__TICK_SECONDS", "soon"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    environment = {key: given for key, given in GIVEN.items() if key != name.removesuffix("_FILE")} | {name: value}
    assert f"The setting {name} cannot be used" in refusal("collector", tmp_path, environment)


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"REENTRA_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}, "REENTRA_KAFKA__SASL_PASSWORD_FILE"),
        ({"REENTRA_KAFKA__SASL_USERNAME": "reentra"}, "REENTRA_KAFKA__SECURITY_PROTOCOL"),
        ({"REENTRA_KAFKA__CA_FILE": "/etc/ca.pem"}, "REENTRA_KAFKA__SECURITY_PROTOCOL"),
    ],
)
def test_settings_of_kafka_that_do_not_go_together_are_named(
    tmp_path: Path, environment: dict[str, str], name: str
) -> None:
    assert name in refusal("scheduler", tmp_path, GIVEN | environment)


def test_keys_are_asked_for_before_any_server_is(tmp_path: Path) -> None:
    assert "installation.key" in refusal("collector", tmp_path / "keys", GIVEN, FAILURE)


def test_an_address_that_cannot_be_one_of_mongodb_is_named(tmp_path: Path) -> None:
    create_installation(tmp_path / "keys")
    wrong = {"REENTRA_MONGO__URL": "mongodb://reentra:s3cret/@mongo"}
    assert "REENTRA_MONGO__URL cannot be used" in refusal("collector", tmp_path / "keys", GIVEN | wrong, FAILURE)


def test_settings_of_every_service_and_files_of_secrets_are_known() -> None:
    environment = {
        "REENTRA_EXPORTER__CONCURRENT_JOBS": "1",
        "REENTRA_RESTORER__CONCURRENT_JOBS": "1",
        "REENTRA_KAFKA__SASL_PASSWORD_FILE": "x",
        "REENTRA_MONGO__URL_FILE": "x",
        "REENTRA_AUTH__REGISTRATIONS__GLOBAL__BACKUP_SECRET_FILE": "x",
        "REENTRA_KAFKA__SASL_USERNAME_FILE": "not a secret",
    }
    assert list(unknown_settings(environment)) == ["REENTRA_KAFKA__SASL_USERNAME_FILE"]
