"""`reentra topics apply`, as an administrator runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import SecuredKafka

from reentra.common.clients.topics import topics


def apply(address: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"REENTRA_KAFKA__BOOTSTRAP_SERVERS": json.dumps([address])} | settings
    command = [sys.executable, "-m", "reentra.standalone.main", "topics", "apply", "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_topics_are_applied_and_again_is_harmless(kafka_address: str) -> None:
    first = apply(kafka_address)
    assert first.returncode == 0, first.stderr
    assert f"{len(topics())} topics are as they should be" in first.stderr
    again = apply(kafka_address)
    assert json.loads(again.stdout) == []


def test_without_kafka_the_command_says_what_it_could_not_reach(unused_tcp_port: int) -> None:
    answer = apply(f"127.0.0.1:{unused_tcp_port}")
    assert answer.returncode == 1
    assert "cannot be reached" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_behind_tls_and_a_password_from_a_file_it_is_the_same_command(
    secured_kafka: SecuredKafka, tmp_path: Path
) -> None:
    password_file = tmp_path / "password"
    password_file.write_text(secured_kafka.password + "\n")
    settings = {
        "REENTRA_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "REENTRA_KAFKA__SASL_MECHANISM": "SCRAM-SHA-512",
        "REENTRA_KAFKA__SASL_USERNAME": secured_kafka.user,
        "REENTRA_KAFKA__SASL_PASSWORD_FILE": str(password_file),
        "REENTRA_KAFKA__CA_FILE": str(secured_kafka.ca_file),
    }
    done = apply(secured_kafka.address, **settings)
    assert done.returncode == 0, done.stderr

    password_file.write_text("s3cret")
    refused = apply(secured_kafka.address, **settings)
    assert refused.returncode == 1
    assert "refuses REENTRA_KAFKA__SASL_USERNAME with its password" in json.loads(refused.stdout)["error"]["detail"]
    assert "s3cret" not in refused.stdout + refused.stderr
