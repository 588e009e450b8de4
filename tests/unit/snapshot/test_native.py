"""Native code writes what Python writes, reads what Python reads, and leaves alone what it does not know."""

import random
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.unit.snapshot.hostile import LIMIT, agree_on_lines, agree_on_streams, tampered
from tests.unit.snapshot.lines import JSON, OBJECTS, canonical, page, people

from reentra.common.snapshot.columns import native as module
from reentra.common.snapshot.columns import reference
from reentra.common.snapshot.columns.native import LIBRARY, SETTING, Native, load
from reentra.common.snapshot.columns.streams import Malformed, Streams


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_pages_become_the_same_streams_and_come_back(native: Native, seed: int) -> None:
    lines, plain = page(random.Random(seed))
    streams = agree_on_lines(native, lines, plain)
    assert streams is not None
    assert native.read(streams, len(lines), LIMIT) == plain


@given(st.lists(OBJECTS | JSON, min_size=1, max_size=30), st.integers(1, 40))
@settings(max_examples=30)
def test_any_json_becomes_the_same_streams_or_is_refused(native: Native, values: list[Any], times: int) -> None:
    agree_on_lines(native, *canonical(values * times))


@given(st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b"")), min_size=1, max_size=20))
def test_lines_that_are_no_json_are_refused_or_the_same(native: Native, lines: list[bytes]) -> None:
    agree_on_lines(native, lines, b"".join(line + b"\n" for line in lines))


@given(st.lists(st.integers(0, 700).map(random.Random(1).randbytes), max_size=9))
def test_texts_have_the_hashes_that_python_gives_them(native: Native, texts: list[bytes]) -> None:
    assert native.hashes(texts) == [blake2b(text, digest_size=16).hexdigest() for text in texts]


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"b":1,"a":%d}' % n for n in range(70)] + [b'{"a":1,"b":2}'],
        [b'{ "a" : 1 }', b'{"a":1.0}', b'{"a":1e0}'] * 40,
        [b'{"a":1,"a":%d}' % n for n in range(70)] + [b'{"a":1}'],
        [b'{"a":"\\ud83d\\ude00%d"}' % n for n in range(70)],
        [b'{"a":1,"a":2}'] * 39 + [b'{"a":3,"a":2}'],
        [b'{"\\ud800":%d}' % n for n in range(70)],
        [b'{"k\\"":%d}' % n for n in range(70)],
        [b"[" * 200 + b"%d" % n + b"]" * 200 for n in range(3)],
        [b'{"a":"\xff"}', b'{"a":"b"}'],
        [b'{"a":"%s"}' % (b"%d" % n if n else b"9" * 5000) for n in range(1000)],
        [b"[]", b"{}", b"", b"{", b"[1", b'"', b'""'] * 40,
        [b'{"key%d":%d}' % (n, n) for n in range(70_000)],
        [b"01", b"1.", b"-", b"1e", b"+1", b"nul", b"truex"],
    ],
)
def test_what_is_not_canonical_is_refused(native: Native, lines: list[bytes]) -> None:
    assert native.write(b"".join(line + b"\n" for line in lines), len(lines), LIMIT) is None


@pytest.mark.parametrize(
    "lines",
    [
        [b'{"":%d,"\xc3\xa9":{"\x7f":"x%dy"}}' % (n, n * n) for n in range(100)],
        [b'{"a":"\\u0041\\uD7ff%d"}' % n for n in range(100)],
        [b"%d" % n for n in range(1, 3)],
        [b'"%d"' % n for n in range(2**63 - 40, 2**63 + 40)],
        [b"-%d" % n for n in range(100)],
        [b"%d.0e%d" % (n, n) for n in range(100)],
        [b"[]"] * 50 + [b"[%d]" % n for n in range(50)],
        [b"{}"] * 50 + [b'{"a":%d}' % n for n in range(50)],
        [b'{"a":{"b":%d}}' % n if n % 3 else b'{"a":null}' for n in range(200)],
        [b'{"a":' * 30 + b"%d" % n + b"}" * 30 for n in range(100)],
        [b"[" * 40 + b"%d" % n + b"]" * 40 for n in range(20)],
        [b'{"key%d":%d}' % (n, n) for n in range(400)],
        [b'{"b":1,"a":2}', b'{"a":2,"b":1}', b'{"a":1,"a":2}'] * 40,
        [b"{%s}" % b",".join(b'"k%d":%d' % (n, n) for n in range(5000))] + [b'{"a":%d}' % n for n in range(50_000)],
        [b'{"id":"name%d","text":"%sname%d%s"}' % (n, b"ab" * 9000, n, b"n" * n) for n in range(4)],
    ],
)
def test_odd_json_becomes_the_same_streams(native: Native, lines: list[bytes]) -> None:
    plain = b"".join(line + b"\n" for line in lines)
    streams = agree_on_lines(native, lines, plain)
    assert streams is not None
    assert native.read(streams, len(lines), LIMIT) == reference.read(streams, len(lines), LIMIT) == plain


