"""Flips random bits in every file of a data folder and asks `verify --all-data` each time.

Every flip must be found and named, or be harmless: then every row of every table is what it was. The same from the
command line for as long as one likes, each run with other bits:

python -m tests.integration.verify.flips DATA [--seconds 600] [--seed 1]
"""

import argparse
import asyncio
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reentra.common.errors import ReentraError
from reentra.common.snapshot.keys import open_installation
from reentra.common.stores.embedded import open_stores
from reentra.standalone.verify import verify

DATABASE = "reentra.db"
_NO_STORED_BYTES = ("lock", f"{DATABASE}-shm")
"""The lock holds a process id for a message, the shared memory is made anew from the log."""
_BEFORE_IT_IS_STORED = "~incoming"
"""What a kill left of it is never read, and goes with the next start."""
_ONLY_FOR_WRITERS = {"snapshots": ("epoch",), "segments": ("sequence",)}
"""Not told to any reader: fences of a writer that is gone, and an order that the rows below are compared in."""


@dataclass(slots=True)
class Flips:
    """`missed`: neither found nor harmless. `unnamed`: an error whose sentence names nothing."""

    found: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = sorted(self.found.keys() | self.harmless.keys())
        counts = (f"{kind}: {self.found[kind]} found, {self.harmless[kind]} harmless" for kind in kinds)
        return "\n".join([*counts, *(f"MISSED {text}" for text in self.missed), *self.unnamed])


def flip_bits(data: Path, *, seconds: float, seed: int, at_least: int = 0) -> Flips:
    """Works on the folder itself and puts every bit back."""
    rng, flips, before = random.Random(seed), Flips(), content(data / DATABASE)
    files = stored_files(data)
    deadline = time.monotonic() + seconds
    for number, (file, bit) in enumerate(_aimed(files, rng)):
        if number >= at_least and time.monotonic() > deadline:
            return flips
        kind, where = _kind(file, data), f"bit {bit} of {file.relative_to(data)}"
        with _Flipped(file, bit):
            sentences = asyncio.run(_found(data))
            if sentences:
                flips.found[kind] += 1
                if not any(_names(sentence, file, data) for sentence in sentences):
                    flips.unnamed.append(f"{where}: {sentences[0]}")
            elif file.name.startswith(DATABASE) and content(data / DATABASE) == before:
                flips.harmless[kind] += 1
            else:
                flips.missed.append(where)
    return flips


def stored_files(data: Path) -> list[Path]:
    files = (path for path in data.rglob("*") if path.is_file() and path.name not in _NO_STORED_BYTES)
    return sorted(path for path in files if path.stat().st_size and _BEFORE_IT_IS_STORED not in path.parts)


def content(database: Path) -> Any:
    """Every row of every table, and the schema."""
    with tempfile.TemporaryDirectory() as name:
        for file in database.parent.glob(f"{DATABASE}*"):
            shutil.copy(file, Path(name) / file.name)
        connection = sqlite3.connect(Path(name) / DATABASE)
        connection.text_factory = bytes
        try:
            schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
            tables = [row[1].decode() for row in schema if row[0] == b"table"]
            return sorted(schema, key=repr), {table: _rows(connection, table) for table in tables}
        except (sqlite3.Error, UnicodeDecodeError) as error:
            return repr(error)
        finally:
            connection.close()


def _rows(connection: sqlite3.Connection, table: str) -> Sequence[Any]:
    left_out = _ONLY_FOR_WRITERS.get(table, ())
    columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join(f'"{column}", typeof("{column}")' for column in columns if column not in left_out)
    order = "ORDER BY tenant_id, number, ordinal, sequence" if table == "segments" else f"ORDER BY {chosen}"
    return connection.execute(f"SELECT {chosen} FROM {table} NOT INDEXED {order}").fetchall()


async def _found(data: Path) -> list[str]:
    """The sentences of all errors. Anything but our own errors is a defect and ends the run."""
    try:
        installation = open_installation(data / "keys")
        async with open_stores(data, read_only=True) as stores:
            report = await verify(stores, installation, all_data=True)
            return [f"{finding.where}: {finding.message}" for finding in report.errors]
    except ReentraError as error:
        return [error.message]


def _names(sentence: str, file: Path, data: Path) -> bool:
    words = ("database", "catalogue", "document", "snapshot") if file.name.startswith(DATABASE) else (file.name,)
    return any(word in sentence for word in words)


def _aimed(files: Sequence[Path], rng: random.Random) -> Iterator[tuple[Path, int]]:
    """Half of them into the database, whose pages have the least protection of their own; the rest to any file."""
    database = [file for file in files if file.name.startswith(DATABASE)]
    for file in files:
        yield file, rng.randrange(file.stat().st_size * 8)
    while True:
        file = rng.choice(database if rng.random() < 0.7 else list(files))
        yield file, rng.randrange(file.stat().st_size * 8)


def _kind(file: Path, data: Path) -> str:
    parts = file.relative_to(data).parts
    return "/".join(part for part in parts[:-1] if part.count("-") != 4 and len(part) > 2) or parts[-1]


class _Flipped:
    def __init__(self, file: Path, bit: int) -> None:
        self._file, self._at, self._mask = file, bit // 8, 1 << bit % 8

    def __enter__(self) -> None:
        self._flip()

    def __exit__(self, *_: object) -> None:
        self._flip()

    def _flip(self) -> None:
        mode = self._file.stat().st_mode
        self._file.chmod(0o600)
        with self._file.open("r+b") as file:
            file.seek(self._at)
            byte = file.read(1)[0]
            file.seek(self._at)
            file.write(bytes([byte ^ self._mask]))
        self._file.chmod(mode)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a data folder that no process uses; a copy of it is flipped")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(asked.data, Path(name) / "data")
        result = flip_bits(copy, seconds=asked.seconds, seed=asked.seed)
    print(f"seed {asked.seed}\n{result}")
    raise SystemExit(1 if result.missed or result.unnamed else 0)
