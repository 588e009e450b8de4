"""What a process starts for tests or for `make stack` ends with it, whatever ends it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

STARTS_A_SERVER = """
import pathlib, sys, time
from deploy.servers.process import ServerProcess
folder = pathlib.Path(sys.argv[1])
command = [sys.executable, "-uc", f"import signal, time; {sys.argv[2]} print('up'); time.sleep(600)"]
is_up = lambda: (folder / "sleeper.log").stat().st_size > 0
server = ServerProcess("sleeper", command, folder, is_up, leans_on_others=bool(sys.argv[2]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not here")
@pytest.mark.parametrize("waits", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN);"], ids=["server", "service"])
def test_a_process_ends_when_whoever_started_it_was_killed(tmp_path: Path, waits: str) -> None:
    """A service would wait for the servers, which end with it: here it takes no notice of being told."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_A_SERVER, str(tmp_path), waits], stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        server = psutil.Process(int(starter.stdout.readline()))
        assert server.is_running()
        starter.kill()
    deadline = time.monotonic() + 60
    while is_alive(server):
        assert time.monotonic() < deadline, f"{server} still runs"
        time.sleep(0.05)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
