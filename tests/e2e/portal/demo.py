"""`reentra demo` as a process of its own on free ports: what the browser tests and the README's pictures look at."""

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.servers.process import bound_to_this_process, free_ports

_READY = "Ctrl-C stops it"
_START_SECONDS = 240
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Demo:
    """`cloud` is the address of the simulated Microsoft."""

    url: str
    cloud: str
    folder: Path
    password: str
    administrator: str
    """Of the tenant that is to be activated, at Microsoft."""
    microsoft_password: str
    process: "Process"

    def api(self, method: str, path: str, body: Any = None) -> Any:
        token = (self.folder / "admin.token").read_text().strip()
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """The simulated cloud's own levers."""
        request = urllib.request.Request(
            f"{self.cloud}/_control{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        trust = ssl.create_default_context(cafile=str(self.folder / "simulated-cloud" / "ca.pem"))
        with urllib.request.urlopen(request, context=trust, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def tenant(self, name: str) -> Any:
        return next(tenant for tenant in self.api("GET", "/tenants")["value"] if tenant["name"].startswith(name))

    def finished(self, job: Any) -> Any:
        """The job when it is over."""
        deadline = time.monotonic() + 180
        while job["status"] in ("queued", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
            job = self.api("GET", f"/jobs/{job['id']}")
        return job


class Process:
    """The program behind a demo: it may be stopped and started in the middle, on the same data and ports."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """What it said by the time it was ready."""
        with self._log.open("wb") as out:
            self._running = subprocess.Popen(
                bound_to_this_process(self._command),
                stdout=out,
                stderr=out,
                env={**os.environ, "COLUMNS": "300"},
                start_new_session=True,
            )
        return _started(self._running, self._log)

    def kill(self) -> None:
        """Without a word to anybody."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._running = None

    def stop(self) -> None:
        if (process := self._running) is None:
            return
        self._running = None
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_demo(folder: Path, *, users: int) -> Iterator[Demo]:
    port = free_ports(2)[0]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "reentra.standalone.main", "demo"]
    command += ["--data", str(folder / "data"), "--port", str(port), "--users", str(users)]
    process = Process(command, folder / "demo.log")
    try:
        text = process.start()
        admin = re.search(r"Sign in as +\S+ +password (\S+)", text)
        microsoft = re.search(r"At Microsoft +(\S+) +password (\S+)", text)
        assert admin, text
        assert microsoft, text
        yield Demo(
            url=f"http://127.0.0.1:{port}",
            cloud=f"https://127.0.0.1:{port + 1}",
            folder=folder / "data",
            password=admin[1],
            administrator=microsoft[1],
            microsoft_password=microsoft[2],
            process=process,
        )
    finally:
        process.stop()


def _started(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while _READY not in (text := log.read_text(errors="replace")):
        assert process.poll() is None, f"the demo ended with {process.returncode}:\n{text[-4000:]}"
        assert time.monotonic() < deadline, f"the demo did not start:\n{text[-4000:]}"
        time.sleep(0.2)
    return text
