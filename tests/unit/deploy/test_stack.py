"""What the person in front of `make stack` is told, without the servers."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from deploy.servers import NotStarted
from deploy.servers.process import LOOPBACK, ServerProcess, free_ports
from deploy.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with ExitStack() as ended:
        made = Stack(tmp_path, port=1)
        for name in ("collector", "exporter"):
            command = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]
            output = tmp_path / f"{name}.log"
            process = ServerProcess(name, command, tmp_path, lambda output=output: bool(output.read_text()))  # type: ignore[misc]
            process.start()
            ended.callback(process.stop)
            made.processes[name] = process
        yield made


def pid_of(stack: Stack, name: str) -> int:
    return int(stack.processes[name].output.read_text())


def test_a_process_that_ends_by_itself_is_told_once(stack: Stack) -> None:
    assert list(stack.newly_ended()) == []

    os.kill(pid_of(stack, "collector"), signal.SIGKILL)
    os.waitid(os.P_PID, pid_of(stack, "collector"), os.WEXITED | os.WNOWAIT)

    [told] = stack.newly_ended()
    assert told.startswith("collector ended by signal 9")
    assert "collector.log" in told
    assert list(stack.newly_ended()) == []


def test_one_that_was_stopped_here_is_not_told(stack: Stack) -> None:
    stack.processes["exporter"].stop()
    assert list(stack.newly_ended()) == []


def test_ctrl_c_in_a_terminal_does_not_reach_the_servers_at_once(stack: Stack) -> None:
    assert os.getpgid(pid_of(stack, "collector")) != os.getpgid(0)


def test_second_stack_in_the_same_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "running.lock").touch()
    with (tmp_path / "running.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(NotStarted, match="another stack runs in"):
            Stack(tmp_path, free_ports(1)[0]).__enter__()
    assert not (tmp_path / "servers").exists()


def test_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NotStarted, match=f"port {port} .* is taken"):
            Stack(tmp_path, port).__enter__()
    assert not (tmp_path / "servers").exists()


def test_a_machine_without_servers_is_told_in_a_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"REENTRA_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "deploy.stack", "--folder", str(tmp_path / "stack")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "The stack could not start" in done.stderr
    assert "Traceback" not in done.stderr
