"""How commands end when something is wrong: one sentence, the right status, and with `--json` still one document."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reentra.standalone.ending import FAILURE, USAGE
from reentra.standalone.main import app
from reentra.standalone.settings import unknown_settings

COMMAND = [sys.executable, "-m", "reentra.standalone.main"]


def run(*words: str, **environment: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(words), env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("nonsense",), USAGE, "No such command 'nonsense'"),
        (("restore", "plan", "Contoso"), USAGE, "--snapshot"),
        (("up", "--port", "99999"), USAGE, "--port"),
        (("up", "--port", "many"), USAGE, "--port"),
        (("download", "create", "Contoso", "--id", "x"), USAGE, "--id needs --type"),
        (("download", "create", "Contoso", "--id", "x", "--type", "user", "--type", "group"), USAGE, "and one only"),
        (("restore", "plan", "Contoso", "--snapshot", "1", "--licences", "bogus"), USAGE, "'bogus' is not one of"),
        (("people", "role", "Anna", "king"), USAGE, "'ROLE': 'king' is not one of 'admin', 'operator'"),
        (("tenants", "show", "\udcff"), USAGE, "UTF-8"),
        (("verify", "--data", "/nowhere"), FAILURE, "installation.key is missing"),
        (("rebuild", "--data", "/nowhere"), FAILURE, "installation.key is missing"),
        (("password", "--data", "/nowhere"), FAILURE, "installation.key is missing"),
        (("up", "--data", "/dev/null/x"), FAILURE, "/dev/null/x"),
        (("up", "--host", "nonsense.invalid"), FAILURE, "--host"),
    ],
)
def test_trouble_is_one_sentence_and_one_document(words: tuple[str, ...], status: int, sentence: str) -> None:
    plain, as_json = run(*words), run("--json", *words)

    assert (plain[0], plain[1]) == (status, "")
    assert sentence in plain[2]
    assert len(plain[2].splitlines()) == 1
    assert as_json[0] == status
    assert sentence in json.loads(as_json[1])["error"]["detail"]
    assert "Value error" not in plain[2] + as_json[1]


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"REENTRA_GATEWAY__BODY_LIMIT_BYTES": "many"}, "REENTRA_GATEWAY__BODY_LIMIT_BYTES"),
        ({"REENTRA_GATEWAY__SIGN_IN_ATTEMPTS_PER_MINUTE": "0"}, "REENTRA_GATEWAY__SIGN_IN_ATTEMPTS_PER_MINUTE"),
        ({"REENTRA_GATEWAY__FEED_POLL_SECONDS": "-1"}, "REENTRA_GATEWAY__FEED_POLL_SECONDS"),
        ({"REENTRA_AUTH__PUBLIC_URL": "reentra.example"}, "REENTRA_AUTH__PUBLIC_URL"),
        ({"REENTRA_AUTH__REGISTRATIONS": "s3cret"}, "REENTRA_AUTH__REGISTRATIONS"),
        (
            {"REENTRA_AUTH__REGISTRATIONS": '{"global": {"backup_secret": "s3cret"}}'},
            "REENTRA_AUTH__REGISTRATIONS__GLOBAL__BACKUP_CLIENT_ID",
        ),
        ({"REENTRA_CLOUD_CUSTOM_LOGIN_URL": "s3cret"}, "REENTRA_CLOUD_CUSTOM_LOGIN_URL"),
        ({"REENTRA_COLLECTOR__CONCURRENT_JOBS": "two"}, "REENTRA_COLLECTOR__CONCURRENT_JOBS"),
    ],
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, environment: Mapping[str, str], name: str) -> None:
    status, out, err = run("up", "--data", str(tmp_path / "data"), "--port", "0", "--json", **environment)

    assert status == USAGE
    assert name in json.loads(out)["error"]["detail"]
    assert name in err
    assert "s3cret" not in out + err


def test_settings_of_addresses_say_what_an_address_is(tmp_path: Path) -> None:
    for value in ("http://login.example", "https://login.example/v1.0", "login.example"):
        _, _, err = run("up", "--data", str(tmp_path), "--port", "0", REENTRA_CLOUD_CUSTOM_LOGIN_URL=value)

        assert err == (
            "The setting REENTRA_CLOUD_CUSTOM_LOGIN_URL cannot be used: "
            "it must be an address such as https://host.example.\n"
        )


def test_slips_of_the_finger_in_settings_are_noticed() -> None:
    environment = {
        "REENTRA_GATEWAY__SECURE_COOKIE": "1",
        "REENTRA_GATEWAY__SECURE_COOKIES": "1",
        "REENTRA_AUTH__REGISTRATIONS__global__backup_client_id": "x",
        "REENTRA_CLOUD_CUSTOM_CA_FILE": "x",
        "REENTRA_TOKEN_FILE": "x",
        "REENTRA_COLUMNS": "python",
        "HOME": "/",
    }
    assert list(unknown_settings(environment)) == ["REENTRA_GATEWAY__SECURE_COOKIE"]


@pytest.mark.parametrize("url", ["http://[", "reentra.example", "ftp://x", "http://127.0.0.1:99999", "http://é"])
def test_addresses_that_are_none_are_named(tmp_path: Path, url: str) -> None:
    token = tmp_path / "token"
    token.write_text("reentra_x")
    status, out, err = run("tenants", "list", "--json", REENTRA_URL=url, REENTRA_TOKEN_FILE=str(token))

    assert (status, "REENTRA_URL" in err) == (USAGE, True)
    assert json.loads(out)["error"]


def test_token_file_of_bytes_is_no_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_bytes(b"\xff\xfe\x00")
    status, _, err = run("tenants", "list", REENTRA_TOKEN_FILE=str(token))

    assert status == USAGE
    assert "holds no API token" in err


@pytest.mark.parametrize("words", [(), ("restore",)])
def test_missing_command_shows_the_help_or_a_document(words: tuple[str, ...]) -> None:
    plain, as_json = run(*words), run("--json", *words)

    assert (plain[0], as_json[0]) == (USAGE, USAGE)
    assert "Usage" in plain[1]
    assert plain[2] == ""
    assert "Missing command" in json.loads(as_json[1])["error"]["detail"]


@pytest.mark.parametrize(
    ("option", "redirection"),
    [("--json", ">&- 2>&-"), ("--json", "> /dev/full"), ("", "> /dev/full"), ("", "2>&1 | true"), ("--json", "| true")],
)
def test_closed_full_and_broken_outputs_end_without_a_traceback(tmp_path: Path, option: str, redirection: str) -> None:
    line = f"{COMMAND[0]} -m {COMMAND[2]} doctor --data {tmp_path} {option} {redirection}"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception" not in done.stdout + done.stderr
    assert done.returncode in (0, FAILURE)


def test_output_without_unicode_still_gets_json(tmp_path: Path) -> None:
    words = [*COMMAND, "verify", "--data", str(tmp_path / "Äpfel"), "--json"]
    done = subprocess.run(words, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False)

    assert "Äpfel" in json.loads(done.stdout)["error"]["detail"]
