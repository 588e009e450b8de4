"""`make stack`: the distributed profile on one machine. Kafka, MinIO, a MongoDB-wire server, and each service in a
process of its own, on loopback, with data, keys and logs in one folder. Ctrl-C stops all of it. All but the gateway
are on free ports.

For trying out and for tests: one node of each server, and the MongoDB-wire server is a test server.
"""

import argparse
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers import KafkaServer, NotStarted, Unavailable, start_kafka, start_minio, start_mongo
from deploy.servers.process import LOOPBACK, ServerProcess, free_ports, is_free

SERVERS = ("kafka", "minio", "mongo")
WORKERS = ("auth", "scheduler", "collector", "exporter", "restorer")
_STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 1.0
_COMMAND = (sys.executable, "-m", "reentra.standalone.main")


@dataclass(slots=True)
class Stack:
    """Entered, it runs. `processes` by name: one may be stopped, killed, frozen and started again. `health`: the port
    of each service's health address."""

    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    collectors: int = 1
    processes: dict[str, ServerProcess] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    """What every process of it is told: where the servers are, and `settings`. Verbs with `--keys` need it too."""
    health: dict[str, int] = field(default_factory=dict)
    _kafka: KafkaServer = field(init=False, repr=False)
    _stack: ExitStack = field(default_factory=ExitStack)
    _told: set[ServerProcess] = field(default_factory=set)

    @property
    def token_file(self) -> Path:
        return self.folder / "admin.token"

    @property
    def keys(self) -> Path:
        return self.folder.absolute() / "keys"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def __enter__(self) -> "Stack":
        """Raises Unavailable when a server is not there, NotStarted when one, or a service, does not start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        try:
            self._stack.enter_context(_alone(self.folder))
            if not is_free(self.port):
                raise NotStarted(f"port {self.port} of {LOOPBACK} is taken; choose another (make stack PORT=9000)")
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for name, process in self.processes.items():
            if name not in SERVERS:  # services need them to the end, and not each other
                process.ask_to_stop()
        self._stack.close()

    def _start(self) -> None:
        servers = self.folder / "servers"
        self._kafka = start_kafka(servers / "kafka")
        self._keep("kafka", self._kafka.process)
        minio = start_minio(servers / "minio", secret_key=_kept_secret(self.folder / "minio.secret"))
        self._keep("minio", minio.process)
        mongo = start_mongo(servers / "mongo")
        self._keep("mongo", mongo.process)
        self.environment |= {
            "REENTRA_KAFKA__BOOTSTRAP_SERVERS": json.dumps([self._kafka.bootstrap_server]),
            "REENTRA_MONGO__URL": mongo.url,
            "REENTRA_S3__ENDPOINT": minio.endpoint,
            "REENTRA_S3__ACCESS_KEY": minio.access_key,
            "REENTRA_S3__SECRET_KEY": minio.secret_key,
            **self.settings,
        }
        if not self.keys.exists():
            self.run_once("create-keys", str(self.keys))
        self.run_once("topics", "apply")
        address = ["--port", str(self.port), "--token-file", str(self.token_file)]
        names = [f"collector-{number}" for number in range(2, self.collectors + 1)]
        of_all = (*WORKERS, *names, "gateway")
        self.health.update(zip(of_all, free_ports(len(of_all)), strict=True))
        services = [self._service(name, name, []) for name in WORKERS]
        services += [self._service("collector", name, []) for name in names]
        services.append(self._service("gateway", "gateway", address))
        for service in services:
            service.launch()
        for service in services:
            service.wait_until_ready()

    @property
    def kafka_address(self) -> str:
        return self._kafka.bootstrap_server

    def newly_ended(self) -> Iterator[str]:
        """A sentence for each process that ended by itself since the last call."""
        for name, process in self.processes.items():
            status = process.ended_with
            if status is None or process in self._told:
                continue
            self._told.add(process)
            how = f"by signal {-status}" if status < 0 else f"with status {status}"
            yield f"{name} ended {how}, and nobody here told it to. Its last words are in {process.output}."

    def another_gateway(self) -> int:
        """Beside those that run; its port."""
        port, health = free_ports(2)
        name = f"gateway-{port}"
        self.health[name] = health
        self._service("gateway", name, ["--port", str(port)]).start()
        return port

    def lose_kafka(self) -> None:
        """Kafka's data is gone: no topics, no groups."""
        self._kafka = self._kafka.lose_everything()
        self._keep("kafka", self._kafka.process)

    def run_once(self, *words: str) -> None:
        """The `reentra` command against these servers."""
        done = subprocess.run(
            [*_COMMAND, *words], env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotStarted(f"`reentra {' '.join(words)}` failed: {done.stderr.strip()[-300:]}")

    def _service(self, service: str, name: str, words: list[str]) -> ServerProcess:
        command = [*_COMMAND, "serve", service, "--keys", str(self.keys), *words]
        port = self.health[name]
        environment = {**self.environment, "REENTRA_HEALTH__PORT": str(port)}
        # The gateway's own address answers once its token is in its file, which may be after it could answer.
        ready = (self.port, "/healthz") if name == "gateway" else (port, "/readyz")
        process = ServerProcess(name, command, self.logs, lambda: _answers(*ready), environment, leans_on_others=True)
        self._keep(name, process)
        return process

    def _keep(self, name: str, process: ServerProcess) -> None:
        if name not in self.processes:
            self._stack.callback(lambda: self.processes[name].stop())
        self.processes[name] = process
        link = self.logs / process.output.name
        if process.output.parent != self.logs and not link.is_symlink():
            # A server's words lie beside its data; whoever looks for them looks in one place.
            link.symlink_to(process.output)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Servers with the same data would end each other."""
    with (folder / "running.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotStarted(f"another stack runs in {folder}; stop it, or choose another --folder") from error
        yield


def _answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=5):
            return True
    except OSError:
        return False


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(20))
    return path.read_text()


def main() -> None:
    parser = argparse.ArgumentParser(description="Reentra on Kafka, MongoDB's protocol and S3, on this machine.")
    parser.add_argument("--folder", type=Path, default=Path("data/stack"))
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--collectors", type=int, default=1)
    chosen = parser.parse_args()
    for number in _STOPPED_BY:
        signal.signal(number, _stop)
    begun = time.monotonic()
    try:
        with Stack(chosen.folder.absolute(), chosen.port, collectors=chosen.collectors) as stack:
            print(f"Reentra is at http://{LOOPBACK}:{stack.port} after {time.monotonic() - begun:.0f} s.")
            print(f"An administrator's token is in {stack.token_file}, what each process says in {stack.logs}.")
            print(f"Kafka is at {stack.kafka_address}, for programs that listen (docs/subscribers.md).")
            for name, port in stack.health.items():
                print(f"  {name}: health and metrics at http://{LOOPBACK}:{port}")
            print("Ctrl-C stops all of it.", flush=True)
            while True:
                for sentence in stack.newly_ended():
                    print(sentence, flush=True)
                time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        print("All of it is stopped; its data is kept.", flush=True)
    except (NotStarted, Unavailable) as reason:
        sys.exit(f"The stack could not start: {reason}.")


def _stop(*_: object) -> None:
    """Also while it starts. Once: a second Ctrl-C would leave processes behind."""
    for number in _STOPPED_BY:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
