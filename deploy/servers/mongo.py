"""A server that speaks MongoDB's wire protocol over WiredTiger: SecantusDB, from the development dependencies."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.servers.cache import Unavailable
from deploy.servers.process import LOOPBACK, ServerProcess, accepts, free_ports

_PROGRAM = "secantusd-py"


@dataclass(frozen=True, slots=True)
class MongoServer:
    url: str
    process: ServerProcess


def start_mongo(folder: Path, *, port: int | None = None, durable: bool = True) -> MongoServer:
    """`durable`: every acknowledged write survives a kill (one flush to the disk each)."""
    beside_python = Path(sys.executable).with_name(_PROGRAM)
    program = str(beside_python) if beside_python.exists() else shutil.which(_PROGRAM)
    if program is None:
        raise Unavailable(f"`{_PROGRAM}` is not installed: run `make install`")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_ports(1)[0]
    command = [program, "--host", LOOPBACK, "--port", str(port), "--storage-path", str(folder / "data")]
    options = ["--log-level", "WARNING", "--cache-size", "256M", *(["--sync-on-commit"] if durable else [])]
    process = ServerProcess("mongo", [*command, *options], folder, lambda: accepts(port))
    process.start()
    return MongoServer(f"mongodb://{LOOPBACK}:{port}/?directConnection=true", process)
