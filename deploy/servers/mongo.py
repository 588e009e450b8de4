"""A server that speaks MongoDB's wire protocol over WiredTiger: SecantusDB, from the development dependencies."""

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.servers.cache import Unavailable
from deploy.servers.process import LOOPBACK, ServerProcess, accepts, free_ports

_PROGRAM = Path(__file__).with_name("wire_program.py")


@dataclass(frozen=True, slots=True)
class MongoServer:
    url: str
    process: ServerProcess


def start_mongo(folder: Path, *, port: int | None = None, durable: bool = True) -> MongoServer:
    """`durable`: every acknowledged write survives a kill (one flush to the disk each)."""
    if find_spec("secantus") is None:
        raise Unavailable("SecantusDB is not installed: run `make install`")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_ports(1)[0]
    command = [
        sys.executable,
        "-P",
        str(_PROGRAM),
        "--host",
        LOOPBACK,
        "--port",
        str(port),
        "--storage-path",
        str(folder / "data"),
    ]
    options = ["--log-level", "WARNING", "--cache-size", "256M", *(["--sync-on-commit"] if durable else [])]
    process = ServerProcess("mongo", [*command, *options], folder, lambda: accepts(port))
    process.start()
    return MongoServer(f"mongodb://{LOOPBACK}:{port}/?directConnection=true", process)
