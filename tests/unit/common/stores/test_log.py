"""The log that `kill -9` leaves: a flipped bit in it is damage, what a stop in the middle of writing leaves is none."""

import random
import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from reentra.common.stores.sqlite.log import damage_of

_HEAD, _FRAME_HEAD, _PAGE = 32, 24, 4096
_FRAME = _FRAME_HEAD + _PAGE


class Log:
    """`frames` of this round; behind them lie frames from before the log was begun anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path.read_bytes()
        salts = self.data[16:24]
        starts = range(_HEAD, len(self.data), _FRAME)
        self.frames = sum(1 for start in starts if self.data[start + 8 : start + 16] == salts)
        self.ends = [n for n in range(self.frames) if struct.unpack_from(">I", self.data, _HEAD + n * _FRAME + 4)[0]]
        assert 0 < self.frames < len(starts)

    def damage(self, *flips: tuple[int, int], data: bytes | None = None) -> str | None:
        changed = bytearray(data or self.data)
        for place, bit in flips:
            changed[place] ^= 1 << bit
        self.path.write_bytes(changed)
        return damage_of(self.path)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    folder = tmp_path_factory.mktemp("log")
    rng = random.Random(1)
    with closing(sqlite3.connect(folder / "x.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("CREATE TABLE t (text)")
        for commits in (8, 4):
            for _ in range(commits):
                connection.execute("BEGIN")
                for _ in range(2):
                    connection.execute("INSERT INTO t VALUES (?)", ("".join(rng.choices("abcdef", k=3000)),))
                connection.execute("COMMIT")
            if commits == 8:
                connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        shutil.copy(folder / "x.db-wal", folder / "left-wal")
    return Log(folder / "left-wal")


def test_a_log_as_it_was_left_is_whole(log: Log) -> None:
    assert log.damage() is None


def test_every_flipped_bit_is_found(log: Log) -> None:
    rng = random.Random(2)
    places = [*range(_HEAD), *(_HEAD + frame * _FRAME + n for frame in (0, log.frames - 1) for n in range(_FRAME_HEAD))]
    places += [rng.randrange(_HEAD, _HEAD + log.frames * _FRAME) for _ in range(20)]
    missed = [place for place in places if log.damage((place, rng.randrange(8))) is None]
    assert missed == []


@pytest.mark.parametrize("places", [(8, 15), (9, 900), (700, 900), (16, 900)])
def test_more_flipped_bits_are_found_where_a_transaction_lies_behind(log: Log, places: tuple[int, int]) -> None:
    start = _HEAD + _FRAME
    assert log.damage(*((start + place, 1) for place in places)) is not None


def test_a_transaction_that_was_being_written_is_no_damage(log: Log) -> None:
    torn = _HEAD + log.ends[-1] * _FRAME
    for data in (log.data[: torn + 500], log.data[:torn], log.data[:torn] + b"\0" * _FRAME):
        assert log.damage(data=data) is None