def test_a_wrong_number_of_lines_is_refused(native: Native) -> None:
    _, plain = canonical(people(5))
    assert native.write(plain, 4, LIMIT) is None
    assert native.write(plain[:-1], 5, LIMIT) is None
    assert native.write(b"", 0, LIMIT) is None


def test_what_would_need_more_than_the_limit_is_refused(native: Native) -> None:
    lines, plain = canonical(people(300))
    streams = native.write(plain, len(lines), LIMIT)
    assert streams is not None
    assert native.read(streams, len(lines), LIMIT) == plain
    assert native.write(plain, len(lines), len(plain)) is None
    assert native.read(streams, len(lines), len(plain)) is None


def test_every_truncation_is_refused_or_read_as_python_does(native: Native) -> None:
    lines, _ = canonical(people(9))
    streams = reference.write(lines)
    for place, stream in enumerate(streams):
        for length in range(len(stream)):
            cut = [*streams[:place], stream[:length], *streams[place + 1 :]]
            assert not agree_on_streams(native, (cut[0], cut[1], cut[2], cut[3]), len(lines)) or place == 1


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_tampered_streams_are_refused_or_read_as_python_does(native: Native, seed: int) -> None:
    chance = random.Random(seed)
    lines, _ = page(chance, most=80)
    streams = reference.write(lines)
    for _ in range(10):
        agree_on_streams(native, tampered(chance, streams), len(lines))


_DOUBLING = b"".join(b"\x01\x07:\x01\x02%c\x02%c" % (n, n) for n in range(40))
"""Columns that are twice the one before."""
HUGE: list[tuple[str, Streams, int]] = [
    ("lines", (b"\0", b"1", b"", b""), 2**40),
    ("counts", (b"\x01\x06\x00\x00\x00\x01\x00", b"\n", b"", b""), 6 << 20),
    ("steps", (b"\x01\x06\x00\x00\x00" + b"\xff" * 9 + b"\x01", b"\n", b"", b""), 9),
    ("width", (b"\x01\x06" + b"\xff" * 4 + b"\x01\x00\x00\x00", b"\n", b"", b""), 1),
    ("number", (b"\x01\x06" + b"\xff" * 100_000, b"\n", b"", b""), 1),
    ("list", (b"\x05\x00" + b"\xff" * 5 + b"\x01\x00\x00\x00", b"1", b"", b""), 1),
    ("constants", (b"\x02" + b"\0" * 9, b'["a","b","c"]\n' + b"1" * (1 << 20) + b"\n2\n3", b"", b""), 1000),
    ("depth", (b"\x02" * 100_000, b'["a"]\n' * 100_000, b"", b""), 1),
    ("doubling", (b"\x04\x29\x01\x08" + _DOUBLING, b"\n\nabc\nabd" + b"\n" * 300, b"", b""), 2),
]


@pytest.mark.parametrize(("streams", "count"), [(s, c) for _, s, c in HUGE], ids=[name for name, _, _ in HUGE])
def test_few_bytes_do_not_become_gigabytes(native: Native, streams: Streams, count: int) -> None:
    assert native.read(streams, count, LIMIT) is None
    with pytest.raises(Malformed):
        reference.read(streams, count, LIMIT)


def test_the_setting_leaves_it_alone(native: Native, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert module.native() == native
    monkeypatch.setenv(SETTING, "python")
    assert module.native() is None


def test_where_there_is_none_python_works_quietly(tmp_path: Path) -> None:
    with capture_logs() as logs:
        assert load(tmp_path / "none.so") is None
    assert logs == []


def test_a_library_that_cannot_be_used_is_told_once(native: Native, tmp_path: Path) -> None:
    contents = {
        "text": b"no library",
        "nothing": b"",
        "half": LIBRARY.read_bytes()[:5000],
        "foreign": Path(zstandard.backend_c.__file__).read_bytes(),
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.so").write_bytes(content)
    for name in ("text", "nothing", "foreign"):
        (tmp_path / f"{name}.sha256").write_text(sha256(contents[name]).hexdigest())
    (tmp_path / "half.sha256").write_bytes(LIBRARY.with_suffix(".sha256").read_bytes())
    with capture_logs() as logs:
        for name in (*contents, "half"):
            assert load(tmp_path / f"{name}.so") is None
        assert load(LIBRARY, version=99) is None
    assert [Path(log["library"]).stem for log in logs] == [*contents, LIBRARY.stem]
