"""The world of an end-to-end test: a simulated Microsoft cloud, Reentra itself, and the command line, each a process.

Everything listens on loopback on free ports and is ended by its own process id. The cloud is reached by the custom
cloud settings alone, as any other endpoint that speaks Graph would be.
"""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

from deploy.servers.process import bound_to_this_process, free_ports


@dataclass(frozen=True, slots=True)
class Simulator:
    facts: Mapping[str, Any]

    @property
    def tenant_id(self) -> str:
        return str(self.facts["tenants"][0]["tenant_id"])

    def app(self, name: str) -> Mapping[str, Any]:
        return next(a for a in self.facts["apps"] if a["name"] == name)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.facts["control_url"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.facts["ca_file"])
        with urllib.request.urlopen(request, context=context, timeout=120) as answer:
            return json.loads(answer.read() or b"null")

    def in_tenant(self, method: str, path: str, body: Any = None) -> Any:
        return self.control(method, f"/tenants/{self.tenant_id}{path}", body)

    def truth(self) -> Any:
        return self.in_tenant("GET", "/truth")

    def requests(self) -> int:
        return int(self.control("GET", "/counters")["requests"])


@dataclass(slots=True)
class Answer:
    """What one call of the command line gave."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Reentra:
    """One installation: its data folder, its process (when it runs) and its command line."""

    folder: Path
    simulator: Simulator
    port: int
    process: subprocess.Popen[bytes] | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def place(self) -> tuple[str, ...]:
        """How verbs that work on the stores are told where they are."""
        return "--data", str(self.data)

    @property
    def token_file(self) -> Path:
        return self.folder / "admin.token"

    @property
    def environment(self) -> dict[str, str]:
        facts = self.simulator.facts
        return {
            **os.environ,
            "REENTRA_CLOUD_CUSTOM_LOGIN_URL": facts["login_url"],
            "REENTRA_CLOUD_CUSTOM_GRAPH_URL": facts["graph_url"],
            "REENTRA_CLOUD_CUSTOM_CA_FILE": str(facts["ca_file"]),
            "REENTRA_URL": f"http://127.0.0.1:{self.port}",
            "REENTRA_TOKEN_FILE": str(self.token_file),
            "COLUMNS": "200",
            **self.extra,
        }

    def start(self, **extra: str) -> None:
        log = self.log_file.open("ab")
        command = ["up", "--data", str(self.data), "--port", str(self.port), "--token-file", str(self.token_file)]
        self.process = subprocess.Popen(
            bound_to_this_process(_reentra(*command)),
            env={**self.environment, **extra},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.wait_until_healthy()

    def wait_until_healthy(self, seconds: float = 240) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"reentra up ended with {self.process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(f"reentra up did not answer within {seconds} s:\n{self.log()}")

    def log(self) -> str:
        return self.log_file.read_text()[-6000:]

    @property
    def log_file(self) -> Path:
        return self.folder / "reentra.log"

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=240)
        self.process = None

    def wait_for_exit(self, seconds: float = 120) -> int:
        assert self.process is not None
        return self.process.wait(timeout=seconds)

    def cli(self, *words: str, expect: int | None = 0, timeout: float = 600) -> Answer:
        done = subprocess.run(
            _reentra(*words), env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if expect is not None and done.returncode != expect:
            raise AssertionError(
                f"reentra {' '.join(words)} ended with {done.returncode}, not {expect}\n"
                f"out: {done.stdout[-3000:]}\nerr: {done.stderr[-3000:]}\nserver: {self.log()}"
            )
        return answer

    def json(self, *words: str, expect: int | None = 0, timeout: float = 600) -> Any:
        return self.cli("--json", *words, expect=expect, timeout=timeout).json()

    def connect(self, name: str = "Contoso") -> Any:
        """With the two app registrations that the simulated cloud has ready."""
        reader, writer = self.simulator.app("Demo reader"), self.simulator.app("Demo writer")
        secrets = {}
        for app in (reader, writer):
            secrets[app["name"]] = self.folder / f"{app['client_id']}.secret"
            secrets[app["name"]].write_text(app["client_secret"])
            secrets[app["name"]].chmod(0o600)
        return self.json(
            "tenants", "connect", "--name", name, "--tenant-id", self.simulator.tenant_id, "--cloud", "custom",
            "--client-id", reader["client_id"], "--secret-file", str(secrets["Demo reader"]),
            "--restore-client-id", writer["client_id"], "--restore-secret-file", str(secrets["Demo writer"]),
        )  # fmt: skip


def _reentra(*words: str) -> list[str]:
    return [sys.executable, "-m", "reentra.standalone.main", *words]


@contextmanager
def simulated_cloud(folder: Path, *, users: int, seed: int = 1, words: tuple[str, ...] = ()) -> Iterator[Simulator]:
    command = [sys.executable, "-m", "reentra.simulator.main", "--users", str(users), "--seed", str(seed)]
    command += ["--ca-folder", str(folder / "ca"), *words]
    with (folder / "simulator.log").open("ab") as log:
        process = subprocess.Popen(
            bound_to_this_process(command), stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (folder / "simulator.log").read_text()
            yield Simulator(json.loads(line))
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def installation(folder: Path, simulator: Simulator, **extra: str) -> Iterator[Reentra]:
    reentra = Reentra(folder, simulator, free_ports(1)[0], extra=extra)
    try:
        yield reentra
    finally:
        reentra.stop()
