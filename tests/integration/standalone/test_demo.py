"""`reentra demo` as a newcomer meets it: goes on whatever ended it, and takes no folder that is not a demo's."""

import json
import re
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from deploy.servers.process import free_ports

from reentra.standalone.serving import Address, bound


def command(data: Path, *words: str) -> list[str]:
    port = free_ports(2)[0]
    return [
        sys.executable, "-m", "reentra.standalone.main", "demo",
        "--data", str(data), "--port", str(port), "--users", "20", *words,
    ]  # fmt: skip


def run_once(data: Path) -> tuple[dict[str, object], str]:
    done = subprocess.run(
        command(data, "--once", "--json"), capture_output=True, text=True, timeout=240, check=False, cwd=data.parent
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def end_at(data: Path, sentence: str, how: signal.Signals) -> tuple[int, str]:
    """Its exit status and everything it said, after that signal at that sentence."""
    process = subprocess.Popen(command(data), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if sentence in line:
            process.send_signal(how)
            break
    said += process.stderr.read()
    return process.wait(timeout=240), said


def test_demo_goes_on_after_every_kind_of_end(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    interrupted = end_at(data, "Generating", signal.SIGINT)
    killed = end_at(data, "consenting to the backup app", signal.SIGKILL)
    stopped = end_at(data, "consenting to the restore app", signal.SIGINT)
    first, said = run_once(data)
    second, said_again = run_once(data)

    assert (interrupted[0], killed[0], stopped[0]) == (0, -signal.SIGKILL, 0)
    assert interrupted[1].splitlines()[-1] == stopped[1].splitlines()[-1]
    assert "Stopped." in stopped[1]
    assert "Traceback" not in interrupted[1] + stopped[1]
    assert (first["status"], second["status"]) == ("succeeded", "succeeded")
    [password] = [line for line in said.splitlines() if line.startswith("Sign in as")]
    assert password in said_again
    [requests] = re.findall(r"objects of (\d+) types, (\d+) Graph requests", said_again)
    assert int(requests[1]) <= int(requests[0]) + 1, "of an unchanged tenant: its delta tokens outlived the cloud"


def test_demo_outlives_a_passing_trouble_and_says_what_it_waits_for(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    words = command(data, "--once", "--json")
    trouble = [{"kind": "status", "path": r"\.example/v2.0/.well-known", "times": 2}]
    said = ""
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            said += line
            if "consenting to the backup app" in line:
                cloud = f"https://127.0.0.1:{int(words[words.index('--port') + 1]) + 1}/_control/sign-in"
                with httpx.Client(verify=ssl.create_default_context(cafile=data / "simulated-cloud/ca.pem")) as client:
                    client.patch(cloud, json={"faults": trouble}).raise_for_status()
        done = json.loads(process.stdout.read())

    assert (process.returncode, done["status"]) == (0, "succeeded"), said
    assert said.count("Fabrikam (simulated) in the list") == 2, said
    assert "Microsoft's sign-in for cloud custom cannot be reached" in said


def test_folder_of_a_real_installation_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "reentra.db").write_text("precious")

    refused = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=240, check=False)

    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["reentra.db"]


@pytest.mark.parametrize("shift", [0, 1])
def test_taken_port_is_told_at_once(tmp_path: Path, shift: int) -> None:
    with bound(Address("127.0.0.1", 0)) as other:
        port = other.getsockname()[1] - shift
        words = [*command(tmp_path / "demo"), "--port", str(port)]
        refused = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)

    assert refused.returncode == 1
    assert "is taken" in refused.stderr
    assert "Traceback" not in refused.stderr
