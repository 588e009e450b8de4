"""The simulated cloud behind the examiner, on loopback, in a thread with a loop of its own.

python -m tests.strict.serving --users 60      prints addresses as JSON; ends with the violations (Ctrl-C)
"""

import argparse
import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from tests.strict.examiner import Examiner

from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.server import ServedCloud, build_app, new_cloud
from reentra.simulator.tls import tls_files

_START_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class StrictCloud:
    served: ServedCloud
    examiner: Examiner
    apps: list[dict[str, Any]]

    @property
    def facts(self) -> dict[str, Any]:
        """What a person or script needs to use it."""
        return {**self.served.as_json(), "apps": self.apps}


@contextmanager
def strict_cloud(*, users: int, seed: int, ca_folder: Path | None = None) -> Iterator[StrictCloud]:
    """Over https when there is a folder for its certificates."""
    served = new_cloud(users=users, seed=seed)
    apps = register_demo_apps(served.sign_in)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    files = tls_files(ca_folder) if ca_folder is not None else None
    url = f"{'https' if files else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    served.login_url = served.graph_url = url
    served.ca_file = files.ca if files else None
    examiner = Examiner(build_app(served.cloud, served.sign_in), base_url=url + "/v1.0", who=_who(served))
    config = uvicorn.Config(
        examiner,
        log_level="critical",
        lifespan="off",
        ssl_certfile=str(files.certificate) if files else None,
        ssl_keyfile=str(files.key) if files else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        _await_start(server)
        yield StrictCloud(served, examiner, apps)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(_START_SECONDS)
        listener.close()


def _who(served: ServedCloud) -> Callable[[str], tuple[str, str]]:
    def who(bearer: str) -> tuple[str, str]:
        token = served.cloud.read_token(bearer)
        return (token.tenant_id, token.app_id) if token else ("", "")

    return who


def _await_start(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("The strict cloud did not start listening.")
        time.sleep(0.01)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--users", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--ca-folder", type=Path, required=True)
    given = arguments.parse_args()
    with strict_cloud(users=given.users, seed=given.seed, ca_folder=given.ca_folder) as cloud:
        print(json.dumps(cloud.facts), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        print(json.dumps({"violations": cloud.examiner.violations}), flush=True)


if __name__ == "__main__":
    main()
