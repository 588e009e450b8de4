"""`reentra topics apply`, as an administrator runs it."""

import json
import os
import subprocess
import sys

from reentra.common.clients.topics import topics


def apply(address: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"REENTRA_KAFKA__BOOTSTRAP_SERVERS": json.dumps([address])}
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
